"""What the economy's day came to: the service's books, held against the cars and the records."""

import hashlib
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from economy_channel import ENDS, Note
from economy_day import Day, Vehicle
from economy_naive import Press
from economy_pictures import Gallery

from kiosk.ledger.view import LedgerView
from kiosk.model import EventKind, ScanOutcome, State, Submission
from kiosk.sandbox.books import Journal

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests" / "faults"))

from verdict import judge

_NO_RECORD = frozenset(
    {
        ScanOutcome.BUSY,
        ScanOutcome.ASKED,
        ScanOutcome.REFUSED,
        ScanOutcome.STOPPED,
        ScanOutcome.NO_CAMERA,
    }
)
_QUESTIONS = frozenset({EventKind.ALREADY_SCANNED.value, EventKind.ASK_FIRST.value})
_ALL = 10**9


@dataclass(frozen=True, slots=True)
class Outcome:
    """One client's day. What only a ledger can break is None for a client without one."""

    client: str
    vehicles: int
    credits: int
    requests: int
    bytes: int  # of pictures that the service received whole
    recognized: int  # vehicles whose VIN the service said
    known: int  # vehicles whose VIN is known, read here or by the service
    wrong: int  # vehicles for which another VIN was said
    pictures_twice: int
    vehicles_twice: int  # paid for more than once, by whatever pictures
    by_consent: int  # of these: somebody pressed again when asked
    unread_then_read: int  # of these: first a crop that could not be read here, then one that could
    paid_unread: int  # vehicles of which a crop was paid for that could not be read here
    no_record: int  # vehicles of which nothing is known afterwards
    unsent: int  # vehicles with a Code 39 label of which no picture was paid for
    unknown: int  # charges whose answer nobody has; ours are in doubt, and told
    doubts: int | None = None
    lost: int | None = None  # acknowledged scans that are not there
    unbooked: int | None = None  # charges that the ledger does not count

    @property
    def per_vehicle(self) -> float:
        """Credits per vehicle."""
        return self.credits / self.vehicles

    @property
    def per_recognized(self) -> float:
        """Credits per vehicle recognized."""
        return self.credits / self.recognized if self.recognized else float("inf")


@dataclass(frozen=True, slots=True)
class _Paid:
    """What the service's books say, by vehicle."""

    pictures: Counter[str]
    vehicles: Counter[int]
    bytes: int


def our_outcome(
    client: str, day: Day, gallery: Gallery, journal: Journal, notes: Sequence[Note], state: Path
) -> Outcome:
    """Judge our lane's day."""
    owners, sizes = _crops(gallery)
    paid = _paid(journal, owners, sizes)
    with LedgerView.open(state) as view:
        submissions = view.submissions()
        outcomes = {scan.id: scan.outcome for scan in view.scans(limit=_ALL)}
    acknowledged = {
        note["submission"]: note["sha256"]
        for note in notes
        if note.get("kind") == EventKind.ACCEPTED.value
    }
    verdict = judge(state, journal, acknowledged)
    words = [note for note in notes if note.get("kind") in ENDS]
    gone = {note["scan"] for note in words if note["scan"] is not None} - outcomes.keys()
    by_vehicle = _by_vehicle(submissions, owners)
    twice = {number for number, count in paid.vehicles.items() if count > 1}
    consented = twice & _consented(day, words)
    both = {number for number in twice - consented if _unread_and_read(by_vehicle[number], paid)}
    return Outcome(
        client,
        len(day.vehicles),
        journal.charged,
        len(journal.requests),
        paid.bytes,
        recognized=sum(_is_recognized(car, by_vehicle) for car in day.vehicles),
        known=sum(_is_known(car, by_vehicle) for car in day.vehicles),
        wrong=sum(_is_wrong(car, by_vehicle) for car in day.vehicles),
        pictures_twice=len(verdict.twice),
        vehicles_twice=len(twice),
        by_consent=len(consented),
        unread_then_read=len(both),
        paid_unread=sum(_is_paid_unread(found, paid) for found in by_vehicle.values()),
        no_record=len(day.vehicles) - len(_recorded(day, words, outcomes)),
        unsent=_unsent(day, paid),
        unknown=sum(
            one.state is State.IN_DOUBT and paid.pictures[one.sha256] > 0 for one in submissions
        ),
        doubts=verdict.doubts,
        lost=len(verdict.lost) + len(gone),
        unbooked=len(verdict.unbooked) + verdict.uncounted,
    )


def naive_outcome(
    client: str, day: Day, gallery: Gallery, journal: Journal, presses: Sequence[Press]
) -> Outcome:
    """Judge the straightforward client's day."""
    owners = {one.sha256: one.vehicle for one in gallery.pictures}
    paid = _paid(journal, owners, {one.sha256: one.bytes for one in gallery.pictures})
    of = {car.number: [press for press in presses if _is_of(press, car)] for car in day.vehicles}
    answers = sum(press.is_record for press in presses)
    read = sum(any(p.vin == car.vin for p in of[car.number]) for car in day.vehicles)
    return Outcome(
        client,
        len(day.vehicles),
        journal.charged,
        len(journal.requests),
        paid.bytes,
        recognized=read,
        known=read,
        wrong=sum(
            any(p.vin not in {None, car.vin} for p in of[car.number]) for car in day.vehicles
        ),
        # The few views of the empty lane stand for pictures that all differ.
        pictures_twice=sum(
            count > 1 and owners[sha256] is not None for sha256, count in paid.pictures.items()
        ),
        vehicles_twice=sum(count > 1 for count in paid.vehicles.values()),
        by_consent=0,
        unread_then_read=0,
        paid_unread=0,
        no_record=sum(not any(p.is_record for p in of[car.number]) for car in day.vehicles),
        unsent=_unsent(day, paid),
        unknown=journal.charged - answers,
    )


def _crops(gallery: Gallery) -> tuple[dict[str, int | None], dict[str, int]]:
    """Return whose crop each SHA-256 is of, and its size."""
    owners: dict[str, int | None] = {}
    sizes: dict[str, int] = {}
    for picture in gallery.pictures:
        if picture.reading.crop is not None:
            sha256 = hashlib.sha256(picture.reading.crop.data).hexdigest()
            owners[sha256], sizes[sha256] = picture.vehicle, len(picture.reading.crop.data)
    return owners, sizes


def _paid(journal: Journal, owners: Mapping[str, int | None], sizes: Mapping[str, int]) -> _Paid:
    pictures = Counter(entry.sha256 or "" for entry in journal.requests if entry.charged)
    vehicles: Counter[int] = Counter()
    for sha256, count in pictures.items():
        owner = owners[sha256]
        if owner is not None:
            vehicles[owner] += count
    whole = sum(sizes[entry.sha256 or ""] for entry in journal.requests if entry.complete)
    return _Paid(pictures, vehicles, whole)


def _by_vehicle(
    submissions: Sequence[Submission], owners: Mapping[str, int | None]
) -> dict[int, list[Submission]]:
    found: dict[int, list[Submission]] = {}
    for one in submissions:
        owner = owners.get(one.sha256)
        if owner is not None:
            found.setdefault(owner, []).append(one)
    return found


def _is_recognized(car: Vehicle, found: Mapping[int, list[Submission]]) -> bool:
    return any(
        one.state is State.RECOGNIZED and one.vin == car.vin for one in found.get(car.number, ())
    )


def _is_known(car: Vehicle, found: Mapping[int, list[Submission]]) -> bool:
    return any(car.vin in {one.vin, one.local_vin} for one in found.get(car.number, ()))


def _is_wrong(car: Vehicle, found: Mapping[int, list[Submission]]) -> bool:
    return any(
        vin not in {None, car.vin}
        for one in found.get(car.number, ())
        for vin in (one.vin, one.local_vin)
    )


def _unread_and_read(submissions: Sequence[Submission], paid: _Paid) -> bool:
    sent = [one for one in submissions if paid.pictures[one.sha256]]
    return len({one.local_vin for one in sent}) > 1


def _is_paid_unread(submissions: Sequence[Submission], paid: _Paid) -> bool:
    return any(one.local_vin is None and paid.pictures[one.sha256] for one in submissions)


def _recorded(day: Day, words: Sequence[Note], outcomes: Mapping[int, ScanOutcome]) -> set[int]:
    """Return the vehicles of which the ledger holds a scan that says something."""
    vehicle_of = {visit.number: visit.vehicle.number for visit in day.visits}
    return {
        vehicle_of[note["visit"]]
        for note in words
        if note["visit"] is not None
        and outcomes.get(note["scan"], ScanOutcome.BUSY) not in _NO_RECORD
    }


def _consented(day: Day, words: Sequence[Note]) -> set[int]:
    """Return the vehicles accepted right after the display had asked of them."""
    vehicle_of = {visit.number: visit.vehicle.number for visit in day.visits}
    return {
        vehicle_of[then["visit"]]
        for before, then in pairwise(words)
        if then["kind"] == EventKind.ACCEPTED.value
        and before["kind"] in _QUESTIONS
        and before["visit"] == then["visit"] is not None
    }


def _unsent(day: Day, paid: _Paid) -> int:
    return sum(car.kind.is_code39 and not paid.vehicles[car.number] for car in day.vehicles)


def _is_of(press: Press, car: Vehicle) -> bool:
    return press.visit is not None and press.visit.vehicle.number == car.number
