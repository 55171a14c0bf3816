"""The gate: what a reading becomes, for the camera's scans and for submitted pictures alike."""

import logging
from enum import StrEnum
from typing import Protocol

from kiosk.errors import PictureError
from kiosk.model import Frame, Image, NewScan, NewSubmission, Reading, ScanOutcome, Verdict

_log = logging.getLogger(__name__)


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


def reading_of(frame: Frame, examiner: Examiner) -> Reading | None:
    """Examine a frame; one that arrived damaged is passed over, the next comes soon."""
    try:
        return examiner.examine(frame.look())
    except PictureError as error:
        _log.debug("frame %d passed over: %s", frame.number, error)
        return None


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


def scan_of(
    reading: Reading,
    trigger: str,
    *,
    file_name: str | None = None,
    file_sha256: str | None = None,
) -> NewScan:
    """Describe a scan as the ledger records it, before it has looked for duplicates."""
    outcome = ScanOutcome.TWO_LABELS if reading.two_labels else ScanOutcome(reading.verdict.value)
    return NewScan(
        trigger,
        outcome,
        text=reading.text,
        vin=reading.vin,
        symbology=reading.symbology,
        confidence=reading.confidence,
        file_name=file_name,
        file_sha256=file_sha256,
        detail=" and ".join(reading.vins) if reading.two_labels else None,
    )


def submission_of(reading: Reading, scan: NewScan, fate: Fate, *, live: bool) -> NewSubmission:
    """Describe what the ledger shall queue (Fate.UPLOAD) or only keep (Fate.RECORD)."""
    local = fate is Fate.RECORD
    return NewSubmission(
        None if local else reading.crop,
        reading.text,
        reading.vin,
        file_name=scan.file_name,
        file_sha256=scan.file_sha256,
        live=live,
        local=local,
    )
