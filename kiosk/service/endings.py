"""How attempts end: what it means for the pacing, then in the ledger, and only then in the news."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from kiosk.clock import Clock
from kiosk.ledger.ledger import Ledger
from kiosk.model import (
    Answered,
    AttemptOutcome,
    Claim,
    Held,
    NeverSent,
    PauseReason,
    Settlement,
    State,
    Submission,
)
from kiosk.service.news import News
from kiosk.service.outcome import COSTLESS_KEYS, is_wasted, settle_with, unsendable
from kiosk.service.pacing import Pacing
from kiosk.service.standby import Ended

_KEEPS_FAILING = "the service keeps failing after taking pictures"
_NOT_NOW = "not sent: what went before it, or a scan at the display, came first"


@dataclass(frozen=True, slots=True)
class Ending:
    """What is to be written of an attempt; ``outcome`` is None where no request could be made."""

    claim: Claim
    settlement: Settlement
    outcome: AttemptOutcome | None

    @property
    def may_stop_the_queue(self) -> bool:
        """Tell whether a pause may come with it: a second rejection calls for one as well."""
        return self.settlement.pause is not None or self.settlement.state is State.REJECTED

    @property
    def was_never_committed(self) -> bool:
        """Tell whether it has been charged although the ledger does not have it as committed.

        After a result that cost nothing the picture is simply unsent.
        """
        outcome = self.outcome
        if not isinstance(outcome, Answered) or outcome.crossed:
            return False
        return outcome.answer.key not in COSTLESS_KEYS


class Endings:
    """Judges and writes them. One thread uses it."""

    def __init__(self, ledger: Ledger, pacing: Pacing, clock: Clock, news: News) -> None:
        self._ledger = ledger
        self._pacing = pacing
        self._clock = clock
        self._news = news

    def judge(self, ended: Ended) -> Ending:
        """Let the pacing hear of an outcome; return what it means, with the pause it calls for."""
        outcome = ended.outcome
        settlement = settle_with(outcome)
        if isinstance(outcome, Answered) and not outcome.crossed:
            settlement = replace(settlement, released=False)  # the spent log has nothing of it
        now = self._clock.monotonic()
        if isinstance(outcome, NeverSent) and settlement.state is State.QUEUED:
            if not outcome.by_us:
                self._pacing.failed(now, outcome.retry_after_s)
        elif is_wasted(outcome):
            self._pacing.doubted(now)
            if self._pacing.must_pause:
                settlement = replace(
                    settlement, pause=PauseReason.DOUBTS, pause_detail=_KEEPS_FAILING
                )
        else:
            self._pacing.answered()
        return Ending(ended.claim, settlement, outcome)

    def write(self, ending: Ending) -> None:
        """Write an ending, and tell of it. Raises LedgerError."""
        charged = ending.was_never_committed
        settle = self._ledger.settle_charged if charged else self._ledger.settle
        self._tell(ending, settle(ending.claim, ending.settlement))

    def write_and_claim(
        self, ending: Ending, beside: Claim
    ) -> tuple[Callable[[], None], Claim | Held]:
        """Write an ending and claim the next one, in one transaction.

        Returns what tells of it, too: the claim is open whether or not that works.
        """
        submission, claim = self._ledger.settle_and_claim(
            ending.claim, ending.settlement, beside=beside
        )
        return lambda: self._tell(ending, submission), claim

    def reject(self, claim: Claim, why: str) -> None:
        """Write that no request can be made of a picture; it would be so for ever."""
        self.write(Ending(claim, unsendable(why), None))

    def take_back(self, claim: Claim) -> None:
        """Queue again what waited, and has not left."""
        self._ledger.take_back(claim, _NOT_NOW)

    def tell_late(self) -> None:
        """Tell of what the ledger moved by itself, or could write only now."""
        for moved in self._ledger.take_notices():
            self._news.settled_late(moved)

    def _tell(self, ending: Ending, submission: Submission) -> None:
        outcome = ending.outcome
        if isinstance(outcome, NeverSent):
            if outcome.by_us:
                return  # no news of the service
            self._news.reachable(outcome.reason if outcome.status is None else None)
        elif outcome is not None:
            self._news.reachable()
        self._news.settled(ending.settlement, submission, live=ending.claim.submission.live)
