"""What becomes of one picture file: read, known or looked at, recorded, put away.

Each step is durable before the next begins, and a crash between any two leads on from there: the
look is written before the decoder runs, the scan before the file's fate, the fate before the file
is moved. Once the scan is written the content is known by its SHA-256, whatever comes after.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from kiosk.clock import Clock
from kiosk.errors import LedgerError, LedgerFullError, PictureError
from kiosk.folder.hopeless import Hopeless
from kiosk.folder.inbox import Inbox
from kiosk.folder.listing import Entry, look_at
from kiosk.folder.putting_away import put_away
from kiosk.folder.reading import ChangedError, is_jpeg, is_whole, read_file, why_no_picture
from kiosk.folder.ripening import Candidate
from kiosk.gate import Examiner, Fate, UploadWhen, fate_of, scan_of, submission_of
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.picture_files import LOOKS
from kiosk.model import AskFirst, EventKind, NewScan, NewSubmission, Reading, ScanOutcome, Trigger
from kiosk.model.files import FileFate, FileStamp, KnownFile
from kiosk.printable import printable
from kiosk.telling import TURNED_AWAY, Offer, Teller
from kiosk.vision.picture import decode_picture

_log = logging.getLogger(__name__)
_SOURCE = "arrival"
_LATER_S = 30.0  # a file that cannot be read is tried again after so long
_MOMENT_S = 0.01  # so that another whose turn has come goes first


@dataclass(frozen=True, slots=True)
class ScannerSettings:
    """Where the pictures lie, what they may cost, and what becomes of them afterwards."""

    folder: Path
    after: str  # "keep" | "move" | "delete"
    upload_when: UploadWhen


@dataclass(frozen=True, slots=True)
class Question:
    """What the station has just asked about a picture, and what a press would queue."""

    offer: Offer
    known: KnownFile
    scan: NewScan
    new: NewSubmission
    reading: Reading


class FileScanner:
    """Scans one picture after another. Methods raise LedgerFullError: then try again later."""

    def __init__(
        self,
        settings: ScannerSettings,
        examiner: Examiner,
        ledger: Ledger,
        teller: Teller,
        inbox: Inbox,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._examiner = examiner
        self._ledger = ledger
        self._files = ledger.files
        self._teller = teller
        self._inbox = inbox
        self._complaints: dict[str, int] = {}  # what was said, and of which inode
        self._hopeless = Hopeless(clock)
        self.is_scanning = False
        self.owes_an_end = False  # SCANNING was said, and no word yet of what it came to

    def scan(self, candidate: Candidate, go_on: Callable[[], bool]) -> Question | None:
        """Scan a picture; returns what the station asks about it, where it does.

        ``go_on`` is asked before each longer step; where it says no nothing is done.
        """
        data = self._bytes_of(candidate.entry, go_on)
        if data is None:
            return None
        digest = sha256(data).hexdigest()
        if self._needs_no_look(candidate, digest, data) or not go_on():
            return None
        self.is_scanning = True
        try:
            return self._look(candidate, digest, data)
        finally:
            self.is_scanning = False

    def consent(self, question: Question, trigger: Trigger) -> None:
        """Queue exactly the picture that was asked about: a person pressed again."""
        scan = replace(question.scan, trigger=trigger.source)
        self._teller.say(EventKind.SCANNING)
        enqueued = self._ledger.enqueue(scan, replace(question.new, live=True), consent=True)
        self._teller.tell(enqueued, question.reading, local=question.new.local)
        known = question.known
        if known.fate is FileFate.ASKED and known.sha256 is not None:
            self._settle(known.stamp, known.sha256, FileFate.SCANNED)

    @property
    def puts_away(self) -> bool:
        """Tell whether ``camera.after`` asks for anything."""
        return self._settings.after != "keep"

    def put_away(self, known: KnownFile) -> bool:
        """Do what ``camera.after`` asks for, if the picture is where it was.

        Returns False where it failed, which is said once.
        """
        if not self.puts_away or not known.pending:
            return True
        delete = self._settings.after == "delete"
        try:
            put_away(self._settings.folder, known.stamp, delete=delete)
        except OSError as error:
            self._complain(
                "",
                0,
                "scanned pictures cannot be %s (%s): let the lane's user write in %s",
                "deleted" if delete else "moved to .done",
                error.strerror or error,
                self._settings.folder,
            )
            return False
        self._complaints.pop("", None)
        with suppress(LedgerFullError):  # its row does no harm
            self._files.forget(known.id)
        self._inbox.gone(known.stamp.name)
        return True

    def forget_gone(self) -> None:
        """Forget what was said of files that are gone."""

        def is_there(name: str) -> bool:
            return look_at(self._settings.folder, name) is not None

        self._hopeless.keep_only(is_there)
        said = self._complaints.items()
        self._complaints = {name: inode for name, inode in said if not name or is_there(name)}

    # ---- the steps ------------------------------------------------------------------------

    def _bytes_of(self, entry: Entry, go_on: Callable[[], bool]) -> bytes | None:
        """Read a file whose turn it is; None where it has to wait, or can be no picture."""
        wait_s = self._hopeless.wait_s(entry)
        if wait_s > 0:
            self._inbox.put_off(entry.name, wait_s)
            return None
        why = why_no_picture(entry)
        if why is not None:
            self._set_aside(entry, None, why)
            return None
        data = self._read(entry)
        return data if data is not None and self._can_tell_from_old(entry, go_on) else None

    def _needs_no_look(self, candidate: Candidate, digest: str, data: bytes) -> bool:
        """Settle what is known by its content, and what has no end (yet)."""
        entry = candidate.entry
        fate = self._files.fate_of(digest)
        if fate is not None:
            self._settle(entry.stamp, digest, fate)
            return True
        if is_whole(data):
            return False
        if not candidate.is_cut:
            self._inbox.cut(entry)
            return True
        if is_jpeg(data):  # decoders take half of one, the rest grey
            self._set_aside(entry, digest, "the picture ends before its end: cut short")
            return True
        return False

    def _read(self, entry: Entry) -> bytes | None:
        try:
            data = read_file(self._settings.folder, entry)
        except (ChangedError, FileNotFoundError):
            self._inbox.look_again(entry)
            return None
        except OSError as error:
            self._complain(
                entry.name,
                entry.inode,
                "%s cannot be read (%s): let the lane's user read it; it is tried again",
                printable(entry.name),
                error.strerror or error,
            )
            self._inbox.put_off(entry.name, _LATER_S)
            return None
        self._complaints.pop(entry.name, None)
        return data

    def _can_tell_from_old(self, entry: Entry, go_on: Callable[[], bool]) -> bool:
        """Read what it may be a copy of, a few at a time: others go first in between."""
        if self._inbox.old.read_some_of(entry.size, go_on):
            return True
        self._inbox.put_off(entry.name, _MOMENT_S)
        return False

    def _look(self, candidate: Candidate, digest: str, data: bytes) -> Question | None:
        entry = candidate.entry
        tries = self._files.begin_look(entry.stamp, digest)
        if tries > LOOKS:
            self._set_aside(entry, digest, f"the program died over it {LOOKS} times", tries)
            return None
        try:
            image = decode_picture(data)
        except PictureError as error:
            self._set_aside(entry, digest, str(error))
            return None
        self._teller.say(EventKind.SCANNING)
        self.owes_an_end = True
        reading = self._examiner.examine(image)
        try:
            return self._conclude(candidate, digest, reading)
        except LedgerFullError:
            with suppress(LedgerError):  # on a full disk a small change may find room or not
                self._files.give_up_look(digest)
            raise

    def _conclude(self, candidate: Candidate, digest: str, reading: Reading) -> Question | None:
        entry = candidate.entry
        scan = scan_of(reading, _SOURCE, file_name=printable(entry.name), file_sha256=digest)
        fate = fate_of(reading, self._settings.upload_when)
        if fate is Fate.TURN_AWAY:
            scan_id = self._ledger.record_scan(scan)
            self.owes_an_end = False
            self._teller.say(TURNED_AWAY[scan.outcome], scan_id=scan_id, reading=reading)
            self._settle(entry.stamp, digest, FileFate.SCANNED)
            return None
        live = candidate.arrived and not candidate.waited
        new = submission_of(reading, scan, fate, live=live)
        enqueued = self._ledger.enqueue(scan, new)
        self.owes_an_end = False
        offer = self._teller.tell(enqueued, reading, local=new.local)
        asked = isinstance(enqueued, AskFirst)
        if asked:
            _log.warning(
                "%s: unread, soon after another one, and not paid for. To send it after all:"
                " vin-kiosk submit --pay-again FILE",
                scan.file_name,
            )
        known = self._settle(entry.stamp, digest, FileFate.ASKED if asked else FileFate.SCANNED)
        return None if offer is None else Question(offer, known, scan, new, reading)

    def _settle(self, stamp: FileStamp, digest: str | None, fate: FileFate) -> KnownFile:
        """Write the fate of a content that the ledger knows by its scan.

        On a full disk that waits: the scan stands and was told, so nothing is refused. The file is
        read again later, and its content known.
        """
        pending = self.puts_away and fate is FileFate.SCANNED
        try:
            known = self._files.settle(stamp, digest, fate, pending=pending)
        except LedgerFullError:
            self._inbox.put_off(stamp.name, _LATER_S)
            return KnownFile(0, stamp, fate, digest)
        if fate is not FileFate.SET_ASIDE:
            self._hopeless.drop(stamp.name)
        self._inbox.settled(known)
        self.put_away(known)
        return known

    def _set_aside(self, entry: Entry, digest: str | None, why: str, tries: int = 0) -> None:
        """Record why a file cannot be used; of one that was written to since, once."""
        again = self._hopeless.is_again(entry, why)
        if again:
            self._hopeless.note(entry, why)
            self._settle(entry.stamp, digest, FileFate.SET_ASIDE)
            return
        scan = NewScan(
            _SOURCE,
            ScanOutcome.SET_ASIDE,
            file_name=printable(entry.name),
            file_sha256=digest,
            detail=why,
        )
        known = self._files.set_aside(entry.stamp, digest, scan, tries=tries)
        _log.warning("%s is set aside: %s", scan.file_name, why)
        self._hopeless.note(entry, why)
        self._inbox.settled(known)

    def _complain(self, name: str, inode: int, text: str, *values: object) -> None:
        if self._complaints.get(name) != inode:
            self._complaints[name] = inode
            _log.warning(text, *values)
