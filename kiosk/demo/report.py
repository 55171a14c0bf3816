"""The demo's last words: a table of every scan, and one line of totals."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from kiosk.demo.books import Line


def print_report(
    console: Console, lines: Sequence[Line], wrong: Sequence[str], journal: Mapping[str, Any]
) -> None:
    """Print the table (scan, VIN, how read, credits, light, times), what is wrong, the totals."""
    table = Table(title="what became of every scan", box=None, padding=(0, 1, 0, 0))
    table.add_column("scan", justify="right", no_wrap=True)
    table.add_column(_cut("in the lane"))  # alone may shrink: names are cut, no numbers
    for heading in ("VIN", "how read"):
        table.add_column(heading, no_wrap=True)
    table.add_column("credits", justify="right", no_wrap=True)
    table.add_column("light", no_wrap=True)
    for heading in ("shown", "answer"):
        table.add_column(heading, justify="right", no_wrap=True)
    for line in lines:
        table.add_row(
            str(line.press.number),
            _cut(line.press.name),
            line.vin or "–",
            line.how + ("" if not line.faults else "  ✗"),
            str(line.credits),
            line.press.colours[-1] if line.press.colours else "–",  # yellow was work only
            _seconds(line.press.shown_s),
            _seconds(line.press.answered_s),
            style="red" if line.faults else None,
        )
    console.print(table)
    for fault in wrong:
        console.print(f"not as expected · {fault}", style="red", markup=False, soft_wrap=True)
    charged = sum(1 for request in journal["requests"] if request["charged"])
    good = sum(1 for line in lines if not line.faults)
    console.print(
        f"{good} of {len(lines)} as expected · {sum(line.credits for line in lines)} credits in "
        f"the ledger, {charged} in the service's journal · "
        f"{len({line.vin for line in lines if line.vin})} cars",
        style="bold red" if wrong else "bold green",
        highlight=False,
        soft_wrap=True,
    )


def _cut(words: str) -> Text:
    """Give words that are cut where the column is narrow, and never broken."""
    return Text(words, no_wrap=True, overflow="ellipsis")


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} s"
