"""``vin-kiosk scans``: what became of every trigger."""

import click

from kiosk.commands.options import LaneFile, json_option, lane_options
from kiosk.commands.printing import print_json_lines, print_table, short_time
from kiosk.commands.whereabouts import find_lane
from kiosk.control.facts import scan_facts
from kiosk.control.protocol import Facts
from kiosk.ledger.view import LedgerView

_COLUMNS = ("id", "time", "by", "outcome", "queue", "read", "remark")


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
    """List what became of every trigger, the newest first.

    "by" is what triggered it, "queue" the number of its submission (`vin-kiosk queue show`).
    Exit code 0, also where there is none. 2: the configuration is wrong, or there is no ledger.
    """
    with LedgerView.open(find_lane(config).state_dir) as view:
        rows = [scan_facts(scan) for scan in view.scans(limit)]
    if as_json:
        print_json_lines(rows)
    elif rows:
        print_table(_COLUMNS, map(_for_a_person, rows), stacked=2)
    else:
        click.echo("No scan yet.")


def _for_a_person(scan: Facts) -> Facts:
    """Put a scan into columns that fit a terminal of 80."""
    remarks = (scan["file"], scan["detail"])
    return {
        "id": scan["id"],
        "time": short_time(scan["created"]),
        "by": scan["trigger"],
        "outcome": scan["outcome"],
        "queue": scan["submission"],
        "read": scan["vin"] or scan["text"],
        "remark": ": ".join(str(remark) for remark in remarks if remark) or None,
    }
