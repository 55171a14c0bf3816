"""Printing what is wrong with a lane's file: a line, or a JSON object, for each mistake."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from kiosk.config.problem import Problem


def print_mistakes(path: Path, problems: Iterable[Problem], *, as_json: bool) -> None:
    """Print every problem of the file at ``path``, in their order."""
    for problem in problems:
        if as_json:
            place = {"source": problem.place.source, "line": problem.place.line}
            print_object({"file": str(path), **place, "key": problem.key, "problem": problem.text})
        else:
            click.echo(str(problem))


def print_object(record: Mapping[str, object]) -> None:
    """Print one object on one line, its letters as they are."""
    click.echo(json.dumps(record, ensure_ascii=False))
