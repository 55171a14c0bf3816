"""docs/vision.md says what the code does: its rooms, its limits, its drawing."""

import re
from pathlib import Path

from kiosk.vision import (
    candidates,
    confidence,
    crop,
    header,
    locate,
    look,
    parts,
    picture,
    proof,
    rectify,
    survey,
    templates,
    track,
    trials,
)

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/vision.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE))


def numbers_of(what):
    return [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", ROWS[what])]


def test_every_room_is_told_and_no_other():
    rooms = {path.name for path in (ROOT / "kiosk/vision").glob("*.py")} - {"__init__.py"}
    table = PAGE[PAGE.index("## The rooms") : PAGE.index("## Coordinates")]
    assert set(re.findall(r"`(\w+\.py)`", table)) == rooms


def test_the_limits_are_those_of_the_code():
    assert numbers_of("bytes of a file") == [picture.BYTES_MAX // 2**20]
    assert numbers_of("pixels of a file, by its header, before it is decoded") == [
        picture.PIXELS_MAX // 10**6,
        picture.PIXELS_MAX_HEAVY // 10**6,
    ]
    segments = "segments of a JPEG before its picture, scans of one"
    assert numbers_of(segments) == [header._SEGMENTS_MAX, header._SCANS_MAX]
    assert f"at most {locate._REGIONS_MAX} `Region`s" in PAGE
    looks = "regions that are looked at while no VIN is read; short ones, where those show nothing"
    assert numbers_of(looks) == [survey._REGIONS_MAX, survey._SHORT_MAX]
    assert numbers_of("cells of a symbol") == [max(candidates._CELLS)]
    strips = "parts of ragged regions that are tried; strips that are read in one picture"
    limits = [survey._CUTS_MAX, look._STRIPS_MAX, look._LOOKS_MAX]
    assert numbers_of(f"{strips}, readings of them") == limits
    assert numbers_of("crops that are tried for one symbol") == [len(crop.FINISHES)]
    spares = "further crops in one picture, of VINs of which no library reads one of these"
    assert numbers_of(spares) == [trials.SPARES_MAX]
    widest = [*rectify._LOOSE, rectify._WIDTHS[1], rectify._HEIGHTS[1]]
    rows = "rows of bars followed in one region, strips of each, parts that paper parts off"
    assert numbers_of(rows) == [
        track._TRACKS_MAX,
        rectify._ROUNDS,
        parts._PARTS_MAX,
        *widest,
    ]


def test_the_numbers_in_the_text_are_those_of_the_code():
    assert f"{len(templates.ALPHABET)} shapes of {templates.SAMPLES} samples" in PAGE
    assert f"Drawn at {crop._MODULE_PX} px a module, {crop._HEIGHT} px high" in PAGE
    sizes = "{} or {} px a module".format(*proof._SIZES)
    assert sizes in " ".join(PAGE.split())
    assert f"from {confidence.SURE} on, from {confidence.SURE_AGAINST} where" in " ".join(
        PAGE.split()
    )
    words = {10: "ten", 12: "twelve", 3: "three"}
    assert f"the crop has {words[crop._QUIET]}, of which {words[crop._OWN_QUIET]} are" in PAGE


def test_its_links_and_its_drawing_are_there():
    for link in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / link).exists()
    for page in ("README.md", "docs/architecture.md"):
        assert "vision.md" in (ROOT / page).read_text("utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py|kiosk/[\w/]+)`", PAGE)
    assert named
    for path in named:
        assert (ROOT / path).exists()
