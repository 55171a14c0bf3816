"""When the queue may try again: back-off with jitter, and the breaker. Pure, on injected time.

Failures *before* the tail cost nothing: the waits double, and after ``breaker.failures`` of them
a probe (a connection that sends nothing) goes first. Doubts may each have cost a credit:
``breaker.doubts`` in a row open the breaker for real, then at most one submission goes out every
``breaker.retry_s``, doubling, and after three more doubts the queue must pause for a person.
"""

import random
from dataclasses import dataclass

_DOUBTFUL_TRIALS = 3
_LONGEST_RETRY_AFTER_S = 3600.0  # a service that asks for more is asked again after an hour


@dataclass(frozen=True, slots=True)
class PacingSettings:
    """Seconds and counts of the configuration's ``service.backoff`` and ``service.breaker``."""

    first_s: float = 1.0
    max_s: float = 300.0
    failures: int = 5
    doubts: int = 3
    retry_s: float = 900.0


class Pacing:
    """Counts what happened and says when the next attempt may go, and whether to probe first."""

    def __init__(
        self,
        settings: PacingSettings,
        dice: random.Random | None = None,
        *,
        doubts: int = 0,
        now: float = 0.0,
    ) -> None:
        """Begin at ``now`` with as many ``doubts`` in a row as the ledger knows of.

        A lane that dies after each tail would burn a credit at each start if it counted anew.
        """
        self._settings = settings
        self._dice = dice or random.Random()  # noqa: S311 - jitter, no secret
        self._failures = 0
        self._doubts = doubts
        self._service_failed = False  # after taking a picture, in this process
        self._not_before = 0.0
        self._asked_to_wait = False
        self._hold_back(now)

    @property
    def must_probe(self) -> bool:
        """Tell whether a connection without a submission must succeed first."""
        return self._failures >= self._settings.failures

    @property
    def is_well(self) -> bool:
        """Tell whether nothing has failed since the last sound answer."""
        return not self._failures and not self._doubts

    @property
    def must_pause(self) -> bool:
        """Tell whether so many doubts followed each other that a person must look."""
        return self._doubts >= self._settings.doubts + _DOUBTFUL_TRIALS

    @property
    def is_open(self) -> bool:
        """Tell whether the breaker holds submissions back after doubts."""
        return self._doubts >= self._settings.doubts

    @property
    def why_waiting(self) -> str:
        """Say why ``seconds_to_wait`` is above 0, for who waits at the display."""
        if self._asked_to_wait:
            return "the service asked for a pause"
        if self.is_open:
            if self._service_failed:
                return "the service failed after taking pictures: the next one goes out later"
            return "the last pictures got no sound answer: the next one goes out later"
        return "the service could not be reached: it is tried again soon"

    def seconds_to_wait(self, now: float) -> float:
        """Seconds (≥ 0) until the next attempt or probe may go."""
        return max(0.0, self._not_before - now)

    def hurry(self) -> None:
        """Skip a mere back-off, since a person waits; a wish of the service's still holds."""
        if not self._asked_to_wait and not self.is_open:
            self._not_before = 0.0

    def failed(self, now: float, retry_after_s: float | None = None) -> None:
        """Note a failure before the tail: it cost nothing."""
        self._failures += 1
        doubled = self._settings.first_s * 2 ** min(self._failures - 1, 30)
        ceiling = min(self._settings.max_s, doubled)
        wait = ceiling * self._dice.uniform(0.5, 1.0)
        if retry_after_s is not None:
            wait = max(wait, min(retry_after_s, _LONGEST_RETRY_AFTER_S))
        self._asked_to_wait = retry_after_s is not None
        self._not_before = max(self._not_before if self.is_open else 0.0, now + wait)

    def doubted(self, now: float) -> None:
        """Note an attempt that may have cost a credit for nothing."""
        self._doubts += 1
        self._service_failed = True
        self._failures = 0
        self._asked_to_wait = False
        self._hold_back(now)

    def probed(self) -> None:
        """Note that a connection could be made: the failures before the tail are over."""
        self._failures = 0
        self._asked_to_wait = False
        self._not_before = 0.0

    def answered(self) -> None:
        """Note a sound answer: all is well."""
        self._failures = self._doubts = 0
        self._service_failed = False
        self._asked_to_wait = False
        self._not_before = 0.0

    def resumed(self) -> None:
        """Begin anew, since a person resumed the queue."""
        self.answered()

    def _hold_back(self, now: float) -> None:
        if self.is_open:
            doublings = min(self._doubts - self._settings.doubts, _DOUBTFUL_TRIALS)
            self._not_before = now + self._settings.retry_s * 2**doublings
