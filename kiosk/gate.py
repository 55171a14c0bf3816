"""The gate: what a reading becomes, for the camera's scans and for submitted pictures alike."""

from enum import StrEnum
from typing import Protocol

from kiosk.model import Image, Reading, ScanOutcome, Verdict


class UploadWhen(StrEnum):
    """``upload.when``: what a press may spend a credit on."""

    LOCATED = "located"  # the best crop goes out, even if it could not be read here
    READ = "read"  # only sure readings
    NEVER = "never"


class Fate(StrEnum):
    """What becomes of a reading."""

    UPLOAD = "upload"  # queued for the service: may cost a credit
    RECORD = "record"  # kept as ``local``: a VIN that is not uploaded
    TURN_AWAY = "turn_away"  # only the scan is recorded


class Examiner(Protocol):
    """What reads a picture: `kiosk.vision.prefilter.Prefilter`."""

    def examine(self, image: Image) -> Reading:
        """Say what is in the picture (H×W or H×W×3 BGR, uint8)."""


def fate_of(reading: Reading, when: UploadWhen) -> Fate:
    """Decide what a reading becomes. Two labels in view are never uploaded."""
    if reading.two_labels:
        return Fate.TURN_AWAY
    allowed = {
        UploadWhen.LOCATED: {Verdict.VIN, Verdict.UNREAD},
        UploadWhen.READ: {Verdict.VIN},
        UploadWhen.NEVER: set[Verdict](),
    }[when]
    if reading.verdict in allowed and reading.crop is not None:
        return Fate.UPLOAD
    if reading.vin is not None and reading.verdict in {Verdict.VIN, Verdict.FOREIGN}:
        return Fate.RECORD
    return Fate.TURN_AWAY


def outcome_of(reading: Reading) -> ScanOutcome:
    """Name the scan's outcome before the ledger has looked for duplicates."""
    return ScanOutcome.TWO_LABELS if reading.two_labels else ScanOutcome(reading.verdict.value)
