"""``vin-kiosk station``: the display, the beeper and the button, tried by a person."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

import click

from kiosk.clock import SystemClock
from kiosk.commands.options import LaneFile, json_option, lane_options
from kiosk.commands.printing import print_json
from kiosk.commands.reach import find_daemon
from kiosk.commands.whereabouts import find_lane
from kiosk.config.schema import Station
from kiosk.errors import SerialError, StateLockedError, UsageError
from kiosk.station.codecs import DISPLAYS, DisplayCodec, codec_named
from kiosk.station.listening import Heard, Press, button_text, listen
from kiosk.station.port import Port
from kiosk.station.trial import DONE, PRESS, SPEED, Picture, pictures

_BAUDS = tuple(map(str, get_args(Station.model_fields["baud"].annotation)))


@click.group("station")
def command() -> None:
    """Try the display, the beeper and the button."""


@dataclass(frozen=True, slots=True)
class _Bench:
    """The open line with what is on it, and how to talk to the person in front of it."""

    port: Port
    codec: DisplayCodec
    button: bytes
    ask: bool
    as_json: bool

    def show(self, picture: Picture) -> bool | None:
        """Show a picture; tell whether the person saw it, None where nobody was asked."""
        self.port.write(self.codec.show(picture.lines))
        seen = _confirmed(picture) if self.ask else None
        upper, lower = picture.lines
        facts = {"step": picture.name, "rows": [upper, lower], "seen": seen}
        _say(facts, f"{picture.name}: {_SEEN[seen]}", as_json=self.as_json)
        return seen


_SEEN = {True: "seen", False: "NOT SEEN", None: "shown"}


@command.command("test")
@lane_options
@json_option
@click.option("--port", metavar="PATH", help="The serial port  [default: the lane's]")
@click.option("--baud", type=click.Choice(_BAUDS), help="Its speed  [default: the lane's, or 9600]")
@click.option(
    "--display",
    type=click.Choice(list(DISPLAYS)),
    help="The display's language  [default: the lane's, or cd5220]",
)
@click.option("-y", "--yes", is_flag=True, help="Ask nothing: show everything, then wait.")
@click.option(
    "--timeout",
    "timeout_s",
    metavar="S",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    help="How long to wait for the button; 0 leaves it out.",
)
@click.option("--find", is_flag=True, help="Find the display's speed: try them all, one by one.")
@click.pass_context
def station_test(
    ctx: click.Context,
    config: LaneFile,
    port: str | None,
    baud: str | None,
    display: str | None,
    timeout_s: float,
    *,
    yes: bool,
    find: bool,
    as_json: bool,
) -> None:
    """Show a test on the display, ask what is seen, and wait for the button.

    With --port, and neither --lane nor --config, no configuration is needed. A button that sends
    something else than the lane's file says is shown in hex, with the value to write. Displays of
    this version have no beeper that could be tried.

    Exit code 0: all was seen and the button was heard. 1: something was not. 3: the lane runs,
    and has the port. 4: the port is missing or cannot be used.
    """
    station = _station(config, port, baud, display)
    codec = codec_named(station.display)
    if find:
        ctx.exit(0 if _speed_found(station, codec, as_json=as_json) else 1)
    line = Port(cast("str", station.port), station.baud)
    bench = _Bench(line, codec, station.button, ask=not yes, as_json=as_json)
    try:
        line.write(codec.initialise())
        good = _tried(bench, timeout_s)
        line.write(codec.show(DONE))
    except SerialError:
        line.abandon()
        raise
    except (KeyboardInterrupt, click.Abort):
        with suppress(SerialError):  # the person leaves; the display should not keep half a test
            line.write(codec.clear())
        raise
    finally:
        line.close()
    ctx.exit(0 if good else 1)


def _speed_found(station: Station, codec: DisplayCodec, *, as_json: bool) -> bool:
    """Show a word at each speed until the person sees it."""
    for baud in map(int, _BAUDS):
        port = Port(cast("str", station.port), baud)
        try:
            upper, lower = SPEED
            port.write(codec.initialise() + codec.show((upper, lower.format(baud))))
            seen = click.confirm(f"Do you see {lower.format(baud)}?", default=False, err=True)
        finally:
            port.close()
        if seen:
            words = f"write in the lane's file\n  station:\n    baud: {baud}"
            _say({"step": "speed", "baud": baud, "seen": True}, words, as_json=as_json)
            return True
    words = "seen at no speed: check the cable, the display's supply and --display"
    _say({"step": "speed", "baud": None, "seen": False}, words, as_json=as_json)
    return False


def _say(facts: Mapping[str, object], words: str, *, as_json: bool) -> None:
    """Tell a step's end to a person, or to a program."""
    if as_json:
        print_json(facts)
    else:
        click.echo(words)


def _tried(bench: _Bench, timeout_s: float) -> bool:
    seen = [bench.show(picture) for picture in pictures()]
    heard = timeout_s == 0 or _button_heard(bench, timeout_s)
    return heard and False not in seen


def _button_heard(bench: _Bench, timeout_s: float) -> bool:
    bench.port.write(bench.codec.show(PRESS))
    click.echo(f"Press the button once ({timeout_s:g} s) …", err=True)
    heard = listen(
        bench.port,
        bench.button,
        SystemClock(),
        timeout_s,
        lambda data: click.echo(f"  {data.hex(' ')}", err=True),
    )
    wanted = button_text(heard.data) if heard.press is Press.OTHER else None
    facts = {"step": "button", "heard": heard.hex or None, "result": heard.press.value}
    words = f"button: {_words(heard, bench.button)}"
    _say(facts | {"write": wanted}, words, as_json=bench.as_json)
    return heard.press is Press.EXPECTED


def _words(heard: Heard, expected: bytes) -> str:
    match heard.press:
        case Press.EXPECTED:
            return f"heard ({heard.hex})"
        case Press.OTHER:
            value = button_text(heard.data)
            return (
                f"sent {heard.hex}, not {expected.hex(' ')}: write in the lane's file\n"
                f"  station:\n    button: {value}"
            )
        case Press.NOISE:
            return f"NOISE ({heard.hex}): is station.baud right, and only the button on the line?"
        case Press.NONE:
            return "NOT HEARD: check its cable, and that it is on this port"


def _confirmed(picture: Picture) -> bool:
    upper, lower = picture.lines
    for row in (upper, lower):
        click.echo(f"    |{row:<20}|", err=True)
    return click.confirm(f"Do you see {picture.question}?", default=True, err=True)


def _station(config: LaneFile, port: str | None, baud: str | None, display: str | None) -> Station:
    """Take the lane's station with what the command line says over it; raises UsageError."""
    if port is not None and not (config.lane or config.config):
        station = Station()
    else:
        where = find_lane(config)
        if find_daemon(where) is not None:
            raise StateLockedError(f"lane {where.lane} runs and has the port: {where.stop_words}")
        station = where.sound().station
    changes: dict[str, object] = {"port": port, "baud": baud and int(baud), "display": display}
    given = {key: value for key, value in changes.items() if value is not None}
    station = station.model_copy(update=given)
    if station.port is None:
        raise UsageError("the lane has no station.port: name one with --port PATH")
    if not Path(station.port).is_absolute():
        raise UsageError("--port: must be a device's path, such as /dev/serial/by-path/…")
    return station
