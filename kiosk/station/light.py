"""The stack light's worker: shows the mood of what the display says."""

from dataclasses import dataclass

from kiosk.clock import Clock
from kiosk.station.bulletin import Bulletin, Notice
from kiosk.station.codecs.lights import Lamps, light_named
from kiosk.station.lamps import lamps_for, next_turn_s
from kiosk.station.line import LineOwner
from kiosk.station.messages import Mood
from kiosk.station.port import LIGHT
from kiosk.supervisor import Life

_REPEAT_S = 60.0  # a lamp whose byte was lost is right again after this
_LONG_AGO_S = 3600.0


@dataclass(frozen=True, slots=True)
class LightSettings:
    """The light's line, and what it speaks."""

    port: str
    baud: int = 9600
    family: str = "adafruit_tower"  # a name of kiosk.station.codecs.lights.LIGHTS


class Light:
    """Follows the bulletin. Raises UsageError for a family that no codec knows.

    ``problem`` is as Station's.
    """

    name = "light"

    def __init__(self, settings: LightSettings, clock: Clock, bulletin: Bulletin) -> None:
        self._clock = clock
        self._bulletin = bulletin
        self._codec = light_named(settings.family)
        self._lit: Lamps | None = None  # None: not known
        self._said_at = 0.0
        self._resting: Mood | None = None
        self._resting_since = 0.0
        self._line = LineOwner(settings.port, settings.baud, LIGHT, self, clock)
        bulletin.follow(self._line.wake)

    @property
    def problem(self) -> str | None:
        """What is wrong with the light and what to do, or None."""
        return self._line.problem

    def run(self, life: Life) -> None:
        """Own the line until ``life.stopping``; the light is left dark."""
        self._line.run(life)

    def begin(self) -> bytes:
        """Say nothing yet: the first words are about all lamps."""
        self._lit = None
        return b""

    def next(self) -> tuple[bytes, float]:
        """Light what is due now."""
        now = self._clock.monotonic()
        notice = self._bulletin.read()
        age_s = self._age_s(notice, now)
        lamps = lamps_for(notice.message, age_s)
        turns = (next_turn_s(notice.message, age_s), notice.change_in_s, _REPEAT_S)
        wait_s = min(turn for turn in turns if turn is not None)
        before = self._lit
        if now - self._said_at >= _REPEAT_S or (before and before.buzzer and not lamps.buzzer):
            before = None  # a buzzer that missed its end would drive people mad: say all of it
        elif before == lamps:
            return b"", wait_s
        self._lit, self._said_at = lamps, now
        return self._codec.change(before, lamps), wait_s

    def hear(self, chunk: bytes) -> bytes:
        """Hear nothing."""
        return b""

    def farewell(self) -> bytes:
        """Go dark."""
        return self._codec.change(None, Lamps())

    def _age_s(self, notice: Notice, now: float) -> float:
        """Return the age that counts for the sound: what stands at rest sounds once.

        After each scan the same trouble comes back to the display, and would buzz all day.
        """
        if notice.message.hold_s is not None:
            return now - notice.since
        if notice.message.mood is not self._resting:
            self._resting, self._resting_since = notice.message.mood, notice.since
        return now - notice.since if notice.since == self._resting_since else _LONG_AGO_S
