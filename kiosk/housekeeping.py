"""The worker that prunes old pictures and results, once an hour."""

import logging
from typing import Protocol

from kiosk.errors import LedgerError
from kiosk.ledger.ledger import Ledger
from kiosk.supervisor import Life

_log = logging.getLogger(__name__)
_EVERY_S = 3600.0
_BEAT_S = 5.0


class Keep(Protocol):
    """How long things are kept, in days."""

    @property
    def pictures_days(self) -> int:
        """Days after which a settled submission's picture goes."""

    @property
    def results_days(self) -> int:
        """Days after which a settled submission's row goes."""


class Housekeeping:
    """Prunes at the start and every hour; what waits or is in doubt is never touched.

    Forgetting can wait: where the ledger cannot (a full disk), the lane goes on without it.
    """

    name = "housekeeping"

    def __init__(self, ledger: Ledger, keep: Keep) -> None:
        self._ledger = ledger
        self._keep = keep
        self._failing = False

    def run(self, life: Life) -> None:
        """Prune, wait, prune, until stopped."""
        waited = _EVERY_S
        while not life.stopping.is_set():
            if waited >= _EVERY_S:
                self._prune(life)
                waited = 0.0
            life.wait(_BEAT_S)
            waited += _BEAT_S

    def _prune(self, life: Life) -> None:
        try:
            while not life.stopping.is_set():
                life.beat()
                if self._ledger.prune(self._keep.pictures_days, self._keep.results_days).is_last:
                    break
        except LedgerError as error:
            if not self._failing:
                _log.error("old pictures and results stay for now: %s", error)
            self._failing = True
            return
        if self._failing:
            _log.info("old pictures and results are pruned again")
        self._failing = False
