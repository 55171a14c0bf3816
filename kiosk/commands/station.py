"""``vin-kiosk station``: display, light, button and hand scanner, tried by a person."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import click

from kiosk.commands.options import LaneFile, json_option, lane_options
from kiosk.commands.printing import print_json, print_table
from kiosk.commands.reach import find_daemon
from kiosk.commands.station_person import Person, asked
from kiosk.commands.station_walk import Walk
from kiosk.commands.stopping import leaves_tidily
from kiosk.commands.whereabouts import find_lane
from kiosk.config.schema import LaneConfig, Station
from kiosk.errors import MachineError, StateLockedError, UsageError
from kiosk.station.codecs import DISPLAYS, codec_named
from kiosk.station.codecs.displays.display import DisplayCodec
from kiosk.station.port import DISPLAY, opened
from kiosk.station.trial.outcome import Device, Step, verdicts
from kiosk.station.trial.pictures import SPEED

_NO_PORT = "the lane has no station.port: name one with --port PATH"
_MISSING = {
    Device.DISPLAY: _NO_PORT,
    Device.LIGHT: "no station.light.port: write it in the lane's file (--port is the display's)",
    Device.BUTTON: "the button is on the display's line, and there is no station.port: name one "
    "with --port PATH, or write trigger.button in the lane's file",
    Device.SCANNER: "no station.scanner.port: write it in the lane's file (--port is the "
    "display's)",
}
_BAUDS = tuple(map(str, get_args(Station.model_fields["baud"].annotation)))


@click.group("station")
def command() -> None:
    """Try the display, the light, the button and the hand scanner."""


@command.command("test")
@lane_options
@json_option
@click.option("--port", metavar="PATH", help="The display's serial port  [default: the lane's]")
@click.option(
    "--baud",
    metavar="N",
    type=click.Choice(_BAUDS),
    help="Its speed  [default: the lane's, or 9600]",
)
@click.option(
    "--display",
    metavar="NAME",
    type=click.Choice(list(DISPLAYS)),
    help="The display's language, such as epson  [default: the lane's, or cd5220]",
)
@click.option(
    "--only",
    metavar="DEVICE",
    multiple=True,
    type=click.Choice([device.value for device in Device]),
    help="Try only the display, light, button or scanner; repeatable.",
)
@click.option("-y", "--yes", is_flag=True, help="Ask nothing: show everything, then wait.")
@click.option(
    "--pause",
    "pause_s",
    metavar="S",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    help="How long each is shown where nothing is asked.",
)
@click.option(
    "--timeout",
    "timeout_s",
    metavar="S",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    help="How long to wait for the button, and for a code; 0 leaves them out.",
)
@click.option("--find", is_flag=True, help="Find the display's speed: try them all, one by one.")
@click.pass_context
def station_test(
    ctx: click.Context,
    config: LaneFile,
    port: str | None,
    baud: str | None,
    display: str | None,
    only: tuple[str, ...],
    pause_s: float,
    timeout_s: float,
    *,
    yes: bool,
    find: bool,
    as_json: bool,
) -> None:
    """Walk around the station: show, light, sound and listen, ask what came, say what to do.

    The display shows pictures, then what is to be done. The lamps are lit one by one, the buzzer
    sounds; the button is pressed, and a label scanned by hand. What comes otherwise than the lane's
    file says is shown in hex, with what to write. With --port, and neither --lane nor --config, no
    configuration is needed for display and button.

    Exit code 0: all is as it should be, or nobody was asked. 1: something is not. 3: the lane
    runs, and has the ports. 4: a port is missing or cannot be used.
    """
    station, wired = _station(config, port, baud, display)
    devices = _devices(station, wired, only)
    if (find or not yes) and not sys.stdin.isatty():
        raise UsageError(f"no terminal to ask at: {'--find needs one' if find else 'add --yes'}")
    ctx.with_resource(leaves_tidily())
    if find:
        ctx.exit(0 if _speed_found(station, as_json=as_json) else 1)

    def tell(step: Step) -> None:
        facts = {"device": step.device.value, "step": step.name, **step.facts}
        _say(facts, f"{step.name}: {step.words}", as_json=as_json)

    walk = Walk(station, wired, Person(not yes, pause_s), tell, timeout_s)
    walk.go(devices)
    _sum_up(walk.steps, as_json=as_json)
    if any(step.is_line for step in walk.steps):
        ctx.exit(MachineError.exit_code)
    ctx.exit(1 if any(step.good is False for step in walk.steps) else 0)


def _devices(
    station: Station, wired: LaneConfig | None, only: tuple[str, ...]
) -> frozenset[Device]:
    """Return what to try; raises UsageError where the station lacks a device that is asked for."""
    ports = {
        Device.DISPLAY: station.port,
        Device.LIGHT: station.light.port,
        Device.BUTTON: wired.trigger.button.source if wired else station.port,
        Device.SCANNER: station.scanner.port,
    }
    for device in map(Device, only):
        if ports[device] is None:
            raise UsageError(_MISSING[device])
    wanted = frozenset(map(Device, only)) or frozenset(Device)
    there = frozenset(device for device in wanted if ports[device] is not None)
    if not there:
        raise UsageError(_NO_PORT)
    return there


def _sum_up(steps: list[Step], *, as_json: bool) -> None:
    rows = [verdict.facts for verdict in verdicts(steps)]
    if as_json:
        print_json({"step": "result", "devices": rows})
        return
    click.echo()
    print_table(["device", "result"], [{**row, "to_do": None} for row in rows])
    for row in rows:
        if row["to_do"]:
            click.echo(f"{row['device']}: {row['to_do']}")


def _speed_found(station: Station, *, as_json: bool) -> bool:
    """Show a word at each speed until the person sees it."""
    if station.port is None:
        raise UsageError(_NO_PORT)
    codec = codec_named(station.display)
    for baud in map(int, _BAUDS):
        if _is_seen(station.port, baud, codec):
            words = f"write in the lane's file\n  station:\n    baud: {baud}"
            _say({"step": "speed", "baud": baud, "seen": True}, words, as_json=as_json)
            return True
    words = "seen at no speed: check the cable, the display's supply and --display"
    _say({"step": "speed", "baud": None, "seen": False}, words, as_json=as_json)
    return False


def _is_seen(path: str, baud: int, codec: DisplayCodec) -> bool:
    """Show a word at this speed and ask; raises SerialError."""
    upper, lower = SPEED
    lower = lower.format(baud)
    with opened(path, baud, DISPLAY) as port:
        port.write(codec.initialise() + codec.show((upper, lower)))
        try:
            return asked(f"Do you see {lower}?", default=False)
        except BaseException:
            port.write(codec.clear())  # the person leaves; the question should not stay
            raise


def _say(facts: Mapping[str, object], words: str, *, as_json: bool) -> None:
    """Tell a step's end to a person, or to a program."""
    if as_json:
        print_json(facts)
    else:
        click.echo(words)


def _station(
    config: LaneFile, port: str | None, baud: str | None, display: str | None
) -> tuple[Station, LaneConfig | None]:
    """Take the lane's station with what the command line says over it; raises UsageError.

    Beside it the whole lane, where its button is not on the display's line.
    """
    wired = None
    if port is not None and not (config.lane or config.config):
        station = Station()
    else:
        where = find_lane(config)
        if find_daemon(where) is not None:
            raise StateLockedError(f"lane {where.lane} runs and has the port: {where.stop_words}")
        lane = where.sound()
        station = lane.station
        wired = None if lane.trigger.button.source == "serial" else lane
    changes: dict[str, object] = {"port": port, "baud": baud and int(baud), "display": display}
    given = {key: value for key, value in changes.items() if value is not None}
    station = station.model_copy(update=given)
    if station.port is not None and not Path(station.port).is_absolute():
        raise UsageError("--port: must be a device's path, such as /dev/serial/by-path/…")
    return station, wired
