"""A button that is a keyboard to the machine: its keys' events turned into levels."""

from kiosk.clock import Clock
from kiosk.errors import ButtonError
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
        """Take an open door; raises ButtonError, and closes it, where it is lost or has no key."""
        self._door = door
        self._clock = clock
        self._code = code
        self._dropped = False
        try:
            _refuse_what_has_no_button(door.keys(), code)
            self._down = set(door.held())
        except ButtonError:
            door.close()
            raise

    def fileno(self) -> int | None:
        """Return the device's descriptor."""
        return self._door.fileno()

    def read(self) -> list[Level]:
        """Return a level for each event of a key, and the present one."""
        levels = []
        for event in self._door.read():
            if self._ends_a_gap(event):
                # Newer than all that was read: the kernel throws away what it had queued behind.
                self._down = set(self._door.held())
                break
            if self._changes(event):
                levels.append(self._level(event.at))
        return [*levels, self._level(self._clock.monotonic())]

    def close(self) -> None:
        """Let go of the device."""
        self._door.close()

    def _ends_a_gap(self, event: InputEvent) -> bool:
        """Tell whether ``event`` is the first report after dropped ones."""
        if event.type != EV_SYN:
            return False
        ends = self._dropped and event.code == SYN_REPORT
        self._dropped = event.code == SYN_DROPPED or (self._dropped and not ends)
        return ends

    def _changes(self, event: InputEvent) -> bool:
        if event.type != EV_KEY or self._dropped:  # up to the next report nothing is whole
            return False
        if event.value == KEY_DOWN:
            self._down.add(event.code)
        elif event.value == KEY_UP:
            self._down.discard(event.code)
        return event.value in {KEY_DOWN, KEY_UP}

    def _level(self, at: float) -> Level:
        closed = bool(self._down) if self._code is None else self._code in self._down
        return Level(closed, at)


def _refuse_what_has_no_button(there: frozenset[int], code: int | None) -> None:
    """Raise ButtonError where no press can ever come of a device with these keys."""
    if not there:
        raise ButtonError(
            "the device has no keys: name one of /dev/input/by-id that ends in -event-kbd in "
            "trigger.button.device"
        )
    if code is not None and code not in there:
        raise ButtonError(
            f"the device has no key {code}: correct trigger.button.code, or take it out"
        )
