"""The line that ``systemctl status`` shows: the lane's state, the queue, the credits of today."""

from collections.abc import Callable, Mapping

from kiosk.clock import Clock
from kiosk.devices import DEVICES
from kiosk.errors import LedgerError
from kiosk.model import Event, QueueStatus

_AT_LEAST_EVERY_S = 60.0  # midnight begins a new day's credits without any event
_WELL = "ok"


class StatusLine:
    """Says the line anew when it changed; asks the ledger only where something happened.

    ``note`` may be called from any thread, ``refresh`` from one, about once a second.
    """

    def __init__(
        self,
        queue: Callable[[], QueueStatus],
        live_facts: Callable[[], Mapping[str, object]],
        say: Callable[[str], None],
        clock: Clock,
    ) -> None:
        self._queue = queue
        self._live_facts = live_facts
        self._say = say
        self._clock = clock
        self._stale = True
        self._asked_at = clock.monotonic()
        self._of_queue = ""
        self._said = ""
        self.remark: str | None = None  # what a person should know besides, until it is cleared

    def note(self, _: Event) -> None:
        """Take notice that something happened."""
        self._stale = True

    def refresh(self) -> None:
        """Say the line if it is another than before."""
        now = self._clock.monotonic()
        if self._stale or now - self._asked_at >= _AT_LEAST_EVERY_S:
            self._stale = False
            self._asked_at = now
            self._of_queue = self._about_queue()
        words = [*_about_devices(self._live_facts()), self._of_queue]
        if self.remark:
            words.append(self.remark)
        line = " · ".join(words)
        if line != self._said:
            self._said = line
            self._say(line)

    def _about_queue(self) -> str:
        try:
            queue = self._queue()
        except LedgerError as error:
            return f"ledger: {error}"
        words = [f"{queue.waiting} waiting", f"{queue.credits_today} credits today"]
        if queue.in_doubt:
            words.insert(1, f"{queue.in_doubt} in doubt")
        words += [f"paused ({pause.reason}): {pause.detail}" for pause in queue.pauses]
        if queue.limit_reached:
            words.append("today's limit of credits is reached")
        return " · ".join(words)


def _about_devices(facts: Mapping[str, object]) -> list[str]:
    unwell = [f"{name}: {facts[name]}" for name in DEVICES if facts.get(name) not in {_WELL, None}]
    return [str(facts["lane_state"]), *unwell]
