"""A stack light of Adafruit's from the inside: a byte is a lamp's number and what becomes of it."""

_LAMPS = (0x1, 0x2, 0x4, 0x8)  # red, yellow, green, buzzer
_ON, _OFF, _BLINK = 0x10, 0x20, 0x40


class TowerDecoder:
    """Freshly powered on: all dark and silent."""

    def __init__(self) -> None:
        self.misunderstood = bytearray()
        self._state = dict.fromkeys(_LAMPS, _OFF)

    @property
    def lit(self) -> tuple[bool, bool, bool, bool]:
        """Red, yellow, green, buzzer: whether each is on."""
        red, yellow, green, buzzer = (self._state[lamp] == _ON for lamp in _LAMPS)
        return red, yellow, green, buzzer

    def feed(self, data: bytes) -> None:
        """Take bytes in chunks of any size."""
        for byte in data:
            lamp, order = byte & 0x0F, byte & 0xF0
            if lamp in self._state and order in {_ON, _OFF, _BLINK}:
                self._state[lamp] = order
            else:
                self.misunderstood.append(byte)
