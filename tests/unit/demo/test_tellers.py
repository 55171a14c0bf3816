"""What a person sees of the demo: the screen, the lines, and what becomes of a lost reader."""

import io
import time

import pytest
from rich.console import Console

from kiosk.demo.plot import Scenery, Shown, Step, View
from kiosk.demo.printer import Printer
from kiosk.demo.screen import COLUMNS, ROWS, Screen, half_blocks
from kiosk.model import Event, EventKind, Reading, Verdict
from kiosk.simulate.presets import car
from kiosk.simulate.scene import render
from kiosk.station.codecs.lights import Lamps
from kiosk.vision.prefilter import Prefilter

VIN = "1M8GDM9AXKP042788"
STEP = Step(title="A Ford stops.")
GLASS = (VIN, "OK 2010 FORD")
LAMPS = Lamps(green=True)


@pytest.fixture(scope="module")
def shown():
    scene = render(car(VIN, seed=1))
    return Shown(scene, scene.vin)


def terminal():
    return Console(
        file=io.StringIO(),
        force_terminal=True,
        width=COLUMNS,
        height=ROWS,
        color_system="truecolor",
    )


def test_the_screen_shows_the_view_the_glass_and_what_lies_behind(shown, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _s: None)
    console = terminal()
    screen = Screen(console, lambda: GLASS, lambda: LAMPS, once=True)
    with screen.live():
        screen.step(1, 15, STEP)
        screen.view(shown)
        screen.wait_for_button()
        reading = Prefilter().examine(shown.scene.image)
        screen.hear(Event(EventKind.ACCEPTED, 1.0, scan_id=1, reading=reading))
        screen.step(2, 15, Step(title="The service goes away.", act="kill_service"))
        screen.linger()
    seen = console.file.getvalue()
    for words in (
        VIN,
        "OK 2010 FORD",
        "●",
        "▀",
        "accepted · scan 1",
        "2/15",
        "The service goes away.",
    ):
        assert words in seen
    assert "Traceback" not in seen


def test_half_blocks_show_two_pixels_a_character(shown):
    text = half_blocks(shown.scene.image, 52)
    rows = text.plain.split("\n")
    assert {len(row) for row in rows} == {52}
    assert len(rows) == 15
    assert half_blocks(shown.scene.image[:, :, 0], 20).plain.count("▀") > 0


def test_the_lines_tell_the_same(shown):
    console = Console(file=io.StringIO(), width=120)
    printer = Printer(console, lambda: GLASS, lambda: LAMPS, once=True)
    with printer.live():
        printer.step(1, 15, STEP)
        printer.view(shown)
        printer.wait_for_button()
        printer.hear(Event(EventKind.NO_LABEL, 1.0, reading=Reading(Verdict.NONE)))
        printer.linger()
    seen = console.file.getvalue()
    for words in (
        "1/15 A Ford stops.",
        f"on the label: {VIN}",
        "no label",
        "OK 2010 FORD",
        "light: green",
    ):
        assert words in seen


def test_a_label_that_is_scanned_by_hand_is_told_as_such():
    view = View(car="nissan", make="Nissan", identifier=True, by_hand=True)
    shown = Scenery(7).show(view)
    assert shown.scene.vin is None, "the camera does not see it"
    assert shown.code == f"I{shown.vin}"
    console = Console(file=io.StringIO(), width=120)
    Printer(console, lambda: GLASS, Lamps, once=True).view(shown)
    assert console.file.getvalue() == f"      scanned by hand: {shown.code}\n"


def test_a_reader_that_leaves_ends_the_demo_and_no_thread_of_the_lane():
    class Closed(io.StringIO):
        def write(self, _text):
            raise BrokenPipeError

    printer = Printer(Console(file=Closed(), width=80), lambda: GLASS, lambda: LAMPS, once=True)
    printer.hear(Event(EventKind.READY, 1.0))
    with pytest.raises(BrokenPipeError):
        printer.step(1, 15, STEP)
