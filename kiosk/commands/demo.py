"""``vin-kiosk demo``: a simulated lane at work, with real parts everywhere but the silicon."""

import logging
import sys
import tempfile
from pathlib import Path

import click
from rich.console import Console

from kiosk.clock import SystemClock
from kiosk.commands.stopping import leaves_tidily
from kiosk.demo.books import balance
from kiosk.demo.play import Play
from kiosk.demo.plot import PLOT, load_plot
from kiosk.demo.printer import Printer
from kiosk.demo.report import print_report
from kiosk.demo.screen import COLUMNS, ROWS, Screen
from kiosk.demo.stage import Stage
from kiosk.errors import OutcomeError
from kiosk.model import Event

_SEED = 2026
_PRINTED_COLUMNS = 120


def _has_room(console: Console) -> bool:
    """Tell whether the screen fits; where it does not, the demo prints lines."""
    if not console.is_terminal:
        return False
    if console.width >= COLUMNS and console.height >= ROWS:
        return True
    console.print(f"This terminal is smaller than {COLUMNS}×{ROWS}: lines instead of the screen.")
    return False


@click.command()
@click.option("--once", is_flag=True, help="Play by itself, without anybody pressing.")
@click.option("--seed", type=int, default=_SEED, show_default=True, help="Other cars, other VINs.")
@click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    default=PLOT,
    help="Play another plot (a YAML file like kiosk/demo/plot.yaml).",
)
def command(*, once: bool, seed: int, plot: Path) -> None:
    """Show a simulated lane at work, with a sandbox for the service.

    Enter is the button. Needs no configuration, no camera and no network. Exits with 0 only if
    every outcome was as expected and the ledger's credits are those of the service's journal.
    """
    script = load_plot(plot)
    console = Console()
    if not console.is_terminal:
        console.width = _PRINTED_COLUMNS  # a file or a pipe has no width of its own
    is_live = _has_room(console) and (once or sys.stdin.isatty())
    logging.getLogger("kiosk").addHandler(logging.NullHandler())
    logging.getLogger("kiosk").propagate = False  # the screen tells it all
    tellers: list[Screen | Printer] = []

    def hear(event: Event) -> None:
        for teller in tellers:
            teller.hear(event)

    with leaves_tidily(), tempfile.TemporaryDirectory(prefix="vin-kiosk-demo-") as folder:
        clock = SystemClock()
        with Stage(Path(folder), clock, hear) as stage:
            glass, light = stage.station.glass, stage.light
            kind = Screen if is_live else Printer
            by_itself = once or not sys.stdin.isatty()
            teller = kind(console, lambda: glass.lines, lambda: light.lamps, once=by_itself)
            tellers.append(teller)
            with teller.live():
                presses = Play(stage, script, seed, clock, teller).perform()
            submissions = {row.id: row for row in stage.lane.ledger.submissions()}
            journal = stage.service.journal()
    lines, wrong = balance(presses, submissions, journal)
    print_report(console, lines, wrong, journal)
    if wrong:
        raise OutcomeError(f"{len(wrong)} outcomes were not as expected (named above)")
