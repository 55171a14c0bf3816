"""A picture that a person submits: through the same gate as the camera's, without the camera."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import PurePath

from kiosk.errors import LedgerFullError, PictureError
from kiosk.gate import Examiner, Fate, UploadWhen, fate_of, scan_of, submission_of
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.picture_files import LOOKS, PictureFiles
from kiosk.model import Enqueued, NewScan, NewSubmission, Reading, ScanOutcome, Verdict
from kiosk.model.files import FileStamp
from kiosk.vision.picture import decode_picture

_SOURCE = "submit"
_NAME_LIMIT = 255  # bytes of a file's name on every Linux file system


def examine_file(
    data: bytes, file_name: str, examiner: Examiner, files: PictureFiles
) -> tuple[Reading, NewScan]:
    """Examine a picture's bytes.

    Raises PictureError where they are no picture, or one over which the process died before: that
    is set aside with a scan of its own. Raises LedgerFullError where no look can be written down.
    """
    sha256, name = hashlib.sha256(data).hexdigest(), base_name(file_name)
    with _look(files, sha256, len(data), name):
        reading = examiner.examine(decode_picture(data))
    return reading, scan_of(reading, _SOURCE, file_name=name, file_sha256=sha256)


@contextmanager
def _look(files: PictureFiles, sha256: str, size: int, name: str) -> Iterator[None]:
    """Have it in the ledger that a decoder is at work: only the process's death leaves it there."""
    # The path of no file: what a folder knows of one with the same name is left alone.
    stamp = FileStamp(f"/{sha256}", 0, size, 0)
    tries = files.begin_look(stamp, sha256)
    if tries > LOOKS:
        why = f"the program died over it {LOOKS} times"
        outcome = ScanOutcome.SET_ASIDE
        scan = NewScan(_SOURCE, outcome, file_name=name, file_sha256=sha256, detail=why)
        files.set_aside(stamp, sha256, scan, tries=tries)
        raise PictureError(f"Set aside: {why}.")
    try:
        yield
    finally:  # whatever it ended in
        with suppress(LedgerFullError):
            files.give_up_look(sha256)


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
