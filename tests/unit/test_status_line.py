from kiosk.clock import ManualClock
from kiosk.errors import LedgerError
from kiosk.model import Event, EventKind, Pause, PauseReason, QueueStatus
from kiosk.status_line import StatusLine


class Seen:
    """A lane whose facts the test sets, and every line that was said of it."""

    def __init__(self):
        self.clock = ManualClock()
        self.facts = {"lane_state": "ready", "camera": "ok", "display": "ok"}
        self.answer = QueueStatus(waiting=0, in_doubt=0, credits_today=3)
        self.asked = 0
        self.said = []
        self.line = StatusLine(self.queue, lambda: self.facts, self.said.append, self.clock)

    def queue(self):
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def happens(self):
        self.line.note(Event(EventKind.ACCEPTED, 0.0))

    def after(self):
        self.line.refresh()
        return self.said[-1]


def test_the_line_tells_state_queue_and_credits():
    seen = Seen()
    assert seen.after() == "ready · 0 waiting · 3 credits today"
    seen.answer = QueueStatus(2, 1, 4, (Pause(PauseReason.BALANCE, "no credits left", None),))
    seen.happens()
    assert seen.after() == (
        "ready · 2 waiting · 1 in doubt · 4 credits today · paused (balance): no credits left"
    )


def test_it_is_said_only_when_it_changes_and_the_ledger_asked_only_when_something_happened():
    seen = Seen()
    for _ in range(5):
        seen.after()
    assert (len(seen.said), seen.asked) == (1, 1)
    seen.happens()
    seen.after()
    assert (len(seen.said), seen.asked) == (1, 2)
    seen.clock.advance(61)  # a new day may have begun
    seen.after()
    assert (len(seen.said), seen.asked) == (1, 3)


def test_a_lost_device_and_refused_settings_stand_in_it_until_they_are_mended():
    seen = Seen()
    seen.facts = seen.facts | {"camera": "no /dev/video9: plug it in"}
    seen.line.remark = "the changed settings are refused"
    assert seen.after() == (
        "ready · camera: no /dev/video9: plug it in · 0 waiting · 3 credits today"
        " · the changed settings are refused"
    )
    seen.facts = seen.facts | {"camera": "ok"}
    seen.line.remark = None
    assert seen.after() == "ready · 0 waiting · 3 credits today"


def test_a_ledger_that_cannot_be_asked_is_said_and_ends_nothing():
    seen = Seen()
    seen.answer = LedgerError("it is damaged")
    assert seen.after() == "ready · ledger: it is damaged"


def test_a_scanner_or_light_that_is_away_is_named_and_one_that_is_not_there_is_not():
    seen = Seen()
    seen.facts |= {"scanner": None, "light": "was lost"}
    assert seen.after() == "ready · light: was lost · 0 waiting · 3 credits today"
    seen.facts |= {"scanner": "is not there", "light": "ok"}
    assert seen.after() == "ready · scanner: is not there · 0 waiting · 3 credits today"
