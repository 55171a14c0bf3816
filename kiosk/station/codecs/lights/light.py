"""What the station needs of a family of stack lights."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Lamps:
    """What is on; nothing, unless it is said."""

    red: bool = False
    yellow: bool = False
    green: bool = False
    buzzer: bool = False


class LightCodec(Protocol):
    """Turns lamps into a light's bytes; pure, without a port and without state."""

    @property
    def name(self) -> str:
        """The name in the configuration."""

    def change(self, before: Lamps | None, after: Lamps) -> bytes:
        """Say only what differs; all of it where ``before`` is not known (None).

        What ends comes before what begins: a cut line leaves too little on, never two colours.
        """
