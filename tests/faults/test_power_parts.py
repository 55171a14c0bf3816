"""The parts of `scripts/torture power` that need no machine; what it finds is its own business."""

import base64
import json
import os
import random
import socket
import sys
import tty
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from verdict import Verdict

from kiosk.sandbox.books import Journal
from kiosk.sandbox.journal_file import Entry
from kiosk.station.codecs import codec_named

sys.path.append(str(Path(__file__).parents[2] / "scripts" / "lib"))

from vm_guest import TrialFailed
from vm_power_judge import Books, Outcome
from vm_power_load import Load
from vm_power_report import Round, total, words
from vm_power_witness import Heard, Witness

PATIENCE_S = 10
GOOD = Verdict((), (), (), 0, (), 0)
LOST = replace(GOOD, lost=("submission 3",))
SOUND = Outcome(GOOD, GOOD, (), 3, 5, 4, unsynced_lost=True)


class Machine:
    """What QEMU's end of the witness's sockets is."""

    def __init__(self, folder):
        self.load, self.glass = (socket.socket(socket.AF_UNIX) for _ in range(2))
        self.load.connect(str(folder / "load"))
        self.glass.connect(str(folder / "glass"))
        self.load.settimeout(PATIENCE_S)
        self._lines = self.load.makefile("rb")

    def asked(self):
        word, _, picture = self._lines.readline().strip().partition(b" ")
        return word.decode(), sha256(base64.b64decode(picture)).hexdigest()

    def tell(self, line):
        self.load.sendall(f"{line}\n".encode())

    def show(self, upper):
        self.glass.sendall(codec_named("cd5220").show((upper, "READ HERE - SENDING")))

    def die(self):
        self._lines.close()
        self.load.close()
        self.glass.close()


@contextmanager
def witnessed(folder, before=None):
    with Witness(folder, random.Random(1), before) as witness:
        machine = Machine(folder)
        try:
            witness.connected()
            witness.begin()
            yield witness, machine
        finally:
            machine.die()


def test_each_acknowledgement_is_kept_and_brings_the_next_picture(tmp_path):
    with witnessed(tmp_path) as (witness, machine):
        first = [machine.asked() for _ in range(3)]
        assert [how for how, _ in first] == ["submit", "arrive", "arrive"]
        machine.tell(f"saved 7 {first[0][1]}\nwrote 1")
        assert machine.asked()[0] == "submit"
        machine.tell(f"arrived {first[1][1]}\nwrote 2")
        vin = next(vin for vin, name in witness._files.items() if name == first[1][1])
        machine.show(vin)
        assert machine.asked()[0] == "arrive"
        machine.die()
        heard = witness.over()
    assert heard.acknowledged == {7: first[0][1]}
    assert heard.arrived == heard.shown == {first[1][1]}
    assert (heard.count, heard.unsynced) == (2, 2)


def test_a_load_that_stands_still_is_told_with_what_the_display_shows(tmp_path):
    with witnessed(tmp_path) as (witness, machine):
        machine.show("DISK IS FULL")
        witness.wait_for_words("DISK IS FULL", PATIENCE_S)
        with pytest.raises(TrialFailed, match=r"0 pictures acknowledged.*DISK IS FULL"):
            witness.wait(1, 0.01)


def test_what_was_heard_before_the_machine_was_saved_counts_in_each_cut(tmp_path):
    before = Heard({1: "a"}, frozenset("b"), frozenset("b"), 3)
    with witnessed(tmp_path, before) as (witness, machine):
        machine.tell(f"saved 2 {machine.asked()[1]}")
        witness.wait(3, PATIENCE_S)
        assert witness.heard().unsynced == 3
        assert set(witness.heard().acknowledged) == {1, 2}


class Service:
    """Books that grow when a test says so."""

    def __init__(self):
        self.requests = ()

    def journal(self):
        return Journal(self.requests, 9)

    def set_faults(self, faults):
        """It has none."""

    def book(self, sha256):
        self.requests += (Entry(len(self.requests) + 1, sha256, True, 200, None, True),)


def test_a_cut_is_judged_by_its_own_books_and_those_of_the_warm_lane():
    service = Service()
    books = Books(service)
    service.book("another lane's")
    books.open()
    service.book("warm")
    books.share()
    for name in ("first cut", "second cut"):
        books.begin()
        service.book(name)
    assert [entry.sha256 for entry in books.own().requests] == ["warm", "second cut"]
    assert [entry.sha256 for entry in books.fresh().requests] == ["second cut"]


class Lane:
    """Calls everything saved."""

    def submit(self, data, name, *, hurry, pay_again):
        return {"id": len(data)}


def test_the_load_tells_each_picture_and_writes_what_nobody_syncs(tmp_path):
    outside, inside = os.openpty()
    tty.setraw(inside)
    port, unsynced = Path(os.ttyname(inside)), tmp_path / "lines"
    load = Load(port, Lane(), tmp_path, unsynced)
    load.take(b"arrive " + base64.b64encode(b"picture"))
    load.take(b"submit " + base64.b64encode(b"other"))
    load.submit_next()
    name, other = (sha256(data).hexdigest() for data in (b"picture", b"other"))
    expected = f"arrived {name}\nwrote 1\nsaved 5 {other}\nwrote 2\n".encode()
    said = b""
    while len(said) < len(expected):
        said += os.read(outside, 4096)
    load.close()
    os.close(inside)
    os.close(outside)
    assert said == expected
    assert (tmp_path / f"{name}.png").read_bytes() == b"picture"
    assert unsynced.read_bytes() == b"0\n1\n"


@pytest.mark.parametrize(
    ("outcome", "sound"),
    [
        (SOUND, True),
        (replace(SOUND, left=LOST), False),
        (replace(SOUND, later=LOST), False),
        (replace(SOUND, left=replace(GOOD, out_of_order=("a",))), False),
        (replace(SOUND, complaints=("ERROR",)), False),
    ],
)
def test_one_bad_verdict_fails_a_run_and_saves_a_control(outcome, sound):
    assert Round("none", 1, [SOUND, outcome]).well is sound
    assert Round("nosync", 1, [SOUND, outcome]).well is not sound


@pytest.mark.parametrize("control", ["none", "normal"])
def test_no_cut_proves_nothing_nor_do_cuts_that_lost_nothing_or_a_trial_that_failed(control):
    outcome = replace(SOUND, left=GOOD if control == "none" else LOST)
    assert Round(control, 1, [outcome]).well
    assert not Round(control, 1, []).well
    assert not Round(control, 1, [replace(outcome, unsynced_lost=False)]).well
    failed = Round(control, 1, [outcome], "the machine does not start")
    assert not failed.well
    assert failed.line.endswith("ENDED BY: the machine does not start; NOT WELL")


def test_the_figures_of_many_cuts_add_up():
    facts = total([SOUND, replace(SOUND, later=LOST)])
    assert facts["acknowledged"] == 6
    assert words(facts).startswith("6 scans acknowledged, 10 requests, 8 charged: 1 lost, 0 paid")
    done = Round("normal", 7, [SOUND, replace(SOUND, later=LOST)], minutes=2.5)
    assert "(seed 7, control normal, 2.5 min): 2 cuts, 2 of them lost what nobody" in done.line
    assert json.loads(done.object) | facts | {"bad": 1, "well": True} == json.loads(done.object)
