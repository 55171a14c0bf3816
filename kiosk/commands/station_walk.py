"""The walk of ``vin-kiosk station test``: from device to device, asking a person what came."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import click

from kiosk.clock import SystemClock
from kiosk.commands.station_button import press_step
from kiosk.commands.station_person import Person
from kiosk.commands.station_words import HEARD, SEEN, button_step, scanner_step
from kiosk.config.schema import LaneConfig, Station
from kiosk.errors import ButtonError, SerialError
from kiosk.station import port as ports
from kiosk.station.codecs import codec_named
from kiosk.station.codecs.displays.display import Brightness
from kiosk.station.codecs.lights import Lamps, LightCodec, light_named
from kiosk.station.codecs.scanners import Suffix, scanner_named
from kiosk.station.codecs.text import Lines
from kiosk.station.listening import listen
from kiosk.station.port import Port, opened
from kiosk.station.trial import pictures
from kiosk.station.trial.codes import Settings, hear_code
from kiosk.station.trial.outcome import Device, Step

_BUZZ_S = 0.5
_REMEMBERED = 8192  # bytes: more than a whole walk writes


class Walk:
    """Tries what a station has; ``tell`` gets each step when it is done.

    A line that fails ends its own device's part: the walk goes on to the next. What is to be done
    is said on the display too, where there is one.
    """

    def __init__(
        self,
        station: Station,
        wired: LaneConfig | None,
        person: Person,
        tell: Callable[[Step], None],
        timeout_s: float,
    ) -> None:
        """Take the lane's ``station``; ``wired`` where its button is not on the display's line."""
        self._station = station
        self._wired = wired
        self._person = person
        self._tell = tell
        self._timeout_s = timeout_s
        self._codec = codec_named(station.display)
        self._display: Port | None = None
        self._written = b""  # to the display: it may come back on its line
        self._only_guides = False  # the display: what ails it is then nobody's question
        self.steps: list[Step] = []

    def go(self, devices: frozenset[Device]) -> None:
        """Try ``devices``, which all have a port in the lane's file.

        The display is left saying that it is over, and the light dark.
        """
        parts = {
            Device.DISPLAY: self._try_display,
            Device.LIGHT: self._try_light,
            Device.BUTTON: self._try_button,
            Device.SCANNER: self._try_scanner,
        }
        self._only_guides = not any(map(self._is_on_display, devices))
        try:
            with self._bounded(Device.DISPLAY):
                self._open_display()
            for device, part in parts.items():
                if device in devices and self._can_try(device):
                    with self._bounded(device):
                        part()
            self._guide(pictures.DONE)
        except BaseException:  # the person leaves, or whoever read what is told
            self._guide(("", ""))  # the display should not keep half a test
            raise
        finally:
            if self._display is not None:
                self._display.close()

    def _open_display(self) -> None:
        if self._station.port is None:
            return
        self._display = Port(self._station.port, self._station.baud, ports.DISPLAY)
        self._display.write(self._codec.initialise())

    def _is_on_display(self, device: Device) -> bool:
        """Tell whether a device is the display, or on its line."""
        return device is Device.DISPLAY or (device is Device.BUTTON and not self._wired)

    def _can_try(self, device: Device) -> bool:
        if device in {Device.BUTTON, Device.SCANNER} and self._timeout_s == 0:
            return False
        return self._display is not None or not self._is_on_display(device)

    def _try_display(self) -> None:
        for picture in pictures.pictures():
            self._show(picture.lines)
            seen = self._person.notices(f"Do you see {picture.question}?", picture.lines)
            facts = {"rows": list(picture.lines), "seen": seen}
            self._done(Step(Device.DISPLAY, picture.name, seen, SEEN[seen], facts=facts))
        self._try_brightness()

    def _try_brightness(self) -> None:
        own = self._station.brightness
        remembers = self._station.display in pictures.REMEMBERS
        if not self._codec.brightness(Brightness.FULL) or (remembers and own == "unchanged"):
            return
        for level, lines in pictures.steps_of_brightness():
            self._write(self._codec.brightness(level))
            self._show(lines)
            self._person.looks()
        seen = self._person.notices("Did it become brighter from step to step?")
        self._write(
            self._codec.brightness(Brightness.FULL if own == "unchanged" else Brightness(own))
        )
        to_do = "it may have no brightness to set: no harm, leave station.brightness unchanged"
        self._done(
            Step(Device.DISPLAY, "brightness", seen, SEEN[seen], to_do, facts={"seen": seen})
        )

    def _try_light(self) -> None:
        light = self._station.light
        codec = light_named(light.family)
        assert light.port is not None
        with opened(light.port, light.baud, ports.LIGHT) as port:
            try:
                for lamp in pictures.LAMPS:
                    self._try_lamp(port, codec, lamp)
                self._try_buzzer(port, codec)
            finally:
                with suppress(SerialError):  # where the line is lost nothing can be said any more
                    port.write(codec.change(None, Lamps()))

    def _try_lamp(self, port: Port, codec: LightCodec, lamp: pictures.Lamp) -> None:
        sent = codec.change(None, lamp.lamps)
        port.write(sent)
        self._guide(lamp.lines)
        seen = self._person.notices(f"Do you see {lamp.question}?")
        facts = {"sent": sent.hex(" "), "seen": seen}
        self._done(Step(Device.LIGHT, f"{lamp.name} lamp", seen, SEEN[seen], facts=facts))

    def _try_buzzer(self, port: Port, codec: LightCodec) -> None:
        lamp = pictures.BUZZER
        self._guide(lamp.lines)
        sent = codec.change(None, lamp.lamps)
        port.write(sent)
        threading.Event().wait(_BUZZ_S)
        port.write(codec.change(lamp.lamps, Lamps()))
        heard = self._person.notices(f"Did you hear {lamp.question}?")
        facts = {"sent": sent.hex(" "), "heard": heard}
        self._done(Step(Device.LIGHT, lamp.name, heard, HEARD[heard], facts=facts))

    def _try_button(self) -> None:
        if self._wired is not None:
            self._done(press_step(self._wired, self._timeout_s, self._ask_for_press))
        elif self._display is not None:  # else it was lost, and told so
            self._ask_for_press()
            self._listen(self._display)

    def _ask_for_press(self) -> None:
        self._guide(pictures.PRESS)
        click.echo(f"Press the button once ({self._timeout_s:g} s) …", err=True)

    def _listen(self, display: Port) -> None:
        expected = self._station.button
        heard = listen(
            display,
            expected,
            SystemClock(),
            self._timeout_s,
            lambda data: click.echo(f"  {data.hex(' ')}", err=True),
        )
        self._done(button_step(heard, expected, self._written))

    def _try_scanner(self) -> None:
        scanner = self._station.scanner
        codec = scanner_named(scanner.family)
        settings = Settings(scanner.family, Suffix(scanner.suffix))
        assert scanner.port is not None
        with opened(scanner.port, scanner.baud, ports.SCANNER) as port:
            port.write(codec.enable())
            self._guide(pictures.SCAN)
            click.echo(f"Scan a VIN label, once ({self._timeout_s:g} s) …", err=True)
            code = hear_code(port, settings, SystemClock(), self._timeout_s)
            if code.data:
                port.write(codec.bad() if code.problem else codec.good())
            self._done(scanner_step(code))
            if code.problem is None and codec.good():
                heard = self._person.notices("Did the scanner sound good?")
                to_do = "is station.scanner.family the scanner's? See docs/displays.md"
                facts = {"sent": codec.good().hex(" "), "heard": heard}
                self._done(
                    Step(Device.SCANNER, "good sound", heard, HEARD[heard], to_do, facts=facts)
                )
            elif code.data:
                port.write(codec.enable())

    def _done(self, step: Step) -> None:
        self.steps.append(step)
        self._tell(step)

    def _show(self, lines: Lines) -> None:
        self._write(self._codec.show(lines))

    def _write(self, data: bytes) -> None:
        assert self._display is not None
        self._display.write(data)
        self._written = (self._written + data)[-_REMEMBERED:]

    def _guide(self, lines: Lines) -> None:
        """Say what to do on the display, where there is one; another device's part goes on."""
        if self._display is not None:
            with self._bounded(Device.DISPLAY):
                self._show(lines) if any(lines) else self._write(self._codec.clear())

    @contextmanager
    def _bounded(self, device: Device) -> Iterator[None]:
        try:
            yield
        except (SerialError, ButtonError) as error:
            was_display = device in {Device.DISPLAY, Device.BUTTON}
            if was_display and isinstance(error, SerialError) and self._display is not None:
                self._display.abandon()
                self._display = None
            if device is Device.DISPLAY and self._only_guides:
                return
            words = str(error)
            self._done(Step(device, "line", good=False, words=words, to_do=words, is_line=True))
