"""The pictures of the glass: every message has its occasion, and all of it can be drawn."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from dot_letters import COLUMNS, PITCH, outline
from glass_pictures import SHEETS, glass_sheet, told
from glass_states import OCCASIONS, message_at

from kiosk.station.lamps import lamps_for
from kiosk.station.messages import LANGUAGES

ROOT = Path(__file__).parents[3]
FILL_INS = {name for name in LANGUAGES["en"] if name.startswith("ago_")} | {
    "no_vin",
    "no_car",
    "some",
}
BY_NAME = {name: occasion for part in OCCASIONS.values() for name, occasion in part.items()}
LETTERS = sorted(
    {
        letter
        for language in ("en", "es", "de")
        for pages in LANGUAGES[language].values()
        for row in (row for lines in pages for row in lines)
        for letter in row.format_map(
            dict.fromkeys(("vin", "local_vin", "waiting", "in_doubt", "ago", "car", "number"), "0")
        )
        if letter != " "
    }
)


def pages(message):
    return [message.lines, *message.more]


def test_every_message_has_an_occasion():
    assert set(BY_NAME) == set(LANGUAGES["en"]) - FILL_INS
    assert sum(map(len, OCCASIONS.values())) == len(BY_NAME)


@pytest.mark.parametrize("name", BY_NAME)
def test_an_occasion_brings_up_the_message_of_its_name(name):
    words = [tuple(row.partition("{")[0].strip() for row in page) for page in LANGUAGES["en"][name]]
    shown = pages(message_at(BY_NAME[name], "en"))
    assert len(shown) == len(words)
    for lines, begun in zip(shown, words, strict=True):
        assert all(row.startswith(start) for row, start in zip(lines, begun, strict=True))


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_is_sound_and_the_same_each_time(name):
    drawn = glass_sheet(name)
    tree = ET.fromstring(drawn)
    kept = {e.get("id") for e in tree.iter() if e.get("id")}
    used = {e.get("href")[1:] for e in tree.iter() if e.tag.endswith("use")}
    assert used == kept, "nothing is missing, nothing is left over"
    assert drawn == glass_sheet(name)
    assert len(drawn) < 64 * 1024


@pytest.mark.parametrize("name", SHEETS)
def test_nothing_is_drawn_beyond_its_sheet(name):
    tree = ET.fromstring(glass_sheet(name))
    width, height = float(tree.get("width")), float(tree.get("height"))
    for element in tree:
        if element.tag.endswith(("use", "text")):
            assert 0 <= float(element.get("x")) < width
            assert 0 <= float(element.get("y")) < height


@pytest.mark.parametrize("letter", LETTERS)
def test_every_letter_of_every_language_has_a_shape_of_its_own(letter):
    shape = outline(letter)
    assert shape
    assert [outline(other) for other in LETTERS].count(shape) == 1
    for stroke in shape[1:].split("M"):
        start, size = float(stroke.split()[0]), float(stroke.partition("h")[2])
        assert start + size <= COLUMNS * PITCH


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ready", "green"),
        ("starting", "dark"),
        ("scanning", "yellow"),
        ("recognized", "green blinks"),
        ("two_labels", "yellow blinks, one sound"),
        ("ready_offline", "yellow, one sound"),
        ("refused", "red, 3 sounds"),
    ],
)
def test_the_light_beside_the_glass_is_the_one_of_the_lane(name, words):
    message = message_at(BY_NAME[name], "en")
    assert told([lamps_for(message, tick / 20) for tick in range(40)]) == words


def test_the_page_shows_every_sheet():
    page = (ROOT / "docs/operating.md").read_text("utf-8")
    for name in SHEETS:
        assert f"({name.removeprefix('docs/')})" in page
