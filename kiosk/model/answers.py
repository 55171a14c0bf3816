"""What the service says, and what an attempt to ask it can end in."""

import datetime as dt
from dataclasses import dataclass

from kiosk.model.scans import PauseReason, State


@dataclass(frozen=True, slots=True)
class VehicleDecode:
    """The service's decode of a VIN: good (make, model, year) or failed (key, message)."""

    success: bool
    make: str | None = None
    model: str | None = None
    year: int | None = None
    key: int | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete, parsable result of the service: it has cost one credit, except key 23."""

    success: bool
    version: str | None = None
    date: dt.datetime | None = None  # the service states no zone
    text: str | None = None  # as captured, cleaned of stray characters; may carry the ``I``
    vin: str | None = None  # 17 characters, without data identifier
    captured: str | None = None  # exactly as it came
    box: tuple[float, float, float, float] | None = None  # left, top, width, height
    decode: VehicleDecode | None = None
    key: int | None = None
    message: str | None = None
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Answered:
    """A complete result came, whatever the HTTP status.

    ``early``: before the tail was sent; ``crossed``: when the ledger held it as committed.
    """

    answer: Answer
    status: int
    early: bool = False
    crossed: bool = True


@dataclass(frozen=True, slots=True)
class NeverSent:
    """The picture was provably not sent whole: free to try again.

    ``status`` is there where the service answered before the tail (429, 503, 401 …). ``crossed``:
    the ledger holds the attempt as committed already, though the tail stayed here. ``by_us``: the
    lane hung up, which says nothing of the service.
    """

    reason: str
    status: int | None = None
    retry_after_s: float | None = None
    crossed: bool = False
    by_us: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """400, 401, 403, 404 or 413 without a result, after the tail."""

    reason: str
    status: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """The tail was sent and no complete result came back: nobody knows whether it was charged."""

    reason: str
    status: int | None = None
    raw: bytes = b""


AttemptOutcome = Answered | NeverSent | Refused | Unknown


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an attempt means for its submission; the ledger writes it in one transaction.

    ``state`` is recognized, unrecognized, in_doubt, rejected or queued. ``released`` tells the
    spent log that a refusal cost nothing, so that the crop may be sent again. ``pause`` stops the
    whole queue for a person, in the same transaction, for ``pause_detail`` or else ``reason``.
    """

    state: State
    reason: str
    credits: int = 0
    released: bool = False
    answer: Answer | None = None
    status: int | None = None
    pause: PauseReason | None = None
    pause_detail: str = ""
