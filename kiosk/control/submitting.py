"""A picture that a person submits: through the same gate as the camera's, without the camera."""

import hashlib
from pathlib import PurePath

from kiosk.gate import Examiner, Fate, UploadWhen, fate_of, scan_of, submission_of
from kiosk.ledger.ledger import Ledger
from kiosk.model import Enqueued, NewScan, NewSubmission, Reading, Verdict
from kiosk.vision.picture import decode_picture

_NAME_LIMIT = 255  # bytes of a file's name on every Linux file system


def examine_file(data: bytes, file_name: str, examiner: Examiner) -> tuple[Reading, NewScan]:
    """Examine a picture's bytes; raises PictureError where they are no picture."""
    reading = examiner.examine(decode_picture(data))
    sha256 = hashlib.sha256(data).hexdigest()
    scan = scan_of(reading, "submit", file_name=base_name(file_name), file_sha256=sha256)
    return reading, scan


def wish_of(reading: Reading, scan: NewScan, when: UploadWhen) -> NewSubmission | str:
    """Decide what a reading becomes: a submission, or the reason why there is none.

    It is not live: nobody stands at the display, and the cars on the lane go first.
    """
    fate = fate_of(reading, when)
    if fate is Fate.TURN_AWAY:
        return _reason(reading, when)
    return submission_of(reading, scan, fate, live=False)


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


def _reason(reading: Reading, when: UploadWhen) -> str:
    if reading.two_labels:
        return f"two labels in one picture ({' and '.join(reading.vins)}): nothing is uploaded"
    match reading.verdict:
        case Verdict.UNREAD:
            return f"a label that could not be read surely; upload.when is `{when}`"
        case Verdict.NOT_VIN:
            return "the barcode holds no VIN"
        case Verdict.FOREIGN:
            return f"a {reading.symbology or 'foreign'} code without a VIN, not a Code 39 label"
        case _:
            return "no VIN barcode found"
