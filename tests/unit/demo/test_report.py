"""The demo's last table on a terminal of the usual width."""

import io

import pytest
from rich.console import Console

from kiosk.demo.books import Line, Press
from kiosk.demo.plot import Expectation
from kiosk.demo.report import print_report
from kiosk.model import ScanOutcome, State, Submission

VIN = "1M8GDM9AXKP042788"
HEADINGS = ["scan", "in the lane", "VIN", "how read", "credits", "light", "shown", "answer"]
PRESS = Press(
    number=12,
    name="Škoda, black label, upside down",
    expected=Expectation(outcome=ScanOutcome.VIN, says="OK "),
    expected_vin=VIN,
    scan=None,
    said=True,
    colours=("yellow", "green"),
    shown_s=12.34,
    answered_s=23.45,
)
ROW = Submission(
    id=7, seq=7, state=State.RECOGNIZED, sha256="", created=None, vin=VIN, local_vin=VIN
)


def printed(width, lines):
    console = Console(file=io.StringIO(), width=width)
    print_report(console, lines, [], {"requests": []})
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 120])
def test_no_number_and_no_heading_is_cut(width):
    _, headings, row, _ = printed(width, [Line(PRESS, ROW, ())])
    assert len(headings) <= width
    for heading in HEADINGS:
        assert heading in headings
    for cell in ("12", VIN, "here+service", "green", "12.34 s", "23.45 s"):
        assert cell in row
    assert row[5:].startswith("Škoda, black")
    assert ("…" in row) == (width == 80), "names alone shrink"
