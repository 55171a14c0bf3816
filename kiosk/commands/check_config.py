"""``vin-kiosk check-config``: every mistake in a lane's file, one a line."""

from collections.abc import Iterator
from pathlib import Path

import click

from kiosk.commands.mistakes import print_mistakes, print_object
from kiosk.commands.options import LaneFile, json_option, lane_options
from kiosk.commands.printing import plain
from kiosk.config.access_code import AbsentCodeError, handed_over, read_access_code
from kiosk.config.device_names import is_counted
from kiosk.config.limits import limits_of
from kiosk.config.load import Examination
from kiosk.config.problem import Place, Problem
from kiosk.config.schema import Button, LaneConfig
from kiosk.config.serial_lines import serial_lines
from kiosk.config.source import SourceKind
from kiosk.errors import ConfigError


@click.command("check-config")
@lane_options
@json_option
@click.pass_context
def command(ctx: click.Context, config: LaneFile, *, as_json: bool) -> None:
    """Check a lane's configuration and name every mistake.

    What only this machine lacks, such as a camera that is not plugged in, is a note.

    Exit code 0: the file is sound. 2: it is not, or `vin-kiosk run` would refuse what it asks for
    or the access code that it names.
    """
    path = config.path()
    examination = config.examine()
    problems = examination.problems or _refused_by_run(path, examination)
    print_mistakes(path, problems, as_json=as_json)
    if examination.config is None or problems:
        ctx.exit(2)
    (_print_json if as_json else _print_text)(path, examination.config)


def _refused_by_run(path: Path, examination: Examination) -> tuple[Problem, ...]:
    """Name what `run` would refuse, with the line that asks for it: a reload must not seem good."""
    if examination.config is None:
        return ()
    problems = []
    for refusal in (*limits_of(examination.config), *_unfit_code(examination.config)):
        key, _, words = refusal.partition(": ")
        place = examination.origins.get(tuple(key.split(".")), Place(str(path)))
        problems.append(Problem(place, key, words))
    return tuple(problems)


def _unfit_code(config: LaneConfig) -> tuple[str, ...]:
    """Say why the access code that is there will not do."""
    try:
        read_access_code(config)
    except AbsentCodeError:
        return ()
    except ConfigError as error:
        return error.problems
    return ()


def _print_text(path: Path, config: LaneConfig) -> None:
    click.echo(f"{plain(path)}: ok")
    for name, text in _summary(config).items():
        click.echo(f"  {name:<12} {plain(text)}")
    for lack in _lacking(config):
        click.echo(f"  note: {plain(lack)}")


def _print_json(path: Path, config: LaneConfig) -> None:
    notes = {"lacking": _lacking(config)}
    print_object({"file": str(path), "ok": True} | _summary(config) | notes)


def _lacking(config: LaneConfig) -> list[str]:
    """Name what the file points to and this machine lacks; another machine may have it."""
    lacking: list[str] = []
    if config.state_dir.is_relative_to("/run") or config.state_dir.parts[1:2] == ("tmp",):
        lacking.append(f"state_dir: {config.state_dir} is lost with every restart, scans and all")
    try:
        if config.service.access_code_file or not handed_over(config.lane):
            read_access_code(config)
    except AbsentCodeError as error:
        lacking += (f"{words}; until then the lane does not start here" for words in error.problems)
    if config.camera.source.kind is SourceKind.DEVICE:
        lacking += _about_camera(config.camera.source.path)
    for key, path in (
        ("service.ca_file", config.service.ca_file),
        *((line.key, line.path) for line in serial_lines(config.station)),
        *_of_the_button(config.trigger.button),
    ):
        if path is not None and not Path(path).exists():
            lacking.append(f"{key}: there is no {path} on this machine")
    return lacking


def _of_the_button(button: Button) -> Iterator[tuple[str, str | None]]:
    yield "trigger.button.port", button.port
    if button.device is not None:
        yield "trigger.button.device", button.device.removeprefix("simulated:")


def _about_camera(path: str) -> list[str]:
    """Say where a camera's path will not do, or not for good."""
    if not Path(path).exists():
        return [f"camera.source: there is no {path} on this machine"]
    if "/by-path/" in path and not path.endswith("-video-index0"):
        return [f"camera.source: {path} gives no pictures: take the one that ends in -video-index0"]
    if is_counted(path):
        words = "may be another camera after a restart: take its name in /dev/v4l/by-path"
        return [f"camera.source: {path} {words}"]
    return []


def _summary(config: LaneConfig) -> dict[str, str]:
    """Say in a few words what the lane would do."""
    upload = config.upload
    code = config.service.access_code_file
    return {
        "lane": config.lane,
        "state": str(config.state_dir),
        "camera": str(config.camera.source),
        "trigger": f"{config.trigger.mode}, {config.trigger.timeout_s:g} s{_about_button(config)}",
        "station": _about_station(config),
        "service": config.service.url,
        "access code": str(code) if code else "systemd's credential access-code",
        "upload": f"{upload.when}, at most {upload.daily_credit_limit} credits a day",
    }


def _about_button(config: LaneConfig) -> str:
    button = config.trigger.button
    match button.source:
        case "dsr" | "cts":
            return f", {button.source.upper()} of {button.port or config.station.port}"
        case "gpio":
            return f", {button.line} of {button.chip or 'the header'}"
        case "key":
            return f", {button.device}"
        case _:
            return ""


def _about_station(config: LaneConfig) -> str:
    station = config.station
    parts = [f"{station.display} on {station.port}" if station.port else "headless"]
    for name, device in (("scanner", station.scanner), ("light", station.light)):
        if device.port is not None:
            parts.append(f"{name} {device.family} on {device.port}")
    return ", ".join(parts)
