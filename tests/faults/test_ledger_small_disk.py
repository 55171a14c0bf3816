"""A disk that is really full: the lane starts, says why it refuses, and keeps what was paid for."""

import os
import signal
from contextlib import suppress

import pytest
from ledger_life import SUCCESS, clock, in_child, scan
from small_disk import fill, on_a_small_disk

from kiosk.errors import LedgerFullError
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.reserve import RESERVE_BYTES
from kiosk.ledger.view import LedgerView
from kiosk.model import Claim, State

DAYS_31 = 31 * 86_400


def test_a_lane_that_was_stopped_starts_again(tmp_path):
    def act(disk):
        with Ledger.open(disk, clock()) as ledger:
            scan(ledger, "first")
        filler = fill(disk)
        with LedgerView.open(disk, clock()) as view:
            assert view.status().waiting == 1
        with Ledger.open(disk, clock()) as ledger:
            with LedgerView.open(disk, clock()) as view:
                assert view.status().waiting == 1
            for begin in (ledger.claim, lambda: scan(ledger, "second", None)):
                with pytest.raises(LedgerFullError, match="Free some space"):
                    begin()
            filler.unlink()
            assert isinstance(ledger.claim(), Claim)

    on_a_small_disk(tmp_path, act)


def test_without_a_reserve_the_start_says_that_the_disk_is_full(tmp_path):
    def act(disk):
        with Ledger.open(disk, clock()) as ledger:
            scan(ledger, "first")
        (disk / "reserve").unlink()
        filler = fill(disk)
        with pytest.raises(LedgerFullError, match="disk is full"):
            Ledger.open(disk, clock())
        filler.unlink()
        with Ledger.open(disk, clock()) as ledger:
            assert ledger.submission(1).state is State.QUEUED

    on_a_small_disk(tmp_path, act)


def test_a_view_after_a_crash_says_that_the_disk_is_full(tmp_path):
    def crash(disk):
        with Ledger.open(disk, clock()) as ledger:
            scan(ledger, "first")
            os.kill(os.getpid(), signal.SIGKILL)

    def act(disk):
        assert in_child(lambda: crash(disk)) == -signal.SIGKILL
        (disk / "ledger.sqlite-shm").unlink()
        fill(disk)
        with pytest.raises(LedgerFullError, match="disk is full"):
            LedgerView.open(disk, clock())

    on_a_small_disk(tmp_path, act)


def test_pruning_leaves_the_reserve_to_paid_answers(tmp_path):
    def act(disk):
        hands = clock()
        with Ledger.open(disk, hands) as ledger:
            for number in range(20):
                scan(ledger, f"car {number}" * 500, None, consent=True)
                ledger.drop(number + 1, "maria")
        hands.advance(DAYS_31)
        with Ledger.open(disk, hands) as ledger:
            assert (disk / "ledger.sqlite-wal").stat().st_size == 0
            filler = fill(disk)
            with pytest.raises(LedgerFullError):
                ledger.prune(30, 400)
            assert (disk / "reserve").stat().st_size == RESERVE_BYTES
            filler.unlink()
            assert ledger.prune(30, 400).pictures == 20

    on_a_small_disk(tmp_path, act)


@pytest.mark.parametrize("early", [False, True])
def test_a_paid_answer_finds_room(tmp_path, early):
    def act(disk):
        with Ledger.open(disk, clock()) as ledger:
            scan(ledger, "first" * 4000)
            claimed = ledger.claim()
            if not early:
                ledger.commit_tail(claimed)
            fill(disk)
            settle = ledger.settle_charged if early else ledger.settle
            assert settle(claimed, SUCCESS).state is State.RECOGNIZED
            os.kill(os.getpid(), signal.SIGKILL)

    def killed(disk):
        assert in_child(lambda: act(disk)) == -signal.SIGKILL
        (disk / "filler").unlink()
        with Ledger.open(disk, clock()) as ledger:
            assert ledger.submission(1).state is State.RECOGNIZED
            assert ledger.status().credits_today == 1
        assert (disk / "spent.log").read_bytes().count(b'"spent"') == 1

    on_a_small_disk(tmp_path, killed)


def test_walking_into_a_full_disk(tmp_path):
    """Scan and send until there is no room: what was said to be saved and paid is there."""

    def act(disk):
        saved = paid = 0
        with Ledger.open(disk, clock()) as ledger, suppress(LedgerFullError):
            while True:
                scan(ledger, f"car {saved}" * 4000, None, consent=True)
                saved += 1
                claimed = ledger.claim()
                ledger.settle_charged(claimed, SUCCESS)
                paid += 1
        fill(disk)
        with Ledger.open(disk, clock()) as ledger:
            assert ledger.start_report.damaged is None
            assert len(ledger.submissions()) == saved
            assert len(ledger.submissions({State.RECOGNIZED})) == paid > 5
            assert ledger.status().credits_today == paid

    on_a_small_disk(tmp_path, act)
