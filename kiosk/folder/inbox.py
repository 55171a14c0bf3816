"""The watched folder: which new picture is whole, and whose turn it is.

The folder's own word is the truth: a full listing now and then, and a look at the names that
inotify hinted at in between. Neither asks the ledger about what is known already.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk.clock import Clock
from kiosk.errors import CameraError
from kiosk.folder.fingerprints import Fingerprints
from kiosk.folder.first_start import take_in
from kiosk.folder.known import KnownFiles
from kiosk.folder.listing import Entry, identity_of, list_folder, look_at
from kiosk.folder.ripening import Candidate, Ripening
from kiosk.folder.watch import Watch
from kiosk.ledger.picture_files import PictureFiles
from kiosk.model.files import FolderIdentity, KnownFile

_LISTING_SHARE = 0.005  # of one core: what full listings of a folder at rest may cost
_LIST_AFTER_S = (2.0, 60.0)  # after so long at the soonest, and at the latest
_HURRIED_SHARE = 0.2  # where the folder changed and nobody hinted: a network share


@dataclass(frozen=True, slots=True)
class InboxSettings:
    """Which folder, and whether what lies there before the first start is to be skipped."""

    folder: Path
    skip_backlog: bool = True


class Inbox:
    """The folder while it is there; used by one thread. ``wake`` is called from another."""

    def __init__(
        self,
        settings: InboxSettings,
        files: PictureFiles,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._folder = settings.folder
        self._files = files
        self._clock = clock
        self._wake = wake
        self.known = KnownFiles(files)
        self.old = Fingerprints(self._folder, files, self.known, clock)
        self._ripening = Ripening()
        self._watch: Watch | None = None
        self._identity: FolderIdentity | None = None
        self._was_empty: FolderIdentity | None = None
        self._changed_ns = 0  # the folder's own mtime when it was last listed
        self._listed_at = -math.inf
        self._cost_s = 0.0  # processor time of the last full listing

    def open(self) -> None:
        """Watch the folder, list it and learn what is known of it.

        Raises CameraError where it cannot be read, LedgerFullError where a first start cannot be
        recorded.
        """
        self._identity, self._changed_ns = identity_of(self._folder)
        self._check_mounted(self._identity)
        self._watch = Watch.start(self._folder, self._wake)  # before the listing: no gap
        entries = self._list()
        self.known.load(entries)
        new = self.known.sort_out(entries)
        all_skipped = take_in(
            self._folder,
            self._identity,
            self._files,
            new,
            is_ours=len(self.known) > 0 or self._was_empty == self._identity,
            skip_backlog=self._settings.skip_backlog,
        )
        if all_skipped:
            self.known.load(entries)
        else:
            self._see(new, arrived=False)
        self.old.load()

    def close(self) -> None:
        """Stop watching; harmless when it is not open."""
        if self._watch is not None:
            self._watch.stop()
        self._watch = None
        self._ripening = Ripening()
        self.old.save()

    def look(self, *, now_all: bool = False) -> None:
        """Look at what was hinted at, and at all of it when that is due (or ``now_all``).

        Raises CameraError where the folder is gone or another.
        """
        identity, changed_ns = identity_of(self._folder)
        if identity != self._identity:
            raise CameraError(f"the folder {self._folder} was replaced by another")
        hints = self._watch.take() if self._watch is not None else {}
        for name, hint in hints.items():
            self._look_at(name)
            self._ripening.hint(name, hint)
        if now_all or self._is_listing_due(changed=changed_ns != self._changed_ns and not hints):
            entries = self._list()
            self._changed_ns = changed_ns
            self._ripening.keep_only(entries)
            self._see(self.known.sort_out(entries), arrived=True)
        elif hints:
            self._changed_ns = changed_ns

    def take(self) -> Candidate | None:
        """Return the picture whose turn it is, if it is still as it was a moment ago."""
        while (first := self._ripening.next(self._clock.monotonic())) is not None:
            entry = look_at(self._folder, first.entry.name)
            if entry == first.entry:
                return first
            self._look_at(first.entry.name)
        return None

    def settled(self, known: KnownFile) -> None:
        """Note what became of a picture."""
        self.known.add(known)
        self._ripening.drop(known.stamp.name)

    def gone(self, name: str) -> None:
        """Note that a name is no longer there."""
        self.known.drop(name)
        self._ripening.drop(name)

    def look_again(self, entry: Entry) -> None:
        """Note that a picture is not what it was."""
        self._look_at(entry.name)
        self._ripening.distrust(entry.name)

    def cut(self, entry: Entry) -> None:
        """Note that a picture has no end yet."""
        self._ripening.cut(entry.name)

    def put_off(self, entry: Entry, seconds: float) -> None:
        """Come back to a picture later."""
        self._ripening.put_off(entry.name, self._clock.monotonic() + seconds)

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing new lies there."""
        return len(self._ripening) == 0

    def wait_s(self) -> float:
        """Tell how long there is nothing to do, if nobody wakes us (s)."""
        now = self._clock.monotonic()
        due = self.old.due_at if self.is_idle else self._ripening.due_at()
        return min(max(0.0, due - now), _LIST_AFTER_S[0])

    def _look_at(self, name: str) -> None:
        entry = look_at(self._folder, name)
        if entry is None:
            self.gone(name)
        elif self.known.is_known(entry):
            self._ripening.drop(name)
        else:
            self._see([entry], arrived=True)

    def _see(self, entries: list[Entry], *, arrived: bool) -> None:
        now = self._clock.monotonic()
        for entry in entries:
            self._ripening.see(entry, now, arrived=arrived)

    def _list(self) -> dict[str, Entry]:
        began = time.thread_time()
        entries = list_folder(self._folder)
        self._cost_s = time.thread_time() - began
        self._listed_at = self._clock.monotonic()
        return entries

    def _is_listing_due(self, *, changed: bool) -> bool:
        soonest, latest = _LIST_AFTER_S
        pause = self._cost_s / (_HURRIED_SHARE if changed else _LISTING_SHARE)
        return self._clock.monotonic() >= self._listed_at + min(max(pause, soonest), latest)

    def _check_mounted(self, identity: FolderIdentity) -> None:
        """Raise CameraError where an empty folder stands in the place of one that is known.

        What comes into it while we look on has arrived, and is no other disk's old stock.
        """
        identities = self._files.identities(str(self._folder))
        if not identities or any(map(identity.is_same_folder, identities)):
            return
        if not list_folder(self._folder):
            self._was_empty = identity
            raise CameraError(
                f"the folder {self._folder} is empty and another than before: "
                "is its disk or network share mounted?"
            )
