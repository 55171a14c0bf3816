"""Reads what was skipped at the first start, once and slowly: then a copy of it is known, too."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from kiosk.clock import Clock
from kiosk.errors import LedgerFullError
from kiosk.folder.known import KnownFiles
from kiosk.folder.listing import look_at
from kiosk.folder.reading import ChangedError, read_file, why_no_picture
from kiosk.ledger.picture_files import PictureFiles
from kiosk.model.files import FileStamp, KnownFile

_log = logging.getLogger(__name__)
_PAUSE_S = 0.25  # four pictures a second at most: ten thousand take 42 minutes
_SHARE = 0.05  # of one core, where a picture takes long
_AT_ONCE = 20  # written in one transaction: SD cards wear by the write
_TURN_S = 1.0  # of reading what a new file may be a copy of; others that arrive come in between


class Fingerprints:
    """The skipped files whose content nobody knows yet."""

    def __init__(self, folder: Path, files: PictureFiles, known: KnownFiles, clock: Clock) -> None:
        self._folder = folder
        self._files = files
        self._known = known
        self._clock = clock
        self._found: dict[int, str] = {}  # SHA-256 by the file's number
        self._due_at = 0.0

    @property
    def due_at(self) -> float:
        """Monotonic seconds when the next is to be read; infinity where none is left."""
        return self._due_at if self._known.has_to_read else float("inf")

    def read_one(self) -> None:
        """Read the next one, and be idle for a while."""
        known = self._known.next_to_read()
        if known is None:
            return
        began = time.thread_time()
        self._read(known)
        if not self._known.has_to_read:
            self.save()
        busy = time.thread_time() - began
        self._due_at = self._clock.monotonic() + max(_PAUSE_S, busy / _SHARE)

    def read_some_of(self, size: int, go_on: Callable[[], bool]) -> bool:
        """Read some of those of a size, for a new file may be a copy of one; True: none is left.

        ``go_on`` is asked before each, and ends it where it says no. What can wait for more than a
        moment's reading should let others go first, and ask again.
        """
        todo = self._known.to_read_of(size)
        began = self._clock.monotonic()
        for known in todo[:_AT_ONCE]:
            if self._clock.monotonic() - began > _TURN_S or not go_on():
                return False
            self._read(known)
        if len(todo) > _AT_ONCE:
            return False
        self.save()
        return True

    def save(self) -> None:
        """Write what was found; on a full disk it stays for later."""
        with suppress(LedgerFullError):
            self._files.note_contents(self._found)
            self._found = {}

    def _read(self, known: KnownFile) -> None:
        data = _content(self._folder, known.stamp)
        found = None if data is None else sha256(data).hexdigest()
        self._known.note_read(known, found)
        if found is not None:
            self._found[known.id] = found
        if len(self._found) >= _AT_ONCE:
            self.save()


def _content(folder: Path, stamp: FileStamp) -> bytes | None:
    """Read a file if it is still what was skipped; what can never be scanned need not be known."""
    entry = look_at(folder, stamp.name)
    if entry is None or entry.stamp != stamp or why_no_picture(entry) is not None:
        return None
    try:
        return read_file(folder, entry)
    except (ChangedError, OSError):
        return None
