"""A Matrix Orbital display, and Adafruit's backpack that speaks its language in its own way."""

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.station.decoders.decoder import COLUMNS, CommandDecoder, is_ascii

_PREFIX = 0xFE
_WRAP_ON, _SCROLL_ON = 0x43, 0x51
_ARGUMENTS: Mapping[int, int] = MappingProxyType(
    {ord("B"): 1, ord("G"): 2, ord("P"): 1, 0x91: 1, 0x98: 1, 0x99: 1, 0xD0: 3}
)
_LOOKS = str.maketrans({"\\": "¥", "~": "→"})  # the HD44780's character ROM A00
_ROWS = 2


class MatrixOrbitalDecoder(CommandDecoder):
    """A display of 2×20 that wraps and scrolls until it is told not to; a power cycle forgets."""

    def __init__(self) -> None:
        super().__init__()
        self.eeprom_writes = 0
        self._wraps = True
        self._scrolls = True

    def _is_complete(self, command: bytes) -> bool:
        if command[0] != _PREFIX:
            return True
        return len(command) > 1 and len(command) == 2 + _ARGUMENTS.get(command[1], 0)

    def _obey(self, command: bytes) -> None:
        match tuple(command):
            case (0xFE, 0x58):
                self.cells.clear()
            case (0xFE, (0x43 | 0x44) as wrap):
                self._wrap(on=wrap == _WRAP_ON)
            case (0xFE, (0x51 | 0x52) as scroll):
                self._scroll(on=scroll == _SCROLL_ON)
            case (0xFE, 0x47, x, y) if 1 <= x <= COLUMNS and 1 <= y <= _ROWS:
                self.cells.move(y - 1, x - 1)
            case (0xFE, 0x99, level):
                self._light(level)
            case (text,) if is_ascii(text):
                glyph = chr(text).translate(_LOOKS)
                self.cells.put(glyph, wraps=self._wraps, scrolls=self._scrolls)
            case _:
                self._wonder(command)

    def _wrap(self, *, on: bool) -> None:
        self._wraps = on

    def _scroll(self, *, on: bool) -> None:
        self._scrolls = on

    def _light(self, level: int) -> None:
        self.brightness = level * 100 // 0xFF


class AdafruitBackpackDecoder(MatrixOrbitalDecoder):
    """Always wraps; "scroll off" writes its EEPROM every time, the brightness where it changes."""

    def _wrap(self, *, on: bool) -> None:
        pass  # its firmware has the command, and does nothing

    def _scroll(self, *, on: bool) -> None:
        self.eeprom_writes += 1
        super()._scroll(on=on)

    def _light(self, level: int) -> None:
        before = self.brightness
        super()._light(level)
        self.eeprom_writes += self.brightness != before
