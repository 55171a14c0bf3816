"""The second request: made ready beside the one whose answer is awaited, its tail held back."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.clock import Clock
from kiosk.ledger.ledger import Ledger
from kiosk.model import AttemptOutcome, Claim, NeverSent
from kiosk.service.client import ServiceClient
from kiosk.service.held import HeldRequest


@dataclass(frozen=True, slots=True)
class Ready:
    """Only its tail is missing; the ledger has it as committed."""

    claim: Claim
    request: HeldRequest
    since: float  # monotonic; when the service had all but the tail


@dataclass(frozen=True, slots=True)
class Early:
    """An answer began to come before its tail, and is not read yet: it may have cost a credit."""

    claim: Claim
    request: HeldRequest


@dataclass(frozen=True, slots=True)
class Ended:
    """It has ended, and the ledger does not know it yet."""

    claim: Claim
    outcome: AttemptOutcome


@dataclass(frozen=True, slots=True)
class LetGo:
    """The lane had better to do, and hung up: nothing of it was sent whole."""

    claim: Claim


Standby = Ready | Early | Ended | LetGo
"""What became of the second request; each holds a claim that is still open."""


def make_ready(
    claim: Claim,
    ledger: Ledger,
    client: ServiceClient,
    clock: Clock,
    *,
    stopping: threading.Event,
    in_the_way: Callable[[], bool],
) -> Standby:
    """Send all but the tail, and write the point of no return down.

    ``in_the_way`` is asked at every wait: whether that holds up something better. Raises
    PictureError, nothing having been sent, and what the ledger raises: it has taken the claim back.
    """
    acknowledged = 0.0

    def cross() -> None:
        nonlocal acknowledged
        acknowledged = clock.monotonic()
        ledger.commit_tail(claim)

    request = client.prepare(
        claim.crop, claim.format, cross=cross, stopping=stopping, in_the_way=in_the_way
    )
    if isinstance(request, NeverSent):
        return LetGo(claim) if request.by_us else Ended(claim, request)
    if request.is_waiting:
        return Ready(claim, request, acknowledged)
    if not request.read_early(in_the_way):
        return Early(claim, request)
    return Ended(claim, request.finish())


def look_again(standby: Standby | None) -> Standby | None:
    """Return the same, or ``Early`` where an answer came while it waited: never dropped unread."""
    if isinstance(standby, Ready) and not standby.request.is_waiting:
        return Early(standby.claim, standby.request)
    return standby
