"""The fixed day of `scripts/bench economy`: which cars come when, who presses, and what fails.

Times are seconds since the lane's first car was due. While the lane is down the day stands still:
the cars wait at the gate.
"""

import random
from dataclasses import dataclass
from enum import StrEnum

from kiosk.simulate.spec import seeded
from kiosk.simulate.vins import random_vin

SLOT_S = 34.0  # from one car to the next
WHOLE_DAY = 1000  # vehicles; a smaller day is as much shorter, and so are its troubles
_STAY_S = (17.0, 22.0)
_REACTION_S = (1.5, 3.5)  # from the car's coming to a press
_SECOND_PRESS_S = (0.3, 2.5)  # from one press to the next of an impatient hand
_EMPTY_PRESS_S = 1.0  # after the car left
_RETURN_SLOTS = (4, 14)  # 2.3 to 7.9 minutes: within ten
_DOUBLE, _RETURNS, _EMPTY_PRESSES = 0.15, 0.05, 0.10
_CALLS = 120  # a scan with its upload takes about as many


class Kind(StrEnum):
    """What a vehicle has for a label."""

    CLEAR = "clear"
    NORMAL = "normal"
    HARD = "hard"
    OTHER = "not Code 39"  # its VIN as Code 128, QR or Data Matrix
    NONE = "none"

    @property
    def is_code39(self) -> bool:
        """Tell whether the label can be recognized by the service at all."""
        return self in {Kind.CLEAR, Kind.NORMAL, Kind.HARD}


_SHARES = ((Kind.CLEAR, 0.35), (Kind.NORMAL, 0.35), (Kind.HARD, 0.2), (Kind.OTHER, 0.05))


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A car of the day."""

    number: int
    kind: Kind
    vin: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A car before the camera; ``again``: it was there some minutes ago.

    ``second_press`` is how long after the first press the same hand presses once more, if it does.
    """

    number: int
    vehicle: Vehicle
    arrives: float
    leaves: float
    press: float
    second_press: float | None
    again: bool

    @property
    def presses(self) -> tuple[float, ...]:
        """When somebody presses in button mode."""
        return (self.press,) if self.second_press is None else (self.press, self.second_press)


@dataclass(frozen=True, slots=True)
class Span:
    """Something that goes on for a while."""

    begins: float
    ends: float


@dataclass(frozen=True, slots=True)
class Death:
    """The lane's process ends while it deals with a visit, at the so many-th call from its coming.

    ``down_s`` until it looks again; ``reboots``: the machine was without power.
    """

    visit: int
    call: int
    down_s: float
    reboots: bool


@dataclass(frozen=True, slots=True)
class Day:
    """Everything that happens on it."""

    seed: int
    vehicles: tuple[Vehicle, ...]
    visits: tuple[Visit, ...]
    empty_presses: tuple[float, ...]
    outages: tuple[Span, ...]
    empty_account: Span
    deaths: tuple[Death, ...]
    ends: float


def make_day(vehicles: int = WHOLE_DAY, seed: int = 1) -> Day:
    """Make the day of ``seed`` with so many vehicles."""
    rng = seeded("economy", seed, vehicles)
    fleet = _fleet(vehicles, rng)
    visits = _visits(fleet, rng)
    pressed = rng.sample(range(len(visits)), round(_EMPTY_PRESSES * vehicles))
    ends = len(visits) * SLOT_S
    minute = 60.0 * vehicles / WHOLE_DAY
    return Day(
        seed,
        fleet,
        visits,
        tuple(sorted(visits[at].leaves + _EMPTY_PRESS_S for at in pressed)),
        tuple(
            Span(share * ends, share * ends + length * minute)
            for share, length in ((0.15, 1), (0.32, 10), (0.75, 60))
        ),
        Span(0.5 * ends, 0.5 * ends + 20 * minute),
        (
            Death(round(0.24 * len(visits)), rng.randint(1, _CALLS), 4.0, reboots=False),
            Death(round(0.62 * len(visits)), rng.randint(1, _CALLS), 45.0, reboots=True),
        ),
        ends,
    )


def _fleet(count: int, rng: random.Random) -> tuple[Vehicle, ...]:
    kinds = [kind for kind, share in _SHARES for _ in range(round(share * count))]
    kinds += [Kind.NONE] * (count - len(kinds))
    rng.shuffle(kinds)
    vins: dict[str, None] = {}
    while len(vins) < count:
        vins[random_vin(rng)] = None
    return tuple(
        Vehicle(number, kind, vin)
        for number, (kind, vin) in enumerate(zip(kinds, vins, strict=True))
    )


def _visits(fleet: tuple[Vehicle, ...], rng: random.Random) -> tuple[Visit, ...]:
    order: list[tuple[Vehicle, bool]] = []
    coming_back: dict[int, Vehicle] = {}
    last = max(1, len(fleet) - _RETURN_SLOTS[1])
    returning = set(rng.sample(range(last), min(last, round(_RETURNS * len(fleet)))))
    for vehicle in fleet:
        _let_return(order, coming_back)
        order.append((vehicle, False))
        if vehicle.number in returning:
            due = len(order) + rng.randint(*_RETURN_SLOTS)
            while due in coming_back:
                due += 1
            coming_back[due] = vehicle
    _let_return(order, coming_back, all_of_them=True)
    doubles = set(rng.sample(range(len(order)), round(_DOUBLE * len(order))))
    return tuple(
        _visit(number, vehicle, rng, again=again, doubled=number in doubles)
        for number, (vehicle, again) in enumerate(order)
    )


def _let_return(
    order: list[tuple[Vehicle, bool]],
    coming_back: dict[int, Vehicle],
    *,
    all_of_them: bool = False,
) -> None:
    for due in sorted(coming_back):
        if all_of_them or due <= len(order):
            order.append((coming_back.pop(due), True))


def _visit(
    number: int, vehicle: Vehicle, rng: random.Random, *, again: bool, doubled: bool
) -> Visit:
    arrives = number * SLOT_S + rng.uniform(0, 3)
    press = arrives + rng.uniform(*_REACTION_S)
    second = press + rng.uniform(*_SECOND_PRESS_S)
    leaves = arrives + rng.uniform(*_STAY_S)
    return Visit(number, vehicle, arrives, leaves, press, second if doubled else None, again)
