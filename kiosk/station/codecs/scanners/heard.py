"""What a scanner was heard to say, as values: bytes end here."""

from dataclasses import dataclass
from enum import StrEnum


class Refusal(StrEnum):
    """Why a text was not taken."""

    CONTROL = "control"  # characters other than printable ASCII: a known way to attack a host
    TOO_LONG = "too_long"
    DAMAGED = "damaged"  # a checksum was wrong


@dataclass(frozen=True, slots=True)
class Scanned:
    """A code was read: printable ASCII, without its framing, 1 to LONGEST characters.

    Nothing else is promised: whether it is a VIN, with or without its ``I``, is for kiosk.vin.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Something came that is no code; its bytes are not repeated."""

    reason: Refusal


@dataclass(frozen=True, slots=True)
class NoRead:
    """The scanner looked, and found nothing."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the scanner's protocol wants written at once; never a byte of what it sent."""

    data: bytes


Heard = Scanned | Refused | NoRead | Reply
