"""A lane without a station: logs what a display would show.

Where there is no button either, what a display says of one is said in other words (en_headless).
"""

import logging
import threading

from kiosk.clock import Clock
from kiosk.model import Event
from kiosk.station.bulletin import Bulletin
from kiosk.station.codecs.text import Lines
from kiosk.station.messages import Beginning
from kiosk.supervisor import Life

_LOG = logging.getLogger(__name__)
_TURN_S = 0.25  # how late a message that changes by itself may be logged


class HeadlessStation:
    """Takes the same events as Station and writes each change into the log, once.

    ``has_button``: a press can be made, and so can the second one that pays again.
    """

    name = "station"
    problem: str | None = None
    button_problem: str | None = None

    def __init__(
        self, clock: Clock, begins_by: Beginning = Beginning.BUTTON, *, has_button: bool = False
    ) -> None:
        self._lock = threading.Lock()  # guards what was logged
        self._logged: tuple[Lines, ...] = ()
        self.bulletin = Bulletin(clock, begins_by, "en" if has_button else "en-headless")

    def show(self, event: Event) -> None:
        """Take an event from any thread; log it where it changes what a display would show."""
        self.bulletin.post(event)
        self._log_change()

    def run(self, life: Life) -> None:
        """Log what follows when a message's time is over, until ``life.stopping``."""
        while not life.wait(_TURN_S):
            self._log_change()

    def _log_change(self) -> None:
        with self._lock:
            message = self.bulletin.read().message
            pages = (message.lines, *message.more)
            if pages == self._logged:
                return
            self._logged = pages
            _LOG.info("display: %s", ", then ".join(f"{upper} / {lower}" for upper, lower in pages))
