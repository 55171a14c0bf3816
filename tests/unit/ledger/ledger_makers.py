"""Scans, crops and outcomes for the ledger's tests."""

from dataclasses import replace
from pathlib import Path

from kiosk.clock import ManualClock
from kiosk.ledger.credits import DayCredits
from kiosk.ledger.ledger import Ledger
from kiosk.model import (
    Accepted,
    Answer,
    Claim,
    Crop,
    NewScan,
    NewSubmission,
    ScanOutcome,
    Settlement,
    State,
    Submission,
    VehicleDecode,
)

VIN_A = "1M8GDM9AXKP042788"
VIN_B = "11111111111111111"
FILE_A = "a" * 64


def a_crop(content: str) -> Crop:
    return Crop(f"picture of {content}".encode() * 20, 300, 40, "png", strip=b"strip " * 9)


def a_submission(content: str, vin: str | None = None, **changes) -> NewSubmission:
    new = NewSubmission(a_crop(content), text=f"I{vin}" if vin else None, vin=vin)
    return replace(new, **changes)


def a_scan(new: NewSubmission | None = None, **changes) -> NewScan:
    outcome = ScanOutcome.VIN if new and new.vin else ScanOutcome.UNREAD
    scan = NewScan("button", outcome, symbology="code39", confidence=0.5)
    if new is not None:
        scan = replace(
            scan,
            text=new.text,
            vin=new.vin,
            file_name=new.file_name,
            file_sha256=new.file_sha256,
        )
    return replace(scan, **changes)


def put(ledger: Ledger, content: str, vin: str | None = None, *, consent: bool = False, **changes):
    new = a_submission(content, vin, **changes)
    return ledger.enqueue(a_scan(new), new, consent=consent)


def accept(ledger: Ledger, content: str, vin: str | None = None, **changes) -> Submission:
    result = put(ledger, content, vin, **changes)
    assert isinstance(result, Accepted), result
    return result.submission


def claim(ledger: Ledger) -> Claim:
    claimed = ledger.claim()
    assert isinstance(claimed, Claim), claimed
    return claimed


def success(vin: str = VIN_A) -> Settlement:
    answer = Answer(
        success=True,
        text=f"I{vin}",
        vin=vin,
        decode=VehicleDecode(success=True, make="MCI", model="102-C3", year=1989),
        raw=b"<VINbarcode/>",
    )
    return Settlement(State.RECOGNIZED, "recognised", credits=1, answer=answer, status=200)


UNRECOGNIZED = Settlement(
    State.UNRECOGNIZED,
    "recognition failed",
    credits=1,
    answer=Answer(success=False, key=26, message="recognition failed", raw=b"{}"),
    status=200,
)
DOUBT = Settlement(State.IN_DOUBT, "no answer in time")
NEVER_SENT = Settlement(State.QUEUED, "the network is down")
FREE_REFUSAL = Settlement(State.QUEUED, "insufficient balance", released=True)
REJECTED = Settlement(State.REJECTED, "no image has been uploaded", credits=1, status=200)
TOO_LARGE = Settlement(State.REJECTED, "too large", status=413)
UNSENDABLE = Settlement(State.REJECTED, "the crop has only 3 bytes")


def send(ledger: Ledger, settlement: Settlement) -> Submission:
    """Walk the next submission through one attempt, over the point of no return."""
    claimed = claim(ledger)
    ledger.commit_tail(claimed)
    return ledger.settle(claimed, settlement)


def spent_kinds(state_dir: Path) -> list[str]:
    lines = (state_dir / "spent.log").read_text("ascii").splitlines()
    return ["spent" if '"kind":"spent"' in line else "released" for line in lines]


def lose_database(state_dir: Path) -> None:
    for path in state_dir.glob("ledger.sqlite*"):
        path.unlink()


def open_ledger(state_dir: Path, clock: ManualClock, **options) -> Ledger:
    return Ledger.open(state_dir, clock, **options)


def assert_only_what_is_new_is_read(ledger):
    """Ask for the day's credits: SQLite does far less than for one who never asked before."""
    steps = []
    with ledger._database.reading() as connection:
        connection.set_progress_handler(lambda: steps.append(1) and None, 1)
        ledger._credits_today(connection, ledger._now())
        few = len(steps)
        steps.clear()
        DayCredits().today(connection, ledger._now())
        connection.set_progress_handler(None, 1)
    assert few * 4 < len(steps)
