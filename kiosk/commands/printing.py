"""What commands print: one JSON object a line, or a table that fits a terminal or a pipe."""

import json
from collections.abc import Iterable, Mapping, Sequence

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

_PIPE_WIDTH = 10_000  # whoever reads a pipe wraps for himself; nothing may be cut
_STYLES = {
    "recognized": "green",
    "vin": "green",
    "queued": "cyan",
    "sending": "cyan",
    "committed": "cyan",
    "in_doubt": "bold yellow",
    "unrecognized": "yellow",
    "rejected": "bold red",
    "refused": "bold red",
}


def print_json(facts: Mapping[str, object]) -> None:
    """Print one object on one line, in ASCII: no byte of a barcode reaches a terminal raw."""
    click.echo(json.dumps(facts))


def print_table(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Print rows under headings; ``columns`` are the keys, in their order."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold", no_wrap=column == "vin")
    for row in rows:
        table.add_row(*(_cell(row[column]) for column in columns))
    _console().print(table)


def print_facts(facts: Mapping[str, object]) -> None:
    """Print one thing: a line for each fact that is there."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value is not None:
            table.add_row(Text(name.replace("_", " "), style="dim"), _cell(value))
    _console().print(table)


def plain(value: object) -> str:
    """Write a value for a person: nothing for None, and nothing that steers a terminal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "".join(
        char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in str(value)
    )


def _cell(value: object) -> Text:
    words = plain(value)
    return Text(words, style=_STYLES.get(words, ""))


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    return console
