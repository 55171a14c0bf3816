"""A button on a GPIO line: edges as the kernel stamped them, and the level as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kiosk.clock import Clock
from kiosk.errors import ButtonError
from kiosk.triggers.contact import Level

_LOST = "GPIO line {name} was lost: is its chip still there? (docs/buttons.md)"


@dataclass(frozen=True, slots=True)
class GpioEdge:
    """A change that the kernel saw; ``at`` is in monotonic seconds."""

    rising: bool  # the line became active
    at: float


class LineDoor(Protocol):
    """A requested line. All but ``close`` raise OSError when its chip is gone."""

    def fileno(self) -> int:
        """Return the descriptor to poll for edges."""

    def edges(self) -> Sequence[GpioEdge]:
        """Return the edges that wait, oldest first; never waits itself."""

    def is_active(self) -> bool:
        """Look at the line now."""

    def close(self) -> None:
        """Let go of the line. Never raises."""


class GpioLine:
    """Closed while the line is active; ``name`` is for the words of a person.

    The level is looked at with every reading: an edge that the kernel had no room for costs no
    press, and leaves no button held for ever.
    """

    def __init__(self, door: LineDoor, name: str, clock: Clock) -> None:
        self._door = door
        self._name = name
        self._clock = clock

    def fileno(self) -> int | None:
        """Return the line's descriptor."""
        return self._door.fileno()

    def read(self) -> list[Level]:
        """Return a level for each edge, and the present one; raises ButtonError."""
        try:
            levels = [Level(edge.rising, edge.at) for edge in self._door.edges()]
            return [*levels, Level(self._door.is_active(), self._clock.monotonic())]
        except OSError as error:
            raise ButtonError(_LOST.format(name=self._name)) from error

    def close(self) -> None:
        """Let go of the line."""
        self._door.close()
