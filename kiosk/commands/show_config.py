"""``vin-kiosk show-config``: the values in force, and where each of them comes from."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from kiosk.commands.mistakes import print_mistakes, print_object
from kiosk.commands.options import LaneFile, json_option, lane_options
from kiosk.commands.printing import plain
from kiosk.config.access_code import find_access_code
from kiosk.config.effective import Effective, effective_values
from kiosk.config.problem import KeyPath, Place
from kiosk.config.schema import LaneConfig
from kiosk.config.writing import yaml_of

_CODE_KEY = "service.access_code"
_NO_CODE = "none is found"
_WIDEST = 60  # a value longer than this has its origin two blanks behind it
_HIDDEN = "; *** stands for what is secret: write it in before you use this line"


@click.command("show-config")
@lane_options
@json_option
@click.pass_context
def command(ctx: click.Context, config: LaneFile, *, as_json: bool) -> None:
    """Print the effective configuration, and where each value comes from.

    What is printed is itself a lane's file: saved and loaded it gives the same lane, except for
    what may be secret in a stream's address, which is masked: name, password, query, and a path
    with more than names in it. The access code is neither read nor shown, only where it would
    come from.

    Exit code 0: the file is sound. 2: it is not; every mistake is printed, as check-config does.
    """
    path = config.path()
    examination = config.examine()
    if examination.config is None:
        print_mistakes(path, examination.problems, as_json=as_json)
        ctx.exit(2)
    values = effective_values(examination.config, examination)
    code = find_access_code(examination.config)
    if as_json:
        for value in values:
            print_object(_record(value))
        print_object({"key": _CODE_KEY, "value": code and "***", "origin": code or _NO_CODE})
    else:
        for line in _lines(path, examination.config, values, code):
            click.echo(line)


def _record(value: Effective) -> dict[str, object]:
    return {"key": value.key, "value": value.value, "origin": _origin(value.place, short=False)}


def _lines(
    path: Path, config: LaneConfig, values: Sequence[Effective], code: str | None
) -> Iterator[str]:
    """Write the values as a lane's file, their origins as comments in one column."""
    yield f"# Lane {config.lane}: what is in force by {plain(path)}, and where it comes from."
    yield f"# The access code: {plain(code or _NO_CODE)}."
    texts = {value.path: _text(value) for value in values}
    column = max(len(text) for text in texts.values() if len(text) <= _WIDEST)
    section: KeyPath = ()
    for value in values:
        yield from _headings(section, value.path[:-1])
        section = value.path[:-1]
        remark = _origin(value.place, short=True) + (_HIDDEN if value.masked else "")
        yield f"{texts[value.path]:<{column}}  # {remark}"


def _headings(before: KeyPath, section: KeyPath) -> Iterator[str]:
    """Name the sections that begin between two keys; a blank line goes before each of the file."""
    if before and before[:1] != section[:1]:
        yield ""
    shared = 0
    while shared < min(len(before), len(section)) and before[shared] == section[shared]:
        shared += 1
    for depth in range(shared, len(section)):
        if depth == 0 and not before:
            yield ""
        yield f"{'  ' * depth}{section[depth]}:"


def _text(value: Effective) -> str:
    # a camera may name a control 1 or on, which YAML takes for no text
    return f"{'  ' * (len(value.path) - 1)}{yaml_of(value.path[-1])}: {value.yaml}"


def _origin(place: Place | None, *, short: bool) -> str:
    """Say where a value comes from: ``lane1.yaml:12``, ``--set`` or ``default``."""
    if place is None:
        return "default"
    if place.source.startswith("--set "):
        return "--set"
    if short:
        place = Place(Path(place.source).name, place.line)
    return plain(place)
