"""How far an attempt came: the one thing that decides what a failure means."""

from dataclasses import dataclass
from enum import IntEnum


class Phase(IntEnum):
    """The steps of an attempt, in order."""

    CONNECTING = 1  # name, TCP, TLS
    HEAD = 2  # everything but the picture's last bytes
    WAITING_ACK = 3  # until the kernel has the head acknowledged
    EARLY = 4  # the look for an answer that came before its time, and reading it
    CROSSING = 5  # the ledger writes down that the point of no return is next
    CROSSED = 6  # written down, and one more look for an early answer
    TAIL = 7  # the picture's last bytes
    ANSWER = 8

    @property
    def picture_may_be_there(self) -> bool:
        """Tell whether the service may hold the whole picture, and so may have charged for it."""
        return self >= Phase.TAIL

    @property
    def is_written_down(self) -> bool:
        """Tell whether the ledger holds the attempt as committed."""
        return self >= Phase.CROSSED


@dataclass(slots=True)
class Progress:
    """Written by the transport, read by the client, whatever happens to exceptions on the way.

    ``error`` is what ended the attempt, or cut its answer short. An exception's type says nothing
    about money: "connection reset" may mean that nothing was sent, or that a credit is gone.
    """

    phase: Phase = Phase.CONNECTING
    error: BaseException | None = None
