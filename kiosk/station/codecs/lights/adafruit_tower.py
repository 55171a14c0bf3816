"""Adafruit's USB tower light with alarm (products 2993, 5125): 9600 baud, 8N1.

Source: Adafruit, "Tri-Color USB Controlled Tower Light with Buzzer", example code. One byte a
command: 1x is on, 2x is off, 4x blinks; x is 1 red, 2 yellow, 4 green, 8 the buzzer. It keeps its
state while it has its supply, also when the host is gone.
"""

from kiosk.station.codecs.lights.light import Lamps

_ON, _OFF = 0x10, 0x20
_NUMBERS = (0x1, 0x2, 0x4, 0x8)


class AdafruitTower:
    """A byte for each lamp that changes."""

    name = "adafruit_tower"

    def change(self, before: Lamps | None, after: Lamps) -> bytes:
        """Say only what differs, off before on; all of it where ``before`` is not known."""
        old = (None,) * len(_NUMBERS) if before is None else _states(before)
        changes = [
            (number, is_on)
            for number, was_on, is_on in zip(_NUMBERS, old, _states(after), strict=True)
            if was_on is not is_on
        ]
        off = [_OFF | number for number, is_on in changes if not is_on]
        return bytes(off + [_ON | number for number, is_on in changes if is_on])


def _states(lamps: Lamps) -> tuple[bool, bool, bool, bool]:
    return lamps.red, lamps.yellow, lamps.green, lamps.buzzer
