"""The files that need no look, in memory: the ledger is asked once for all of them, not for each.

Only what lies in the folder is held, some 300 bytes a file; of all others the ledger knows.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from kiosk.errors import LedgerFullError
from kiosk.folder.listing import Entry
from kiosk.ledger.picture_files import PictureFiles
from kiosk.model.files import FileFate, KnownFile


class KnownFiles:
    """Tells known entries from new ones."""

    def __init__(self, files: PictureFiles) -> None:
        self._files = files
        self._known: dict[str, KnownFile] = {}
        self._to_read: set[str] = set()  # names of skipped files whose content nobody knows
        self._new: dict[str, Entry] = {}  # what the ledger does not know either

    def __len__(self) -> int:
        return len(self._known)

    def load(self, entries: Mapping[str, Entry]) -> None:
        """Learn from the ledger what is known of a fresh listing, under whatever name it was."""
        self._known, self._new = {}, {}
        by_inode = {
            (one.inode, one.size, one.mtime_ns): one for one in entries.values() if one.is_plain
        }
        moved = []
        for known in self._files.all():
            entry = entries.get(known.stamp.name)
            if entry is not None and _is_same(known, entry):
                self._known[entry.name] = known
                continue
            stamp = known.stamp
            other = by_inode.get((stamp.inode, stamp.size, stamp.mtime_ns))
            if other is not None:
                moved.append((known, other))
        self._rename([(known, entry) for known, entry in moved if entry.name not in self._known])
        self._to_read = {name for name, one in self._known.items() if _is_unread(one)}

    def is_known(self, entry: Entry) -> bool:
        """Tell whether one entry needs no look."""
        known = self._known.get(entry.name)
        if known is not None and _is_same(known, entry):
            if known.stamp != entry.stamp:
                self._rename([(known, entry)])
            return True
        if self._new.get(entry.name) == entry:  # ten thousand that wait are not asked about again
            return False
        known = self._files.known_as(entry.stamp)
        # A second name of a known file did not move here: links are set aside.
        if known is None or not (entry.is_plain or known.stamp.name == entry.name):
            self._known.pop(entry.name, None)
            self._new[entry.name] = entry
            return False
        self._rename([(known, entry)])
        return True

    def sort_out(self, entries: Mapping[str, Entry]) -> list[Entry]:
        """Return what is new in a full listing; what is not in it is forgotten here."""
        fresh: dict[str, KnownFile] = {}
        new: list[Entry] = []
        known_of = self._known.get
        for name, entry in entries.items():
            known = known_of(name)
            # Spelt out: this runs for each of ten thousand files every few seconds.
            if (
                known is not None
                and known.stamp.mtime_ns == entry.mtime_ns
                and known.stamp.size == entry.size
            ):
                fresh[name] = known
            else:
                new.append(entry)
        held = {entry.name: known_of(entry.name) for entry in new}
        self._known = fresh | {name: known for name, known in held.items() if known is not None}
        self._new = {name: one for name, one in self._new.items() if name in held}
        return [entry for entry in new if not self.is_known(entry)]

    def add(self, known: KnownFile) -> None:
        """Learn what became of a file."""
        self._known[known.stamp.name] = known
        self._new.pop(known.stamp.name, None)

    def drop(self, name: str) -> None:
        """Forget a name that is gone."""
        self._known.pop(name, None)
        self._new.pop(name, None)

    def pending(self) -> list[KnownFile]:
        """List the files for which ``camera.after`` is still to be done."""
        return [known for known in self._known.values() if known.pending]

    def set_aside_unread(self) -> list[KnownFile]:
        """List the files that were set aside for what they were, not for what they held: links."""
        known = self._known.values()
        return [one for one in known if one.fate is FileFate.SET_ASIDE and one.sha256 is None]

    @property
    def has_to_read(self) -> bool:
        """Tell whether there may be skipped files whose content is still to be read."""
        return bool(self._to_read)

    def next_to_read(self) -> KnownFile | None:
        """Return a skipped file whose content is not known, once; None where none is left."""
        while self._to_read:
            known = self._known.get(self._to_read.pop())
            if known is not None and _is_unread(known):
                return known
        return None

    def to_read_of(self, size: int) -> list[KnownFile]:
        """List those of a size."""
        todo = [self._known.get(name) for name in self._to_read]
        return [one for one in todo if one and one.stamp.size == size and _is_unread(one)]

    def note_read(self, known: KnownFile, sha256: str | None) -> None:
        """Learn the content of a skipped file; None: it cannot be read as it is.

        From now on a write to it makes it new, though the ledger may hear of its content later.
        """
        name = known.stamp.name
        self._to_read.discard(name)
        if self._known.get(name) == known:
            self._known[name] = replace(known, sha256=sha256)

    @property
    def ids(self) -> set[int]:
        """The ledger's numbers of all that lies there."""
        return {known.id for known in self._known.values()}

    def _rename(self, moved: Sequence[tuple[KnownFile, Entry]]) -> None:
        """Follow files that moved or were touched, here and in the ledger."""
        if moved:
            with suppress(LedgerFullError):  # the next start finds them by their stamps again
                self._files.restamp({known.id: entry.stamp for known, entry in moved})
        for known, entry in moved:
            here = replace(known, stamp=entry.stamp)
            self._known[entry.name] = here
            if _is_unread(here):
                self._to_read.add(entry.name)


def _is_same(known: KnownFile, entry: Entry) -> bool:
    """Tell whether a file is what it was, by its stamp.

    Of what was skipped and never read, nobody could tell a touched file from a written one: it
    counts as touched, for old pictures must not cost credits.
    """
    stamp = entry.stamp
    if known.stamp.is_same_file(stamp):
        return True
    return _is_unread(known) and (known.stamp.name, known.stamp.inode, known.stamp.size) == (
        stamp.name,
        stamp.inode,
        stamp.size,
    )


def _is_unread(known: KnownFile) -> bool:
    return known.fate is FileFate.SKIPPED and known.sha256 is None
