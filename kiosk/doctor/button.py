"""The lane's button: its device is there, may be opened, and nobody presses it now."""

import threading
from collections.abc import Iterator
from contextlib import closing

from kiosk.clock import Clock
from kiosk.config.schema import Button, LaneConfig
from kiosk.doctor.daemon import Daemon
from kiosk.doctor.finding import Finding, fail, ok, unknown, warn
from kiosk.doctor.line import display_fails
from kiosk.doctor.machine import Machine
from kiosk.errors import ButtonError
from kiosk.triggers.button import Source
from kiosk.triggers.opening import button_device, is_pressed

_TRY = "try it with: vin-kiosk station test"
_SETTLE_S = 0.1  # a port's outputs, and an adapter's word on its inputs, come after the opening


def button_findings(
    machine: Machine, config: LaneConfig, daemon: Daemon, clock: Clock
) -> Iterator[Finding]:
    """Look at the button's device, unless the running lane has it: then as the lane says."""
    device = button_device(config, clock)
    button = config.trigger.button
    if device is None:
        yield _on_the_line(machine, config, daemon)
        return
    if daemon.is_there:
        yield _as_the_daemon_says(button, daemon)
        return
    try:
        with closing(device.open()) as source:
            pressed = _stays_pressed(source)
    except ButtonError as error:
        yield fail(str(error), _way_in(button))
        return
    if pressed:
        yield warn("the button is pressed now, or seems to be", device.hint)
    else:
        yield ok(f"{_name(config)} is there, and is not pressed; {_TRY}")


def _stays_pressed(source: Source) -> bool:
    if not is_pressed(source):
        return False
    threading.Event().wait(_SETTLE_S)
    return is_pressed(source)


def _on_the_line(machine: Machine, config: LaneConfig, daemon: Daemon) -> Finding:
    if config.station.port is None:
        return ok("none is configured: `vin-kiosk trigger` begins a scan")
    if display_fails(machine, config.station, daemon):
        return unknown("not checked: it is on the display's line, which cannot be used now")
    return ok(f"it is on the display's line; {_TRY}")


def _as_the_daemon_says(button: Button, daemon: Daemon) -> Finding:
    said = daemon.says("button")
    if said in {"ok", ""}:
        return ok("the running lane has it, and finds nothing wrong with it")
    return fail(f"the running lane says: {said}", _way_in(button))


def _way_in(button: Button) -> str:
    match button.source:
        case "gpio":
            return "ls -l /dev/gpiochip*   # group gpio, mode crw-rw----; see docs/buttons.md"
        case "key":
            return "ls -l /dev/input/by-id   # plug the button in, and take the name it gives"
        case _:
            return "ls -l /dev/serial/by-path"


def _name(config: LaneConfig) -> str:
    button = config.trigger.button
    match button.source:
        case "gpio":
            return f"GPIO line {button.line}"
        case "key":
            return str(button.device)
        case _:
            return f"{button.source.upper()} of {button.port or config.station.port}"
