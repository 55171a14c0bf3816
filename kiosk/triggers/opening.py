"""Which button a lane's file means: for the daemon, and for whoever looks at it without one."""

from collections.abc import Callable
from os.path import realpath

from kiosk.clock import Clock
from kiosk.config.schema import LaneConfig
from kiosk.config.serial_lines import serial_lines
from kiosk.model import Event, Trigger
from kiosk.triggers.button import Button, ButtonDevice, Source

_SIMULATED = "simulated:"
_POLARITY = "if nobody does, write trigger.button.active: {other}"


def button_device(config: LaneConfig, clock: Clock) -> ButtonDevice | None:
    """Make the device of ``trigger.button``; None where presses come on the station's own line.

    Nothing is opened yet, and only its own module is imported then.
    """
    match config.trigger.button.source:
        case "dsr" | "cts":
            return _modem_line(config, clock)
        case "gpio":
            return _gpio_line(config, clock)
        case "key":
            return _keys(config, clock)
        case _:
            return None


def button_for(
    config: LaneConfig,
    clock: Clock,
    on_press: Callable[[Trigger], object],
    publish: Callable[[Event], object],
) -> Button | None:
    """Make the worker of ``trigger.button``; None where the station hears its presses."""
    device = button_device(config, clock)
    return None if device is None else Button(device, clock, on_press, publish)


def _modem_line(config: LaneConfig, clock: Clock) -> ButtonDevice:
    button = config.trigger.button
    path = button.port or config.station.port
    assert path is not None, "the configuration was checked"
    active_high = button.active != "low"

    def opened() -> Source:
        from kiosk.triggers.modem import Line, ModemLine  # noqa: PLC0415 - see above

        # Asked each time: before an adapter is plugged in none of its names leads anywhere.
        shared = realpath(path) in {realpath(line.path) for line in serial_lines(config.station)}
        return ModemLine(
            path,
            Line[button.source.upper()],
            clock,
            active_high=active_high,
            shared=shared,
            key="trigger.button.port" if button.port else "station.port",
        )

    return ButtonDevice(opened, _POLARITY.format(other="low" if active_high else "high"))


def _gpio_line(config: LaneConfig, clock: Clock) -> ButtonDevice:
    button = config.trigger.button
    line, active_high = button.line, button.active == "high"
    assert line is not None, "the configuration was checked"

    def opened() -> Source:
        from kiosk.triggers.gpio import GpioLine  # noqa: PLC0415 - see above
        from kiosk.triggers.gpio_chip import RequestedLine, find_line  # noqa: PLC0415 - see above

        place = find_line(button.chip, line)
        return GpioLine(RequestedLine(place, active_high=active_high), line, clock)

    return ButtonDevice(opened, _POLARITY.format(other="low" if active_high else "high"))


def _keys(config: LaneConfig, clock: Clock) -> ButtonDevice:
    button = config.trigger.button
    device = button.device
    assert device is not None, "the configuration was checked"

    def opened() -> Source:
        from kiosk.triggers.input_events import InputDevice, InputPipe  # noqa: PLC0415 - see above
        from kiosk.triggers.keys import Keys  # noqa: PLC0415 - see above

        simulated = device.startswith(_SIMULATED)
        door = InputPipe(device.removeprefix(_SIMULATED)) if simulated else InputDevice(device)
        return Keys(door, clock, button.code)

    # Its own electronics debounce; some send press and release within a millisecond.
    return ButtonDevice(opened, "if nothing does, the button is broken", press_s=0.0)


def is_pressed(source: Source) -> bool:
    """Look once whether the button is pressed now; raises ButtonError."""
    return source.read()[-1].closed
