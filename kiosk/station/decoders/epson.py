"""Epson's DM-D: a cursor that overwrites, or a window that scrolls."""

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.station.decoders.decoder import COLUMNS, FULL, CommandDecoder, is_ascii

_ARGUMENTS: Mapping[bytes, int] = MappingProxyType(
    {b"\x1f$": 2, b"\x1fX": 1, b"\x1fE": 1, b"\x1fC": 1}
)
_PERCENT: Mapping[int, int] = MappingProxyType({1: 20, 2: 40, 3: 60, 4: FULL})
_INTRODUCERS = b"\x1b\x1f"
_ROWS = 2


class EpsonDecoder(CommandDecoder):
    """Obeys the commands that the DM-D110's specification gives for text."""

    def __init__(self) -> None:
        super().__init__()
        self._scrolls = False
        self.has_cursor = False

    def _is_complete(self, command: bytes) -> bool:
        if command[0] not in _INTRODUCERS:
            return True
        return len(command) == 2 + _ARGUMENTS.get(command[:2], 0)

    def _obey(self, command: bytes) -> None:
        match tuple(command):
            case (0x0C,):
                self.cells.clear()
            case (0x1B, 0x40):
                self.cells.clear()
                self.brightness, self.is_blinking = FULL, False
                self._scrolls = self.has_cursor = False
            case (0x1F, (0x01 | 0x02) as mode):
                self._scrolls = mode != 1
            case (0x1F, 0x43, shown):
                self.has_cursor = shown != 0
            case (0x1F, 0x24, x, y) if 1 <= x <= COLUMNS and 1 <= y <= _ROWS:
                self.cells.move(y - 1, x - 1)
            case (0x1F, 0x58, level) if level in _PERCENT:
                self.brightness = _PERCENT[level]
            case (0x1F, 0x45, period):
                self.is_blinking = period != 0
            case (text,) if is_ascii(text):
                self.cells.put(chr(text), scrolls=self._scrolls)
            case _:
                self._wonder(command)
