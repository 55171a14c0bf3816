"""The ledger's book of sightings: which VINs are in view, and when the others were last seen.

Written as a label comes into view (in the transaction that saves its scan: see ``Ledger.enqueue``)
and as it leaves, not while it stands there: that spares the SD card, and a crash in between leaves
it in view, which costs nothing.
"""

import sqlite3
from contextlib import suppress
from dataclasses import replace

from kiosk.errors import LedgerFullError
from kiosk.ledger.moment import Moment, moment_of, within
from kiosk.ledger.store import append
from kiosk.ledger.writer import Writer

_KEPT_S = 2 * 86_400.0  # twice the longest rescan window


class Sightings:
    """The table of sightings. Usable from several threads; all methods raise LedgerError."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def in_view(self) -> tuple[str, ...]:
        """List the VINs that came and are not known to have left."""
        sql = "SELECT vin FROM sightings WHERE in_view = 1 ORDER BY id"
        with self._writer.database.reading() as connection:
            return tuple(row["vin"] for row in connection.execute(sql))

    def close_all(self) -> None:
        """Let all that is in view leave: nobody looks any more. On a full disk it stays."""
        with suppress(LedgerFullError):
            for vin in self.in_view():
                self.leave(vin)

    def leave(self, vin: str, unseen_s: float = 0.0) -> None:
        """Write that a VIN left; it was last seen ``unseen_s`` seconds ago."""
        with self._writer.transaction() as (connection, now):
            seen = replace(now, monotonic=now.monotonic - unseen_s, wall=now.wall - unseen_s)
            _write(connection, vin, seen, in_view=False)
            if now.clock_set:
                connection.execute(
                    "DELETE FROM sightings WHERE in_view = 0 AND clock_set <> 0 AND wall < ?",
                    (now.wall - _KEPT_S,),
                )


def was_just_seen(connection: sqlite3.Connection, vin: str, window_s: float, now: Moment) -> bool:
    """Tell whether a VIN is in view, or was last seen less than ``window_s`` seconds ago."""
    rows = connection.execute("SELECT * FROM sightings WHERE vin = ?", (vin,)).fetchall()
    return window_s > 0 and any(
        row["in_view"] or within(window_s, moment_of(row), now) for row in rows
    )


def write_coming(connection: sqlite3.Connection, vin: str, now: Moment) -> None:
    """Write, within a transaction, that a VIN is in view from now on, until it leaves."""
    _write(connection, vin, now, in_view=True)


def _write(connection: sqlite3.Connection, vin: str, at: Moment, *, in_view: bool) -> None:
    connection.execute("DELETE FROM sightings WHERE vin = ?", (vin,))
    append(connection, "sightings", {"vin": vin, "in_view": int(in_view), **at.columns()})
