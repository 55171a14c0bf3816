"""SIGKILL between any two steps of the ledger: nothing is paid twice, nothing saved is lost."""

import os
import signal
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from ledger_life import DOUBT, REFUSAL, SUCCESS, Wire, attempt, clock, die_at, in_child, scan

from kiosk.ledger.ledger import Ledger
from kiosk.ledger.view import LedgerView
from kiosk.model import AlreadyScanned, Claim, Held, State

MOST_STEPS = 400


@pytest.fixture
def quick_dir():
    """A folder in memory where there is one: a kill spares the page cache, so disks add nothing."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as name:
        yield Path(name)


def one_attempt(settlement):
    def life(ledger, wire):
        attempt(ledger, wire, settlement)

    return life


def an_early_answer(ledger, wire):
    claimed = ledger.claim()
    if isinstance(claimed, Claim):
        ledger.settle_charged(claimed, SUCCESS)
        wire.send_tail(claimed.crop)  # from here on a second one would be paid for


def a_scan(ledger, wire):
    scan(ledger, "second", None)
    wire.send_tail(b"said: saved")


def a_resend(ledger, wire):
    attempt(ledger, wire, DOUBT)
    ledger.resend(1, "maria")
    wire.send_tail(b"said: resend")


def consent(ledger, wire):
    attempt(ledger, wire, SUCCESS)
    scan(ledger, "first", consent=True)
    wire.send_tail(b"said: again")


LIVES = {
    "success": one_attempt(SUCCESS),
    "refusal": one_attempt(REFUSAL),
    "doubt": one_attempt(DOUBT),
    "early answer": an_early_answer,
    "scan": a_scan,
    "resend": a_resend,
    "consent": consent,
}


@pytest.mark.parametrize("name", LIVES)
def test_killed_at_every_step(quick_dir, name):
    for step in range(1, MOST_STEPS):
        state_dir = quick_dir / f"{step}"
        wire = Wire(quick_dir / f"wire-{step}")
        with Ledger.open(state_dir, clock()) as ledger:
            scan(ledger, "first")

        def life(step=step, state_dir=state_dir, wire=wire):
            with Ledger.open(state_dir, clock()) as ledger:
                LIVES[name](ledger, wire)

        def armed(step=step, life=life):
            die_at(step)
            life()

        code = in_child(armed)
        assert code in {0, -signal.SIGKILL}
        check_next_life(state_dir, wire, ended=code == 0, name=name)
        if code == 0:
            assert step > 10  # it did walk through the steps
            return
    raise AssertionError(f"more than {MOST_STEPS} steps")


def check_next_life(state_dir, wire, *, ended, name):
    """Open what the kill left, send all there is to send, and count what went over the wire."""
    said = wire.sent()
    with Ledger.open(state_dir, clock()) as ledger:
        report = ledger.start_report
        assert (report.damaged, report.missing_sequences) == (None, ())
        first = ledger.submission(1)
        assert first.state not in {State.SENDING, State.COMMITTED}
        tails = Counter(said)[first.sha256.encode()]
        if first.state is State.QUEUED and name not in {"refusal", "resend"}:
            assert tails == 0  # queued again only where nothing was sent
        if ended and name == "refusal":
            assert first.state is State.QUEUED
            assert ledger.claim() == Held("paused")
        if name == "scan" and b"said" in b"".join(said):
            assert len(ledger.submissions()) == 2
        ledger.resume("maria")
        while attempt(ledger, wire, SUCCESS):
            pass
        assert ledger.claim() == Held("empty")
        allowed = 2 if name in {"refusal", "resend", "consent"} else 1
        assert Counter(wire.sent())[first.sha256.encode()] <= allowed
        assert ledger.submission(1).state in {State.RECOGNIZED, State.IN_DOUBT}
        assert isinstance(scan(ledger, "first"), AlreadyScanned)


def test_killed_at_every_step_of_a_salvage(quick_dir):
    for step in range(1, MOST_STEPS):
        state_dir = quick_dir / f"{step}"
        with Ledger.open(state_dir, clock()) as ledger:
            scan(ledger, "first")
            scan(ledger, "second", None)
        content = bytearray((state_dir / "ledger.sqlite").read_bytes())
        hurt = content.rfind(b"picture of second")
        content[hurt : hurt + 7] = b"Picture"
        (state_dir / "ledger.sqlite").write_bytes(content)

        def life(step=step, state_dir=state_dir):
            die_at(step)
            Ledger.open(state_dir, clock()).close()

        code = in_child(life)
        assert code in {0, -signal.SIGKILL}
        with Ledger.open(state_dir, clock()) as ledger:
            states = [(one.id, one.state) for one in ledger.submissions()]
            assert states == [(1, State.QUEUED), (2, State.IN_DOUBT)], step
            aside = [path.name for path in state_dir.glob("*.damaged-*") if "-wal" not in path.name]
            assert len(aside) == 1
        assert not list(state_dir.glob("*.salvaging*"))
        if code == 0:
            assert step > 10
            return
    raise AssertionError(f"more than {MOST_STEPS} steps")


def test_a_killed_holder_leaves_no_lock(quick_dir):
    def life():
        ledger = Ledger.open(quick_dir, clock())
        scan(ledger, "first")
        os.kill(os.getpid(), signal.SIGKILL)

    assert in_child(life) == -signal.SIGKILL
    with LedgerView.open(quick_dir) as view:
        assert len(view.submissions()) == 1
    with Ledger.open(quick_dir, clock()) as ledger:
        assert len(ledger.submissions()) == 1
