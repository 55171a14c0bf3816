"""``vin-kiosk scans``: what became of every trigger."""

import click

from kiosk.commands.options import LaneFile, json_option, lane_options
from kiosk.commands.printing import print_json, print_table
from kiosk.control.facts import scan_facts
from kiosk.ledger.view import LedgerView

_COLUMNS = ("id", "created", "trigger", "outcome", "vin", "text", "file", "submission", "detail")


@click.command("scans")
@lane_options
@json_option
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="List this many at most.",
)
def command(config: LaneFile, limit: int, *, as_json: bool) -> None:
    """List what became of every trigger, the newest first."""
    with LedgerView.open(config.load().state_dir) as view:
        rows = [scan_facts(scan) for scan in view.scans(limit)]
    if as_json:
        for row in rows:
            print_json(row)
    elif rows:
        print_table(_COLUMNS, rows)
    else:
        click.echo("No scan yet.")
