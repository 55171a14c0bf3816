"""The worker that sends: when the queue may go on."""

from collections.abc import Callable

from kiosk.clock import Clock
from kiosk.errors import LedgerFullError
from kiosk.ledger.ledger import Ledger
from kiosk.model import Event, Submission
from kiosk.service.client import ServiceClient
from kiosk.service.deliveries import Deliveries
from kiosk.service.news import News
from kiosk.service.pacing import Pacing
from kiosk.supervisor import Life

_IDLE_S = 5.0  # the longest wait of one step: a worker must show life; a nudge ends it early


class Uploader:
    """The worker that sends. The queue itself lives in the ledger, and so does every end."""

    name = "uploader"

    def __init__(
        self,
        ledger: Ledger,
        client: ServiceClient,
        pacing: Pacing,
        clock: Clock,
        publish: Callable[[Event], None],
        *,
        longest_attempt_s: float,
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._pacing = pacing
        self._clock = clock
        self._news = News(ledger, clock, publish)
        self._deliveries = Deliveries(
            ledger, client, pacing, clock, self._news, longest_attempt_s=longest_attempt_s
        )
        self._longest_attempt_s = longest_attempt_s
        self._life: Life | None = None

    def notify(self, *, live: bool = False) -> None:
        """Say that there is something to send; a live scan does not wait for a back-off."""
        if live:
            self._deliveries.hurry()
            self._pacing.hurry()
        if self._life is not None:
            self._life.nudge()

    def expect(self, submission: Submission) -> None:
        """Say that a person waits at the display for this one; it does not wait for a back-off."""
        self._news.expect(submission)
        self.notify(live=True)

    def resumed(self) -> None:
        """Say that a person resumed the queue."""
        self._pacing.resumed()
        self.notify()

    def run(self, life: Life) -> None:
        """Send until stopped; an attempt whose tail has left is waited for."""
        self._life = life
        while not life.stopping.is_set():
            life.wait(self._step(life))

    def _step(self, life: Life) -> float:
        """Do one thing; return the seconds until there may be something else to do."""
        wait = self._pacing.seconds_to_wait(self._clock.monotonic())
        if wait > 0:
            self._news.waiting(self._pacing.why_waiting)
            return min(wait, _IDLE_S)
        if self._pacing.must_probe and not self._probe(life):
            return 0.0
        try:
            return self._send_next(life)
        except LedgerFullError as error:
            # Nothing was begun, or nothing was sent, or the ledger keeps the end until it has room.
            self._news.no_room(error)
            return _IDLE_S

    def _probe(self, life: Life) -> bool:
        status = self._ledger.status()
        if status.waiting == 0 or status.pause is not None:
            return True  # nothing may be sent: the claim will say so, and no probe is needed
        life.lease(self._longest_attempt_s)
        lost = self._client.probe(life.stopping)
        life.beat()
        if lost is not None and lost.by_us:
            return False
        if lost is not None:
            self._pacing.failed(self._clock.monotonic())
            self._news.reachable(lost.reason)
            self._news.waiting(lost.reason)
            return False
        self._pacing.probed()
        return True

    def _send_next(self, life: Life) -> float:
        held = self._deliveries.send_next(life)
        if held is None:
            return 0.0
        self._news.daily_limit(reached=held.why == "daily_limit")
        return _IDLE_S
