"""What a stack light shows of a message at each moment: the three colours and the buzzer."""

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.station.codecs.lights import Lamps
from kiosk.station.messages import Message, Mood

_TURN_S = 0.5  # a passing call for attention is on and off so long
_BUZZES: Mapping[Mood, tuple[float, ...]] = MappingProxyType(
    {
        Mood.ATTENTION: (0.0, 0.2),
        Mood.BAD: (0.0, 0.3, 0.5, 0.8, 1.0, 1.3),
    }
)
"""When the buzzer goes on and off, in seconds of a message's age."""
_WINKS = (0.0, 0.25, 0.5, 0.75)  # when the green of good news goes off and on: it was green before


def lamps_for(message: Message, age_s: float) -> Lamps:
    """Return what is on ``age_s`` seconds after ``message`` came up.

    At rest green says that the lane takes scans. In passing green winks, yellow says that the lane
    works, and where it blinks that a person must look.
    """
    buzzer = _is_between(_BUZZES.get(message.mood, ()), age_s)
    passing = message.hold_s is not None
    match message.mood:
        case Mood.GOOD:
            return Lamps(green=not _is_between(_WINKS, age_s))
        case Mood.BAD:
            return Lamps(red=True, buzzer=buzzer)
        case Mood.ATTENTION:
            return Lamps(yellow=not passing or int(age_s / _TURN_S) % 2 == 0, buzzer=buzzer)
        case Mood.NEUTRAL:
            return Lamps(yellow=passing, green=not passing)
        case Mood.CLOSED:
            return Lamps()


def next_turn_s(message: Message, age_s: float) -> float | None:
    """Return in how many seconds the lamps change by themselves; None: not before the message."""
    edges = _WINKS if message.mood is Mood.GOOD else _BUZZES.get(message.mood, ())
    turns = [edge - age_s for edge in edges if edge > age_s]
    if message.mood is Mood.ATTENTION and message.hold_s is not None:
        turns.append((int(age_s / _TURN_S) + 1) * _TURN_S - age_s)
    return min(turns, default=None)


def _is_between(edges: tuple[float, ...], age_s: float) -> bool:
    """Tell whether an odd number of ``edges`` is past."""
    return sum(edge <= age_s for edge in edges) % 2 == 1
