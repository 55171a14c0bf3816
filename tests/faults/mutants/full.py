"""No mistake of the program's but of its surroundings: a disk that is full from some moment on.

The moment is one of `PHASES`, named in the file that the environment's FULL_AT names; once there
the file is gone, and a ``filler`` in the state directory holds all the room there was.
"""

import os
from collections.abc import Callable
from pathlib import Path

from small_disk import fill

from kiosk.ledger.ledger import Ledger
from kiosk.ledger.spent import SpentLog
from kiosk.model import Claim
from kiosk.service.client import ServiceClient
from kiosk.service.phase import Phase
from kiosk.service.tail import HeldTailAdapter
from mutants.put import Put

_ENTERED = {
    Phase.HEAD: "connected",
    Phase.EARLY: "head_sent",
    Phase.CROSSED: "crossed",
    Phase.ANSWER: "tail_sent",
}
BEFORE = ("accepted", "claimed", "connected", "head_sent", "committed")
AFTER = ("crossed", "tail_sent", "answered")
PHASES = (*BEFORE, *AFTER)
"""In `BEFORE` nothing is sent until there is room; what comes in `AFTER` was paid for and stays."""


def full(put: Put) -> None:
    """Fill the disk at the moment that is asked for."""
    state: list[Path] = []

    def reach(phase: str) -> None:
        wish = Path(os.environ["FULL_AT"])
        if wish.exists() and wish.read_text("ascii") == phase:
            fill(state[0])
            wish.unlink()

    opening = Ledger.open.__func__

    def opened(kind: type[Ledger], state_dir: Path, *args: object, **more: object) -> Ledger:
        state[:] = [state_dir]
        return opening(kind, state_dir, *args, **more)

    put(Ledger, "open", classmethod(opened))
    _after(put, Ledger, "enqueue", lambda _done: reach("accepted"))
    _after(put, Ledger, "claim", lambda done: isinstance(done, Claim) and reach("claimed"))
    _after(put, ServiceClient, "attempt", lambda _done: reach("answered"))
    spend = SpentLog.spend

    def committed(log: SpentLog, *args: object) -> None:
        reach("committed")
        spend(log, *args)

    put(SpentLog, "spend", committed)
    enter = HeldTailAdapter._enter

    def entered(adapter: HeldTailAdapter, phase: Phase) -> None:
        enter(adapter, phase)
        reach(_ENTERED.get(phase, ""))

    put(HeldTailAdapter, "_enter", entered)


def _after(put: Put, owner: type, name: str, act: Callable[[object], object]) -> None:
    call = getattr(owner, name)

    def called(*args: object, **more: object) -> object:
        done = call(*args, **more)
        act(done)
        return done

    put(owner, name, called)
