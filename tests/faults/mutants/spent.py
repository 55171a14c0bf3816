"""Mistakes in how the spent log is used."""

from kiosk.ledger.spent import SpentLog
from mutants.put import Put


def nospent(put: Put) -> None:
    """Never ask the spent log: the database knows it all."""
    put(SpentLog, "is_spent", lambda _log, _sha256: False)
