"""What a folder's lane asks about a picture, and when a press is the consent."""

import pytest
from folder_life import EMPTY, UNREAD, begun, picture, vin_of

from kiosk.errors import LedgerFullError
from kiosk.model import Answer, Claim, EventKind, ScanOutcome, Settlement, State, Trigger

K = EventKind
VIN = ScanOutcome.VIN


@pytest.fixture
def it(tmp_path):
    """A lane that has started once, in an empty folder."""
    return begun(tmp_path)


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


@pytest.mark.parametrize("number", [EMPTY, 5])
def test_a_press_does_not_pay_for_a_question_that_another_picture_replaced(it, number):
    it.put("first.png", picture(UNREAD))
    it.run(5, at={3.5: lambda: answer_all(it.lane._ledger)})
    it.put("asked.png", picture(UNREAD + 256))  # asked after two seconds of quiet
    it.run(20, at={3: lambda: move_in(it, "next.png", picture(number)), 4: it.press})
    said = K.NO_LABEL if number == EMPTY else K.ACCEPTED
    assert it.kinds() == [K.ACCEPTED, K.ASK_FIRST, said]
    assert "asked.png" not in [one.file_name for one in it.sent]


def move_in(it, name, data):
    (it.root / "outside").write_bytes(data)
    (it.root / "outside").rename(it.folder / name)


def test_a_copy_that_nothing_is_said_of_leaves_the_question_standing(it):
    it.put("first.png", picture(UNREAD))
    it.run(5, at={3.5: lambda: answer_all(it.lane._ledger)})
    it.put("asked.png", picture(UNREAD + 256))
    it.run(20, at={3: lambda: move_in(it, "copy.png", picture(UNREAD)), 4: it.press})
    assert it.kinds() == [K.ACCEPTED, K.ASK_FIRST, K.ACCEPTED]
    assert it.sent[-1].file_name == "asked.png"


def test_a_press_before_the_next_picture_pays_for_the_question_it_saw(it):
    """It is dealt with after that picture, which had the lane's thread meanwhile."""
    it.put("first.png", picture(UNREAD))
    it.run(5, at={3.5: lambda: answer_all(it.lane._ledger)})
    it.put("asked.png", picture(UNREAD + 256))
    real = it.eye.before

    def press_late(number):
        if number == EMPTY:
            it.lane.press(Trigger("button", it.clock.monotonic() - 0.5))

    it.eye.before = press_late
    it.run(20, at={3: lambda: move_in(it, "next.png", picture(EMPTY))})
    it.eye.before = real
    assert it.kinds() == [K.ACCEPTED, K.ASK_FIRST, K.NO_LABEL, K.ACCEPTED]
    assert it.sent[-1].file_name == "asked.png"


def test_a_disk_that_fills_behind_a_question_keeps_it(it):
    def full(ledger):
        def refuse(*args, **kwargs):
            raise LedgerFullError("the disk is full")

        ledger.files.settle = refuse

    it.put("first.png", picture(UNREAD))
    it.run(5, at={3.5: lambda: answer_all(it.lane._ledger)})
    it.put("asked.png", picture(UNREAD + 256))
    it.run(20, at={3.5: it.press}, ledger_hook=full)
    assert it.kinds() == [K.ACCEPTED, K.ASK_FIRST, K.ACCEPTED]


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
