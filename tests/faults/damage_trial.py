"""A ledger that lived, damaged in one place, and the promises that must hold all the same.

It starts; every number whose row is gone is told; nothing is paid for twice, neither by the picture
nor by the VIN; no number is given twice; nobody is shown a VIN that is not the car's.
"""

import random
import re
import shutil
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from ledger_life import DOUBT, REFUSAL, SUCCESS, scan

from kiosk.clock import ManualClock
from kiosk.errors import LedgerError
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.reads import LedgerReads
from kiosk.ledger.view import LedgerView
from kiosk.model import (
    Accepted,
    Answer,
    Claim,
    NewScan,
    NewSubmission,
    ScanOutcome,
    Settlement,
    State,
)

DATABASE, WAL, SPENT, NUMBERS = "ledger.sqlite", "ledger.sqlite-wal", "spent.log", "numbers"
UNRECOGNIZED = Settlement(
    State.UNRECOGNIZED, "no", 1, answer=Answer(success=False, key=26, raw=b"{}")
)
REJECTED = Settlement(State.REJECTED, "no image has been uploaded", 1, status=200)
T = TypeVar("T")
_PAID = {State.RECOGNIZED, State.UNRECOGNIZED, State.IN_DOUBT}
_ENOUGH = 100  # claims of one trial: there are half as many pictures


def vin_of(number: int) -> str:
    return f"1M8GDM9AXKP{number:06d}"


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of a lane whose files are about to be damaged."""

    folder: Path
    clock: ManualClock
    vins: dict[int, set[str | None]]  # by number: what was ever right to show
    scans: dict[int, str | None]  # by id: the VIN
    paid: dict[str, str | None]  # crops that crossed, unreleased, and the VIN read here
    answered_for: frozenset[str]  # VINs read here for which a credit is or may be gone


@dataclass(frozen=True, slots=True)
class Damage:
    """What is done to a file: a bit of it turned, or all of it from there on gone."""

    file: str
    at: int
    bit: int | None  # None: cut
    running: bool = False  # under an open ledger, not between two lives

    def apply(self, folder: Path) -> None:
        path = folder / self.file
        data = bytearray(path.read_bytes())
        if self.bit is None:
            del data[self.at :]
        else:
            data[self.at] ^= 1 << self.bit
        path.write_bytes(data)  # in place: what has it open sees it, too


def damages(file: str, size: int, count: int, seed: int, *, running: bool = False) -> list[Damage]:
    """Choose damages; those of a running lane are no cuts, which only a power cut makes."""
    dice = random.Random(f"{file} {seed} {running}")
    return [
        Damage(
            file,
            dice.randrange(size),
            dice.randrange(8) if running or number % 2 else None,
            running,
        )
        for number in range(count)
    ]


def within(truth: Truth, file: str, text: bytes, count: int) -> list[Damage]:
    """Choose damages that hit a text, wherever it stands in a file."""
    data = (truth.folder / file).read_bytes()
    found = [found.start() for found in re.finditer(re.escape(text), data)]
    dice = random.Random(text)
    return [
        Damage(file, dice.choice(found) + dice.randrange(len(text)), dice.randrange(3))
        for _ in range(count)
    ]


# ---- a life -----------------------------------------------------------------------------------


def live(root: Path) -> tuple[Truth, Truth]:
    """Let a lane live; return it as a clean stop leaves it, and as a kill does, with its WAL."""
    clock = ManualClock()
    folder = root / "life"
    with Ledger.open(folder, clock) as ledger:
        _first_half(ledger, clock)
    ledger = Ledger.open(folder, clock)
    try:
        _second_half(ledger, clock)
        killed = _truth(ledger, shutil.copytree(folder, root / "killed"), clock)
    finally:
        ledger.close()
    return replace(killed, folder=folder), killed


def _first_half(ledger: Ledger, clock: ManualClock) -> None:
    for number in range(16):
        _put(ledger, clock, number)
    for number in range(14):
        _send(ledger, SUCCESS if number % 3 else DOUBT, number)
    _put(ledger, clock, 3)  # a duplicate
    _put(ledger, clock, 16, local=True)
    ledger.drop(1, "maria")  # waits
    ledger.drop(7, "maria")  # in doubt
    ledger.resend(4, "maria")


def _second_half(ledger: Ledger, clock: ManualClock) -> None:
    for number in range(20, 30):
        _put(ledger, clock, number)
    _put(ledger, clock, 30, unread=True)
    for number, end in enumerate((SUCCESS, UNRECOGNIZED, REJECTED, DOUBT, REFUSAL)):
        _send(ledger, end, number)
        ledger.resume("maria")
    for number in range(40, 46):
        _put(ledger, clock, number)


def _put(
    ledger: Ledger, clock: ManualClock, number: int, *, local: bool = False, unread: bool = False
) -> None:
    clock.advance(1)
    vin = None if unread else vin_of(number)
    if local:
        new = NewSubmission(None, text=vin, vin=vin, local=True)
        ledger.enqueue(NewScan("button", ScanOutcome.VIN, text=vin, vin=vin), new)
    else:
        scan(ledger, f"car {number}", vin)


def _send(ledger: Ledger, end: Settlement, number: int) -> None:
    claimed = ledger.claim()
    assert isinstance(claimed, Claim), (claimed, number)
    ledger.commit_tail(claimed)
    if end is SUCCESS:
        vin = claimed.submission.vin or vin_of(99)
        end = replace(end, answer=Answer(success=True, text=vin, vin=vin, raw=b"{}"))
    ledger.settle(claimed, end)


def _truth(ledger: Ledger, folder: Path, clock: ManualClock) -> Truth:
    rows = ledger.submissions()
    spent = ledger._writer.spent
    paid = {row.sha256: row.local_vin for row in rows if spent.is_spent(row.sha256)}
    return Truth(
        folder,
        clock,
        {row.seq: {row.vin, row.local_vin} for row in rows},
        {one.id: one.vin for one in ledger.scans(10_000)},
        paid,
        frozenset(row.local_vin for row in rows if row.state in _PAID and row.local_vin),
    )


# ---- the verdict -------------------------------------------------------------------------------


def judge(truth: Truth, damage: Damage, work: Path) -> list[str]:
    """Damage a copy of the lane, look at it, start it, and say what is not as promised."""
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(truth.folder, work)
    look = _in_the_running_lane if damage.running else _beside
    return [
        problem
        for part in (lambda: look(truth, damage, work), lambda: _start(truth, work))
        for problem in _unless_it_fails(part)
    ]


def _unless_it_fails(part: Callable[[], Iterator[str]]) -> list[str]:
    """Collect problems; an error that is none of the ledger's is one."""
    try:
        return list(part())
    except Exception as error:  # noqa: BLE001 - told as what it is
        return ["".join(traceback.format_exception(error))]


def _beside(truth: Truth, damage: Damage, work: Path) -> Iterator[str]:
    """Look at it as `queue list` does, before the lane starts."""
    damage.apply(work)
    with suppress(LedgerError), LedgerView.open(work) as view:
        yield from _shown(truth, view, "beside the lane")


def _in_the_running_lane(truth: Truth, damage: Damage, work: Path) -> Iterator[str]:
    with suppress(LedgerError), Ledger.open(work, truth.clock) as ledger:
        with ledger._database.reading() as connection:
            connection.execute("PRAGMA shrink_memory")  # what is asked for comes from the file
            damage.apply(work)
        yield from _shown(truth, ledger, "in the running lane")


def _shown(truth: Truth, ledger: LedgerReads, where: str) -> Iterator[str]:
    """Say which VINs are wrong; a row that is told to be damaged is none."""
    rows = [_asked(lambda number=number: ledger.submission(number)) for number in truth.vins]
    for row in (*rows, *(_asked(ledger.submissions) or ())):
        if row is not None and row.vin not in truth.vins.get(row.seq, ()):
            yield f"{where}, number {row.seq} is shown as {row.vin!r}"
    for one in _asked(lambda: ledger.scans(10_000)) or ():
        if one.vin != truth.scans.get(one.id):
            yield f"{where}, scan {one.id} is shown as {one.vin!r}"


def _asked(question: Callable[[], T]) -> T | None:
    try:
        return question()
    except LedgerError:
        return None


def _start(truth: Truth, work: Path) -> Iterator[str]:
    try:
        ledger = Ledger.open(work, truth.clock)
    except LedgerError as error:
        yield f"it does not start: {error}"
        return
    with ledger:
        rows = ledger.submissions()
        missing = set(ledger.start_report.missing_sequences)
        gone = set(truth.vins) - {row.seq for row in rows}
        if gone - missing:
            yield f"gone and not told: {sorted(gone - missing)}"
        if untrue := missing - gone:
            yield f"told to be gone, and there: {sorted(untrue)}"
        yield from _shown(truth, ledger, "after the start")
        yield from _paid_twice(truth, ledger)


def _paid_twice(truth: Truth, ledger: Ledger) -> Iterator[str]:
    ledger.resume("maria")
    for vin in (*sorted(truth.answered_for), vin_of(77)):
        new = scan(ledger, f"another picture of {vin}", vin)
        if isinstance(new, Accepted) and vin in truth.answered_for:
            yield f"{vin} would be paid for twice"
        if new.submission.seq in truth.vins:
            yield f"number {new.submission.seq} is given twice"
    for _ in range(_ENOUGH):
        claimed = ledger.claim()
        if not isinstance(claimed, Claim):
            return
        if sha256(claimed.crop).hexdigest() in truth.paid:
            yield f"number {claimed.submission.seq} is paid for twice"
        ledger.commit_tail(claimed)
        ledger.settle(claimed, SUCCESS)
    yield "its queue has no end"
