"""Hints from inotify, through watchdog: they wake and say where to look, and are never believed.

A folder on a network share, or one too many for the kernel's limits, gives no hints: the listing
finds everything all the same, later.
"""

import logging
import os
import threading
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.inotify import InotifyObserver

_log = logging.getLogger(__name__)
_KINDS: list[type[FileSystemEvent]] = [
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]
_STOP_S = 5.0


class Hint(Enum):
    """What seems to have happened to a name."""

    WRITTEN = "written"  # made or written to, and perhaps still open
    CLOSED = "closed"  # closed by who wrote, or moved here: whole, if anything is
    GONE = "gone"


class Watch(FileSystemEventHandler):
    """Collects hints by name, the latest of each, and calls ``wake``."""

    def __init__(self, folder: Path, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._hints: dict[str, Hint] = {}
        # Without full events what is moved in from elsewhere looks like the beginning of a file.
        self._observer = InotifyObserver(generate_full_events=True)
        self._observer.name = "folder-watch"
        # inotify does not follow a link as the folder's path; the scan of it does.
        self._observer.schedule(self, os.path.realpath(folder), event_filter=_KINDS)
        try:
            self._observer.start()
        except OSError:
            self._observer.stop()  # its reading thread runs already
            raise

    @classmethod
    def start(cls, folder: Path, wake: Callable[[], None]) -> "Watch | None":
        """Watch a folder; None, with a word in the log, where the kernel does not let us."""
        try:
            return cls(folder, wake)
        except OSError as error:
            _log.warning("%s is listed every few seconds only: no inotify (%s)", folder, error)
            return None

    def take(self) -> dict[str, Hint]:
        """Return the hints since the last call, and forget them."""
        with self._lock:
            hints, self._hints = self._hints, {}
        return hints

    def stop(self) -> None:
        """Stop watching."""
        self._observer.stop()
        self._observer.join(_STOP_S)

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Note a hint; called on watchdog's thread."""
        hint = Hint.WRITTEN
        if isinstance(event, FileMovedEvent):
            self._note(event.src_path, Hint.GONE)
            self._note(event.dest_path, Hint.CLOSED)
        else:
            if isinstance(event, FileClosedEvent):
                hint = Hint.CLOSED
            elif isinstance(event, FileDeletedEvent):
                hint = Hint.GONE
            self._note(event.src_path, hint)
        self._wake()

    def _note(self, path: bytes | str, hint: Hint) -> None:
        name = os.path.basename(os.fsdecode(path))  # noqa: PTH119 - of bytes, too
        if name:
            with self._lock:
                self._hints[name] = hint
