"""docs/operating.md tells of every text that the display can show, and of no other."""

from pathlib import Path

import pytest

from kiosk.station.messages.en import TEXTS

ROOT = Path(__file__).parents[2]
FILL_INS = ("no_vin", "no_car", "some")  # words within other texts
AGES = {"ago_minutes": 5, "ago_hours": 2, "ago_days": 3}
FACTS = {
    "vin": "VIN",
    "local_vin": "VIN",
    "waiting": "3",
    "in_doubt": "1",
    "ago": "2H",
    "car": "2015 Ford",
}
MESSAGES = sorted(set(TEXTS) - set(FILL_INS) - set(AGES))


def told(name):
    """Return a message as the page writes it, without its marks: page after page."""
    return tuple(" / ".join(row.format(**FACTS) for row in lines) for lines in TEXTS[name])


def rows():
    """Return what the page says of each text: what it means, and what to do."""
    page = (ROOT / "docs/operating.md").read_text("utf-8")
    part = page.partition("## What the display says")[2].partition("\n## ")[0]
    found = {}
    for line in part.splitlines():
        if line.startswith("|") and " / " in line.partition(" | ")[0].replace("`", ""):
            shown, *advice = (cell.strip() for cell in line.strip("|").split("|"))
            pages = tuple(shown.replace("`", "").replace("*", "").split("<br>"))
            assert pages not in found, f"{pages} stands there twice"
            found[pages] = advice
    return found


@pytest.mark.parametrize("name", MESSAGES)
def test_every_text_stands_in_the_page_with_what_it_means_and_what_to_do(name):
    meaning, to_do = rows()[told(name)]
    assert meaning
    assert to_do


def test_the_page_tells_of_no_text_that_is_not_there():
    assert set(rows()) == {told(name) for name in MESSAGES}


@pytest.mark.parametrize("name", FILL_INS)
def test_the_words_for_what_is_not_known_are_told(name):
    word = TEXTS[name][0][0]
    before_tables = (ROOT / "docs/operating.md").read_text("utf-8").partition("### At rest")[0]
    assert word in before_tables


@pytest.mark.parametrize("name", AGES)
def test_the_words_for_an_age_are_told(name):
    page = (ROOT / "docs/operating.md").read_text("utf-8")
    part = page.partition("### A car that was scanned before")[2].partition("| display")[0]
    assert f"`{TEXTS[name][0][0].format(number=AGES[name])}`" in part
