"""A picture that a person submits: through the same gate as the camera's, without the camera."""

import hashlib
from pathlib import PurePath
from typing import Literal, Protocol

from kiosk.ledger.ledger import Ledger
from kiosk.model import (
    Enqueued,
    Image,
    NewScan,
    NewSubmission,
    Reading,
    ScanOutcome,
    Verdict,
)
from kiosk.vision.picture import decode_picture

UploadRule = Literal["located", "read", "never"]
"""``upload.when`` of the configuration."""

_NAME_LIMIT = 255  # bytes of a file's name on every Linux file system


class Examiner(Protocol):
    """What reads a picture: `Prefilter`."""

    def examine(self, image: Image) -> Reading:
        """Say what is in the picture (H×W or H×W×3 BGR, uint8)."""


def examine_file(data: bytes, file_name: str, examiner: Examiner) -> tuple[Reading, NewScan]:
    """Examine a picture's bytes; raises PictureError where they are no picture."""
    reading = examiner.examine(decode_picture(data))
    outcome = ScanOutcome.TWO_LABELS if reading.two_labels else ScanOutcome(reading.verdict.value)
    return reading, NewScan(
        "submit",
        outcome,
        text=reading.text,
        vin=reading.vin,
        symbology=reading.symbology,
        confidence=reading.confidence,
        file_name=base_name(file_name),
        file_sha256=hashlib.sha256(data).hexdigest(),
        detail=" and ".join(reading.vins) if reading.two_labels else None,
    )


def wish_of(reading: Reading, scan: NewScan, rule: UploadRule) -> NewSubmission | str:
    """Decide what a reading becomes: a submission, or the reason why there is none."""
    if reading.two_labels:
        return f"two labels in one picture ({' and '.join(reading.vins)}): nothing is uploaded"
    uploads = rule == "located" or (rule == "read" and reading.verdict is Verdict.VIN)
    readable = reading.verdict in {Verdict.VIN, Verdict.UNREAD}
    if readable and uploads and reading.crop is not None:
        return _submission(reading, scan, local=False)
    if reading.vin is not None and reading.verdict in {Verdict.VIN, Verdict.FOREIGN}:
        return _submission(reading, scan, local=True)
    return _reason(reading, rule)


def take(
    ledger: Ledger, scan: NewScan, wish: NewSubmission | str, *, pay_again: bool
) -> Enqueued | str:
    """Write the scan, and the submission if there is one, into the ledger."""
    if isinstance(wish, str):
        ledger.record_scan(scan)
        return wish
    return ledger.enqueue(scan, wish, consent=pay_again)


def base_name(file_name: str) -> str:
    """Return a file's own name, in text that a database takes: never a path, never endless."""
    name = PurePath(file_name).name.encode("utf-8", "replace")[:_NAME_LIMIT]
    return name.decode("utf-8", "replace")


def _submission(reading: Reading, scan: NewScan, *, local: bool) -> NewSubmission:
    return NewSubmission(
        None if local else reading.crop,
        reading.text,
        reading.vin,
        file_name=scan.file_name,
        file_sha256=scan.file_sha256,
        live=False,  # nobody stands at the display: the cars on the lane go first
        local=local,
    )


def _reason(reading: Reading, rule: UploadRule) -> str:
    match reading.verdict:
        case Verdict.UNREAD:
            return f"a label that could not be read surely; upload.when is `{rule}`"
        case Verdict.NOT_VIN:
            return "the barcode holds no VIN"
        case Verdict.FOREIGN:
            return f"a {reading.symbology or 'foreign'} code without a VIN, not a Code 39 label"
        case _:
            return "no VIN barcode found"
