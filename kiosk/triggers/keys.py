"""A button that is a keyboard to the machine: its keys' events turned into levels."""

from kiosk.clock import Clock
from kiosk.triggers.contact import Level
from kiosk.triggers.input_events import (
    EV_KEY,
    EV_SYN,
    KEY_DOWN,
    KEY_UP,
    SYN_DROPPED,
    SYN_REPORT,
    InputDoor,
    InputEvent,
)


class Keys:
    """Closed while a key is down: any key of the device, or the one with ``code``.

    A repeat (the kernel's own, for as long as a key is held) changes nothing. Where the kernel had
    to drop events it is asked anew which keys are down (Documentation/input/event-codes.rst).
    """

    def __init__(self, door: InputDoor, clock: Clock, code: int | None = None) -> None:
        """Take an open door; raises ButtonError where it is lost already."""
        self._door = door
        self._clock = clock
        self._code = code
        self._down = set(door.held())
        self._dropped = False

    def fileno(self) -> int | None:
        """Return the device's descriptor."""
        return self._door.fileno()

    def read(self) -> list[Level]:
        """Return a level for each event of a key, and the present one."""
        levels = [self._level(event.at) for event in self._door.read() if self._changes(event)]
        return [*levels, self._level(self._clock.monotonic())]

    def close(self) -> None:
        """Let go of the device."""
        self._door.close()

    def _changes(self, event: InputEvent) -> bool:
        if event.type == EV_SYN and event.code == SYN_DROPPED:
            self._dropped = True
        elif self._dropped:  # what follows up to the next report is not whole
            if event.type != EV_SYN or event.code != SYN_REPORT:
                return False
            self._dropped = False
            self._down = set(self._door.held())
            return True
        elif event.type == EV_KEY and event.value == KEY_DOWN:
            self._down.add(event.code)
            return True
        elif event.type == EV_KEY and event.value == KEY_UP:
            self._down.discard(event.code)
            return True
        return False

    def _level(self, at: float) -> Level:
        closed = bool(self._down) if self._code is None else self._code in self._down
        return Level(closed, at)
