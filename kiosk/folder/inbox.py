"""The watched folder: which new picture is whole, and whose turn it is.

The folder's own word is the truth: a full listing now and then, and a look at the names that
inotify hinted at in between. Neither asks the ledger about what is known already.
"""

import logging
import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kiosk.clock import Clock
from kiosk.errors import CameraError, LedgerFullError
from kiosk.folder.fingerprints import Fingerprints
from kiosk.folder.first_start import take_in
from kiosk.folder.known import KnownFiles
from kiosk.folder.listing import Entry, identity_of, is_empty, list_folder, look_at
from kiosk.folder.reading import why_no_picture
from kiosk.folder.ripening import Candidate, Ripening
from kiosk.folder.watch import Watch
from kiosk.ledger.picture_files import PictureFiles
from kiosk.model.files import FileFate, FolderIdentity, KnownFile
from kiosk.printable import printable

_log = logging.getLogger(__name__)
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
        self._linked: dict[str, KnownFile] = {}  # set aside for a second name, or as no file
        self._unseen: dict[str, OSError] = {}  # names about which the file system says nothing
        self._old_unseen: frozenset[str] = frozenset()  # those among what was skipped
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
            knows_some=len(self.known) > 0,
            is_watched=self._was_empty == self._identity,
            skip_backlog=self._settings.skip_backlog,
        )
        self._old_unseen = frozenset(self._unseen if all_skipped else ())
        if all_skipped:
            self.known.load(entries)
        else:
            self._see(new, arrived=False)
        self._linked = {one.stamp.name: one for one in self.known.set_aside_unread()}

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
            self._skip_old(entries)
            for name in self._linked.keys() & entries.keys():
                self._forget_link(entries[name])
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

    def is_as_known(self, known: KnownFile) -> bool:
        """Tell whether a known file lies where it was, as it was."""
        entry = look_at(self._folder, known.stamp.name)
        return entry is not None and entry.stamp == known.stamp

    def settled(self, known: KnownFile) -> None:
        """Note what became of a picture."""
        self.known.add(known)
        if known.fate is FileFate.SET_ASIDE and known.sha256 is None:
            self._linked[known.stamp.name] = known
        self._ripening.drop(known.stamp.name)

    def gone(self, name: str) -> None:
        """Note that a name is no longer there."""
        self.known.drop(name)
        self._linked.pop(name, None)
        self._ripening.drop(name)

    def look_again(self, entry: Entry) -> None:
        """Note that a picture is not what it was."""
        self._look_at(entry.name)
        self._ripening.distrust(entry.name)

    def cut(self, entry: Entry) -> None:
        """Note that a picture has no end yet."""
        self._ripening.cut(entry.name)

    def put_off(self, name: str, seconds: float) -> None:
        """Come back to a picture later."""
        self._ripening.put_off(name, self._clock.monotonic() + seconds)

    @property
    def is_idle(self) -> bool:
        """Tell whether it is nobody's turn now."""
        return self._ripening.due_at() > self._clock.monotonic()

    def wait_s(self) -> float:
        """Tell how long there is nothing to do, if nobody wakes us (s)."""
        now = self._clock.monotonic()
        due = min(self.old.due_at, self._ripening.due_at())
        return min(max(0.0, due - now), _LIST_AFTER_S[0])

    def _look_at(self, name: str) -> None:
        entry = None if name in self._old_unseen else look_at(self._folder, name)
        if entry is None:
            self.gone(name)
            return
        self._forget_link(entry)
        if self.known.is_known(entry):
            self._ripening.drop(name)
        else:
            self._see([entry], arrived=True)

    def _forget_link(self, entry: Entry) -> None:
        """Take a file for new that was set aside for its second name, once it has none."""
        known = self._linked.get(entry.name)
        if known is None or known.stamp != entry.stamp or why_no_picture(entry) is not None:
            return
        with suppress(LedgerFullError):  # else it is tried at the next look
            self._files.forget(known.id)
            self.known.drop(entry.name)
            del self._linked[entry.name]

    def _see(self, entries: list[Entry], *, arrived: bool) -> None:
        now = self._clock.monotonic()
        for entry in entries:
            self._ripening.see(entry, now, arrived=arrived)

    def _skip_old(self, entries: dict[str, Entry]) -> None:
        """Skip old pictures that could not be looked at when the others were skipped."""
        seen = self._old_unseen & entries.keys()
        if seen and self._identity is not None:
            stamps = [entries[name].stamp for name in seen]
            self._files.take_in(str(self._folder), self._identity, stamps, clears_doubt=False)
            self.known.load(entries)
        self._old_unseen -= seen

    def _list(self) -> dict[str, Entry]:
        began = time.thread_time()
        unseen: dict[str, OSError] = {}
        entries = list_folder(self._folder, unseen.__setitem__)
        self._name_unseen(unseen)
        self._cost_s = time.thread_time() - began
        self._listed_at = self._clock.monotonic()
        return entries

    def _name_unseen(self, unseen: dict[str, OSError]) -> None:
        """Say which names are left out, one line for those that are new among them."""
        fresh = [name for name in unseen if name not in self._unseen]
        self._unseen = unseen
        if fresh:
            error = unseen[fresh[0]]
            _log.warning(
                "%s cannot be looked at (%s), %d in all in %s: left out for as long",
                printable(fresh[0]),
                error.strerror or error,
                len(unseen),
                self._folder,
            )

    def _is_listing_due(self, *, changed: bool) -> bool:
        soonest, latest = _LIST_AFTER_S
        pause = self._cost_s / (_HURRIED_SHARE if changed else _LISTING_SHARE)
        return self._clock.monotonic() >= self._listed_at + min(max(pause, soonest), latest)

    def _check_mounted(self, identity: FolderIdentity) -> None:
        """Raise CameraError where an empty folder stands in the place of one that is known.

        What comes into it while we look on has arrived, and is no other disk's old stock.
        """
        identities = self._files.identities(str(self._folder))
        if not identities or any(map(identity.may_be_same_folder, identities)):
            return
        if is_empty(self._folder):
            self._was_empty = identity
            raise CameraError(
                f"the folder {self._folder} is empty and another than before: "
                "is its disk or network share mounted?"
            )
