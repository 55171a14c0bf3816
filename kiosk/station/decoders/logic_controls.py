"""A Logic Controls display: it wakes up in the vertical scroll mode, its cursor lit."""

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.station.decoders.decoder import COLUMNS, FULL, CommandDecoder, is_ascii

_ARGUMENTS: Mapping[int, int] = MappingProxyType({0x03: 6, 0x04: 1, 0x10: 1})
_VERTICAL_SCROLL, _CURSOR_ON = 0x12, 0x13
_PERCENT: Mapping[int, int] = MappingProxyType({0x20: 20, 0x40: 40, 0x60: 60, 0xFF: FULL})


class LogicControlsDecoder(CommandDecoder):
    """Obeys the commands of the LD9000's manual that text needs."""

    def __init__(self) -> None:
        super().__init__()
        self._scrolls = True
        self.has_cursor = True

    def _is_complete(self, command: bytes) -> bool:
        return len(command) == 1 + _ARGUMENTS.get(command[0], 0)

    def _obey(self, command: bytes) -> None:
        match tuple(command):
            case (0x1F,):
                self.cells.clear()
                self.brightness = FULL
                self._scrolls = self.has_cursor = True
            case ((0x11 | 0x12) as mode,):
                self._scrolls = mode == _VERTICAL_SCROLL
            case ((0x13 | 0x14) as cursor,):
                self.has_cursor = cursor == _CURSOR_ON
            case (0x10, digit) if digit < 2 * COLUMNS:
                self.cells.move(*divmod(digit, COLUMNS))
            case (0x04, level) if level in _PERCENT:
                self.brightness = _PERCENT[level]
            case (text,) if is_ascii(text):
                self.cells.put(chr(text), scrolls=self._scrolls)
            case _:
                self._wonder(command)
