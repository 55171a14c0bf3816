"""Printing what is wrong with a lane's file: a line, or a JSON object, for each mistake."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from kiosk.commands.printing import plain
from kiosk.config.problem import Problem


def print_mistakes(path: Path, problems: Iterable[Problem], *, as_json: bool) -> None:
    """Print every problem of the file at ``path``, in their order."""
    for problem in problems:
        if as_json:
            place = {"source": problem.place.source, "line": problem.place.line}
            print_object({"file": str(path), **place, "key": problem.key, "problem": problem.text})
        else:
            click.echo(plain(problem))


def print_object(record: Mapping[str, object]) -> None:
    """Print one object on one line, in ASCII: a file's name need not be UTF-8."""
    click.echo(json.dumps(record))
