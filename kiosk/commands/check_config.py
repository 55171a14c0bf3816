"""``vin-kiosk check-config``: every mistake in a lane's file, one a line."""

from pathlib import Path

import click

from kiosk.commands.mistakes import print_mistakes, print_object
from kiosk.commands.options import LaneFile, json_option, lane_options
from kiosk.config.access_code import handed_over, read_access_code
from kiosk.config.limits import limits_of
from kiosk.config.schema import LaneConfig
from kiosk.errors import ConfigError


@click.command("check-config")
@lane_options
@json_option
@click.pass_context
def command(ctx: click.Context, config: LaneFile, *, as_json: bool) -> None:
    """Check a lane's configuration and name every mistake.

    Exit code 0: the file is sound. 2: it is not.
    """
    path = config.path()
    examination = config.examine()
    print_mistakes(path, examination.problems, as_json=as_json)
    if examination.config is None:
        ctx.exit(2)
    (_print_json if as_json else _print_text)(path, examination.config)


def _print_text(path: Path, config: LaneConfig) -> None:
    click.echo(f"{path}: ok")
    for name, text in _summary(config).items():
        click.echo(f"  {name:<12} {text}")
    for limit in limits_of(config):
        click.echo(f"  note: `vin-kiosk run` cannot do this yet: {limit}")
    for lack in _lacking(config):
        click.echo(f"  note: {lack}")


def _print_json(path: Path, config: LaneConfig) -> None:
    notes = {"limits": limits_of(config), "lacking": _lacking(config)}
    print_object({"file": str(path), "ok": True} | _summary(config) | notes)


def _lacking(config: LaneConfig) -> list[str]:
    """Name what the file points to and this machine lacks; another machine may have it."""
    lacking: list[str] = []
    try:
        if config.service.access_code_file or not handed_over(config.lane):
            read_access_code(config)
    except ConfigError as error:
        lacking += error.problems
    for key, path in (
        ("service.ca_file", config.service.ca_file),
        ("station.port", config.station.port),
    ):
        if path is not None and not Path(path).exists():
            lacking.append(f"{key}: there is no {path} on this machine")
    return lacking


def _summary(config: LaneConfig) -> dict[str, str]:
    """Say in a few words what the lane would do."""
    station = config.station
    upload = config.upload
    code = config.service.access_code_file
    return {
        "lane": config.lane,
        "state": str(config.state_dir),
        "camera": str(config.camera.source),
        "trigger": f"{config.trigger.mode}, {config.trigger.timeout_s:g} s",
        "station": f"{station.display} on {station.port}" if station.port else "headless",
        "service": config.service.url,
        "access code": str(code) if code else "systemd's credential access-code",
        "upload": f"{upload.when}, at most {upload.daily_credit_limit} credits a day",
    }
