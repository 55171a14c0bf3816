"""The ways in which a network camera's pictures come in; each runs on its stream's own thread."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kiosk.model import Image

SILENCE_S = 3.0
"""A line that says nothing for so long is lost; no call of a feed waits longer for a byte."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A picture that came in; ``at`` is monotonic s, never later than it truly came."""

    look: Callable[[], Image]
    at: float


class Feed(Protocol):
    """An open connection to a network camera. One thread calls everything."""

    def next(self) -> Arrival | None:
        """Wait for a picture; None where one came damaged. Raises CameraError when it is lost."""

    def close(self) -> None:
        """Hang up."""
