"""What commands print: one JSON object a line, or a table that fits a terminal or a pipe."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import click

from kiosk.printable import printable

if TYPE_CHECKING:  # rich loads where it draws: what is piped, or long, does not wait for it
    from rich.console import Console
    from rich.text import Text

_PIPE_WIDTH = 10_000  # whoever reads a pipe wraps for himself; nothing may be cut
_NARROW = 120  # columns; beyond them a line holds a row
_MANY = 200  # rows; rich takes milliseconds for each
_AT_ONCE = 500  # rows that are written together
_NEVER_FOLDED = frozenset({"id", "vin", "time"})
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


def print_json_lines(rows: Iterable[Mapping[str, object]]) -> None:
    """Print many objects as `print_json` does, some at a time: each write is one of the system."""
    lines = map(json.dumps, rows)
    while some := [*islice(lines, _AT_ONCE)]:
        click.echo("\n".join(some))


def print_table(
    columns: Sequence[str], rows: Iterable[Mapping[str, object]], *, stacked: int = 0
) -> None:
    """Print rows under headings; ``columns`` are the keys, in their order.

    The last ``stacked`` columns stand under each other where the terminal is narrow. Many rows, and
    those that no terminal gets, are plain lines.
    """
    rows = list(rows)
    if len(rows) > _MANY or not sys.stdout.isatty():
        _print_lines(
            [*map(_heading, columns)], [[plain(row[at]) for at in columns] for row in rows]
        )
    else:
        _draw_table(columns, rows, stacked)


def _print_lines(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print one line a row, in even columns; what comes last is as long as it is."""
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    widths[-1] = 0
    rule = "─" * max(sum(widths) + len(widths), len(headings[-1]))
    lines = iter((headings, (rule,), *rows))
    while some := [*islice(lines, _AT_ONCE)]:
        click.echo("\n".join(" ".join(map(str.ljust, line, widths)).rstrip() for line in some))


def _draw_table(columns: Sequence[str], rows: Sequence[Mapping[str, object]], stacked: int) -> None:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - see above
    from rich.table import Table  # noqa: PLC0415 - see above
    from rich.text import Text  # noqa: PLC0415 - see above

    console = _console()
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    is_narrow = console.width < _NARROW
    beside = columns[:-stacked] if stacked and is_narrow else columns
    below = columns[len(beside) :]
    for column in beside:
        never = column in _NEVER_FOLDED or bool(below)
        table.add_column(_heading(column), overflow="fold", no_wrap=never)
    if below:
        table.add_column(", ".join(map(_heading, below)), overflow="fold")
    for row in rows:
        last = Text("\n").join(_cell(row[column]) for column in below if row[column] is not None)
        table.add_row(*(_cell(row[column]) for column in beside), *([last] if below else []))
    console.print(table)


def print_facts(facts: Mapping[str, object]) -> None:
    """Print one thing: a line for each fact that is there."""
    from rich.table import Table  # noqa: PLC0415 - see above
    from rich.text import Text  # noqa: PLC0415 - see above

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value is not None:
            table.add_row(Text(name.replace("_", " "), style="dim"), _cell(value))
    _console().print(table)


def short_time(value: object) -> str:
    """Cut a time as facts have it (ISO 8601) to what a narrow column holds: day, hour, seconds."""
    return str(value)[5:19].replace("T", " ") if value is not None else "unknown"


def plain(value: object) -> str:
    """Write a value for a person: nothing for None, and nothing that steers a terminal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return printable(str(value))


def _heading(column: str) -> str:
    return column.replace("_", " ")


def _cell(value: object) -> "Text":
    from rich.text import Text  # noqa: PLC0415 - see above

    words = plain(value)
    return Text(words, style=_STYLES.get(words, ""))


def _console() -> "Console":
    from rich.console import Console  # noqa: PLC0415 - see above

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    return console
