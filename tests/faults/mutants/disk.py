"""Mistakes in what is written, and how: those of fsync show under power cuts alone."""

import contextlib
import os

from kiosk.commands import run
from kiosk.ledger import database
from kiosk.ledger.trust import Trust
from mutants.put import Put

_TRIES = 3
_FULL = "PRAGMA synchronous = FULL"


def nosync(put: Put) -> None:
    """Wait for the disk nowhere: neither SQLite nor the spent log."""
    _replace_pragma(put, "PRAGMA synchronous = OFF")
    for name in ("fsync", "fdatasync"):
        put(os, name, lambda _descriptor: None)


def normal(put: Put) -> None:
    """Let SQLite wait for the disk at checkpoints only."""
    _replace_pragma(put, "PRAGMA synchronous = NORMAL")


def _replace_pragma(put: Put, other: str) -> None:
    pragmas = database._PRAGMAS
    assert _FULL in pragmas, "the ledger's pragma is written in another way now"
    put(database, "_PRAGMAS", tuple(other if each == _FULL else each for each in pragmas))


def resync(put: Put) -> None:
    """Try a sync that failed once more, and believe it."""

    def sync(trust: Trust, descriptor: int) -> None:
        trust.check()
        for _ in range(_TRIES):
            with contextlib.suppress(OSError):
                os.fdatasync(descriptor)
                return

    put(Trust, "sync", sync)


def dumpable(put: Put) -> None:
    """Let a crash leave the whole memory in a core file."""
    put(run, "forbid_core_dumps", lambda: None)
