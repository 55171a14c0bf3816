"""Carries claims through their attempts; of the backlog the next one is made ready meanwhile.

While an answer is awaited the disk and the line to the service are idle. So the next picture of the
backlog is claimed, its head sent, and its point of no return written down; its tail follows as soon
as the answer is sound, and only then that answer is written. Any other end, a stop, a pause or
somebody at the display takes the next one back before its tail. Decision 17 has the states.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from kiosk.clock import Clock
from kiosk.errors import LedgerError, LedgerFullError, PictureError
from kiosk.ledger.ledger import Ledger
from kiosk.model import Answered, AttemptOutcome, Claim, Held, NeverSent
from kiosk.service.client import ServiceClient
from kiosk.service.company import Company
from kiosk.service.endings import Endings
from kiosk.service.held import HeldRequest
from kiosk.service.news import News
from kiosk.service.outcome import is_sound, is_wasted
from kiosk.service.pacing import Pacing
from kiosk.service.standby import Early, Ended, LetGo, Ready, Standby, look_again, make_ready
from kiosk.supervisor import Life

# An answer that has come is not left unread for longer than this by a request that gets ready.
_LONGEST_HOLD_UP_S = 1.0
# Servers hang up on requests that do not go on, some after ten seconds; what is sent into that
# moment would be a doubt.
_STALE_S = 5.0


@dataclass(slots=True)
class _Turn:
    """One attempt, and what there is besides: what is before it, and what comes behind."""

    claim: Claim
    request: HeldRequest | None = None  # where it was made ready before its turn
    before: Ended | None = None  # ended soundly, and not yet written
    standby: Standby | None = None
    came_to_nothing: bool = False  # the standby, by the service's fault or the network's
    errors: list[Exception] = field(default_factory=list)

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Keep what goes wrong until all that has ended is written."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - raised by ``raise_the_worst``
            self.errors.append(error)

    def raise_the_worst(self) -> None:
        """Raise what was noted: a full disk passes, and must not hide what does not."""
        if self.errors:
            raise min(self.errors, key=lambda error: isinstance(error, LedgerFullError))


class Deliveries:
    """Sends what the ledger gives out, and writes down what came of it. One thread uses it."""

    def __init__(
        self,
        ledger: Ledger,
        client: ServiceClient,
        pacing: Pacing,
        clock: Clock,
        news: News,
        *,
        longest_attempt_s: float,
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._pacing = pacing
        self._clock = clock
        self._news = news
        self._endings = Endings(ledger, pacing, clock, news)
        self._company = Company()
        self._longest_attempt_s = longest_attempt_s
        self._hurry_asked = False  # while an attempt was under way

    def hurry(self) -> None:
        """Say, from any thread, that somebody waits at the display."""
        self._hurry_asked = True

    def send_next(self, life: Life) -> Held | None:
        """Send what is to be sent next, and the backlog behind it while all goes well.

        Returns why there is nothing to send. Raises LedgerError.
        """
        self._hurry_asked = False  # from here on it is meant for another submission
        try:
            claim = self._ledger.claim()
        except LedgerError:
            self._endings.tell_late()
            raise
        self._news.room()
        if isinstance(claim, Held):
            self._endings.tell_late()
            return claim
        turn: _Turn | None = self._first(claim)
        while turn is not None:  # only ever one of them: each leads to the one behind it
            turn = self._take(turn, life)
        return None

    def _first(self, claim: Claim) -> _Turn:
        turn = _Turn(claim)
        with turn.noting():
            self._endings.tell_late()
            self._news.daily_limit(reached=False)
        return turn

    def _take(self, turn: _Turn, life: Life) -> _Turn | None:
        """Carry one attempt to its end; return the next where that may go at once."""
        life.lease(self._longest_attempt_s)
        try:
            outcome = self._client.attempt(
                turn.claim.crop,
                turn.claim.format,
                cross=lambda: self._ledger.commit_tail(turn.claim),
                stopping=life.stopping,
                held=turn.request,
                meanwhile=lambda is_answered: self._meanwhile(turn, life, is_answered),
            )
        except PictureError as error:  # before anything was sent
            with turn.noting():
                self._endings.reject(turn.claim, str(error))
            turn.raise_the_worst()
            return None
        finally:
            life.beat()
        turn.standby = look_again(turn.standby)
        ready = self._following(turn, outcome, life)
        self._learn(turn, outcome)
        if ready is not None:
            return _Turn(ready.claim, ready.request, before=Ended(turn.claim, outcome))
        self._end(turn, outcome, life)
        return None

    def _following(self, turn: _Turn, outcome: AttemptOutcome, life: Life) -> Ready | None:
        """Return what may go at once: between this and its tail nothing blocks."""
        ready, lets_go = turn.standby, False
        if not isinstance(ready, Ready):
            return None
        with turn.noting():
            lets_go = is_sound(outcome) and self._ledger.lets_a_tail_go()
        # What may change at any time comes last, for the ledger may have had to be waited for.
        if self._clock.monotonic() - ready.since > _STALE_S:
            turn.came_to_nothing = True
        held_up = turn.came_to_nothing or self._hurry_asked or life.stopping.is_set()
        return ready if lets_go and not turn.errors and not held_up else None

    def _learn(self, turn: _Turn, outcome: AttemptOutcome) -> None:
        """Let ``company`` hear of an attempt that waited, or beside which another one did."""
        waited = turn.request is not None
        failed = is_wasted(outcome) or (waited and isinstance(outcome, NeverSent))
        if failed and (waited or turn.standby is not None):
            turn.came_to_nothing = True
        if turn.came_to_nothing or isinstance(turn.standby, Early):
            self._company.came_to_nothing()
        elif waited and is_sound(outcome):
            self._company.went_well()

    # ---- while an answer is awaited -------------------------------------------------------

    def _meanwhile(self, turn: _Turn, life: Life, is_answered: Callable[[], bool]) -> None:
        claim = None
        with turn.noting():
            claim = self._claim_beside(turn, life)
        with turn.noting():
            self._endings.tell_late()
        if isinstance(claim, Claim) and turn.errors:
            turn.standby = LetGo(claim)  # what could not be told will be raised: it ends here
        elif isinstance(claim, Claim):
            with turn.noting():
                turn.standby = self._make_ready(turn, claim, life, is_answered)
        life.lease(self._longest_attempt_s)  # from here on the answer is read

    def _claim_beside(self, turn: _Turn, life: Life) -> Claim | Held | None:
        """Write how the attempt before ended, and claim the next one, in one transaction."""
        if turn.before is None:
            welcome = self._may_prepare(turn, life)
            return self._ledger.claim(beside=turn.claim) if welcome else None
        before = self._endings.judge(turn.before)
        if not self._may_prepare(turn, life):
            turn.before = None
            self._endings.write(before)
            return None
        try:
            tell, claim = self._endings.write_and_claim(before, turn.claim)
        except LedgerFullError:
            turn.before = None  # the ledger keeps it, and writes it before the next claim
            raise
        turn.before = None
        with turn.noting():
            tell()
        return claim

    def _may_prepare(self, turn: _Turn, life: Life) -> bool:
        if turn.claim.submission.live or self._hurry_asked or life.stopping.is_set():
            return False
        return self._pacing.is_well and not turn.errors and self._company.is_welcome()

    def _make_ready(
        self, turn: _Turn, claim: Claim, life: Life, is_answered: Callable[[], bool]
    ) -> Standby | None:
        began = self._clock.monotonic()

        def in_the_way() -> bool:
            late = self._clock.monotonic() - began > _LONGEST_HOLD_UP_S
            return (late or self._hurry_asked) and is_answered()

        life.lease(self._longest_attempt_s)
        try:
            standby = make_ready(
                claim,
                self._ledger,
                self._client,
                self._clock,
                stopping=life.stopping,
                in_the_way=in_the_way,
            )
        except PictureError as error:
            self._endings.reject(claim, str(error))
            return None
        wanted_back = self._hurry_asked or life.stopping.is_set()
        gave_way = isinstance(standby, LetGo) and wanted_back
        turn.came_to_nothing = not (isinstance(standby, Ready) or gave_way)
        if isinstance(standby, Ended) and isinstance(standby.outcome, Answered):
            self._endings.write(self._endings.judge(standby))  # it may have cost a credit: at once
            return None
        return standby

    # ---- when nothing follows at once -----------------------------------------------------

    def _end(self, turn: _Turn, outcome: AttemptOutcome, life: Life) -> None:
        """Write all that has ended, each whatever becomes of the others."""
        for write in self._writes(turn, outcome, life):
            with turn.noting():
                write()
        if self._hurry_asked:  # who pressed meanwhile does not wait for a back-off
            self._pacing.hurry()
        turn.raise_the_worst()

    def _writes(self, turn: _Turn, outcome: AttemptOutcome, life: Life) -> list[Callable[[], None]]:
        """List what is to be written, in its order: what was paid for first, a pause last.

        Who sees the queue paused finds nothing that waits; but an answer never waits until another
        is read.
        """
        before = [self._endings.judge(turn.before)] if turn.before is not None else []
        own = self._endings.judge(Ended(turn.claim, outcome))
        writes: list[Callable[[], None]] = [
            partial(self._endings.write, ending) for ending in (*before, own)
        ]
        standby = turn.standby
        pause_last = own.may_stop_the_queue and not isinstance(standby, Early)
        place = len(before) if pause_last else len(writes)
        match standby:
            case Ready():
                writes.insert(place, partial(self._withdraw, standby, life))
            case Early():
                writes.insert(place, partial(self._read_early, standby, life))
            case Ended():  # judged last: its back-off must not end with the answer above
                writes.insert(place, partial(self._endings.write, self._endings.judge(standby)))
            case LetGo(claim):
                writes.insert(place, partial(self._endings.take_back, claim))
        return writes

    def _withdraw(self, ready: Ready, life: Life) -> None:
        early = look_again(ready)
        if isinstance(early, Early):
            self._read_early(early, life)
            return
        ready.request.close()  # its tail will not leave
        self._endings.take_back(ready.claim)

    def _read_early(self, early: Early, life: Life) -> None:
        life.lease(self._longest_attempt_s)
        outcome = early.request.finish()
        life.beat()
        self._endings.write(self._endings.judge(Ended(early.claim, outcome)))
