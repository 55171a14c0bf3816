"""What becomes of a picture in the folder: set aside, put away, asked about."""

import os

import pytest
from folder_life import EMPTY, UNREAD, begun, picture, vin_of

from kiosk.errors import LedgerFullError
from kiosk.folder import scanner
from kiosk.model import Answer, Claim, EventKind, ScanOutcome, Settlement, State
from kiosk.vision.picture import BYTES_MAX

K = EventKind
VIN = ScanOutcome.VIN


@pytest.fixture
def it(tmp_path):
    """A lane that has started once, in an empty folder."""
    return begun(tmp_path)


# ---- what is set aside ------------------------------------------------------------------------


def test_what_cannot_be_used_is_set_aside_once_and_not_touched(it, caplog):
    (it.root / "outside.png").write_bytes(picture(1))
    (it.folder / "sym.png").symlink_to(it.root / "outside.png")
    os.link(it.root / "outside.png", it.folder / "hard.png")
    os.mkfifo(it.folder / "pipe")
    it.put("text.jpg", b"this is no picture")
    it.put("empty.jpg", b"")
    with (it.folder / "huge.jpg").open("wb") as file:
        file.truncate(BYTES_MAX + 1)
    before = it.names()
    it.run(60)
    it.run(60)
    assert it.names() == before
    assert not it.eye.looked
    assert sorted(it.scans()) == [(name, ScanOutcome.SET_ASIDE) for name in before]
    assert it.kinds() == []
    with it.open_ledger() as ledger:
        why = {one.file_name: one.detail for one in ledger.scans()}
    assert "symbolic" in why["sym.png"]
    assert "hard link" in why["hard.png"]
    assert "Not a picture" in why["text.jpg"]
    assert sum("set aside" in line for line in caplog.messages) == len(before)


def test_a_set_aside_picture_that_is_replaced_is_scanned(it):
    it.put("a.png", b"nonsense")
    it.run(at={10: lambda: it.put("a.png", picture(1))})
    assert it.scans() == [("a.png", ScanOutcome.SET_ASIDE), ("a.png", VIN)]


def test_a_file_that_may_not_be_read_waits_and_is_named_once(it, monkeypatch, caplog):
    allowed = []

    def read_file(folder, entry):
        if not allowed:
            raise PermissionError(13, "Permission denied")
        return real(folder, entry)

    real = scanner.read_file
    monkeypatch.setattr(scanner, "read_file", read_file)
    it.put("a.png", picture(1))
    it.run(200, at={100: lambda: allowed.append(True)})
    assert it.scans() == [("a.png", VIN)]
    assert sum("cannot be read" in line for line in caplog.messages) == 1


# ---- afterwards -------------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "left"), [("move", [".done"]), ("delete", [".done"])])
def test_scanned_pictures_are_put_away_and_others_are_not(tmp_path, after, left):
    it = begun(tmp_path, after=after)
    for name, number in (("vin", 1), ("none", EMPTY), ("unread", UNREAD)):
        it.put(f"{name}.png", picture(number))
    it.put("text.png", b"no picture")
    it.run(60)
    it.put("asked.png", picture(UNREAD + 256))  # another unread one, inside the window
    it.put("copy.png", picture(1))
    it.put("vin.png", picture(2))
    it.run(60)
    assert it.names() == [*left, "asked.png", "text.png"]
    done = ["copy.png", "none.png", "unread.png", "vin-2.png", "vin.png"]
    assert sorted(path.name for path in (it.folder / ".done").iterdir()) == (
        done if after == "move" else []
    )
    assert len(it.scans()) == 6
    it.run(30)
    assert len(it.scans()) == 6


def test_a_failed_move_is_said_once_and_done_at_the_next_start(tmp_path, monkeypatch, caplog):
    it = begun(tmp_path, after="move")
    (it.folder / ".done").write_bytes(b"somebody's file")
    for number in range(3):
        it.put(f"{number}.png", picture(number))
    it.run()
    assert len(it.scans()) == 3
    assert it.names() == [".done", "0.png", "1.png", "2.png"]
    assert sum("cannot be moved" in line for line in caplog.messages) == 1
    (it.folder / ".done").unlink()
    it.run()
    assert it.names() == [".done"]
    assert len(it.scans()) == 3


def test_what_was_scanned_before_moving_was_asked_for_stays(it):
    it.put("a.png", picture(1))
    it.run()
    it.settings["after"] = "move"
    it.run()
    assert it.names() == ["a.png"]


# ---- questions --------------------------------------------------------------------------------


def answer_all(ledger):
    while isinstance(claim := ledger.claim(), Claim):
        ledger.commit_tail(claim)
        vin = claim.submission.vin
        answer = Answer(success=True, vin=vin, text=vin)
        ledger.settle(claim, Settlement(State.RECOGNIZED, "", credits=1, answer=answer))


def ask(it, second, *, press_after, source="button"):
    """Let a question stand, and press so many seconds after it."""
    it.run(5, at={3.5: lambda: answer_all(it.lane._ledger)})
    it.put("second.png", second)
    # At rest after two seconds, and asked then.
    plan = {} if press_after is None else {2.0 + press_after: lambda: it.press(source)}
    it.said.clear()
    it.run(20, at=plan)
    return it.kinds()


@pytest.mark.parametrize("after", ["keep", "move"])
def test_a_press_after_the_question_queues_exactly_that_picture(tmp_path, after, caplog):
    it = begun(tmp_path, after=after)
    it.put("first.png", picture(UNREAD))
    kinds = ask(it, picture(UNREAD + 256), press_after=1.5)
    assert kinds == [K.ASK_FIRST, K.ACCEPTED]
    assert it.sent[-1].file_name == "second.png"
    assert it.sent[-1].live
    assert it.names() == (["first.png", "second.png"] if after == "keep" else [".done"])
    assert any("submit --pay-again" in line for line in caplog.messages)
    it.run(20)
    assert len(it.sent) == 2


@pytest.mark.parametrize(
    ("press_after", "source"), [(None, ""), (0.1, "button"), (5.6, "button"), (1.5, "control")]
)
def test_without_a_hand_in_time_it_is_not_paid_for_and_not_asked_again(it, press_after, source):
    it.put("first.png", picture(UNREAD))
    kinds = ask(it, picture(UNREAD + 256), press_after=press_after, source=source)
    assert kinds == [K.ASK_FIRST]
    it.run(60)
    assert it.kinds() == [K.ASK_FIRST]
    assert it.scans()[-1] == ("second.png", ScanOutcome.ASKED)
    assert len(it.sent) == 1


def test_the_same_car_again_asks_and_a_press_pays(it):
    it.put("first.png", picture(1))
    kinds = ask(it, picture(1 + 256), press_after=1.5)  # another picture of the same label
    assert kinds == [K.ALREADY_SCANNED, K.ACCEPTED]
    assert [one.vin for one in it.sent] == [vin_of(1), vin_of(1)]
    assert it.scans()[1:] == [("second.png", ScanOutcome.DUPLICATE), ("second.png", VIN)]


def test_nothing_is_offered_while_the_first_still_waits(it):
    it.put("first.png", picture(1))
    it.run(5)
    it.put("second.png", picture(1 + 256))
    it.run(20, at={3.5: it.press})
    assert it.kinds() == [K.ACCEPTED, K.ALREADY_SCANNED]


def test_a_press_without_a_question_looks_now(it, monkeypatch):
    monkeypatch.setattr("kiosk.folder.inbox.Watch.start", lambda *_: None)
    monkeypatch.setattr("kiosk.folder.inbox.Inbox._is_listing_due", lambda *_, **__: False)
    seen = []

    def press():
        seen.append(len(it.lane._ledger.scans()))
        seen.append(it.press())

    it.run(30, at={5: lambda: it.put("a.png", picture(1)), 20: press})
    assert seen == [0, True]
    assert it.scans() == [("a.png", VIN)]


def test_a_full_disk_at_the_consent(it):
    it.put("first.png", picture(1))

    def full(ledger):
        real = ledger.enqueue

        def enqueue(scan, new, *, consent=False):
            if consent:
                raise LedgerFullError("the disk is full")
            return real(scan, new)

        ledger.enqueue = enqueue

    it.run(5, at={3.5: lambda: answer_all(it.lane._ledger)})
    it.put("second.png", picture(1 + 256))
    it.said.clear()
    it.run(20, at={3.5: it.press}, ledger_hook=full)
    assert it.kinds() == [K.ALREADY_SCANNED, K.REFUSED]
