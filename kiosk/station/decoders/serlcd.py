"""A SerLCD with the firmware OpenLCD: one byte of text in the wrong place may change it for good.

Its 20×4 glass is modelled by the two upper rows.
"""

from kiosk.station.decoders.decoder import COLUMNS, CommandDecoder, is_ascii

_SETTING, _COMMAND = 0x7C, 0xFE
_LOOKS = str.maketrans({"\\": "¥", "~": "→"})  # the HD44780's character ROM A00
_ADDRESS = 0x80  # the bit that makes a command of the controller a place for its cursor
_CHARACTER_BYTES = 8


class SerLcdDecoder(CommandDecoder):
    """Settings after ``|``, the controller's commands after FE, all else is text."""

    def __init__(self) -> None:
        super().__init__()
        self.eeprom_writes = 0

    def _is_complete(self, command: bytes) -> bool:
        return len(command) >= _length(command)

    def _obey(self, command: bytes) -> None:
        match tuple(command):
            case (0x7C, 0x2D):
                self.cells.clear()
            case (0x7C, 0x2B, red, green, blue):
                self.eeprom_writes += 1
                self.brightness = (red + green + blue) * 100 // (3 * 0xFF)
            case (0xFE, address) if address & _ADDRESS:
                self._place(address & ~_ADDRESS)
            case (0xFE, 0x2D):
                pass  # function set: four bits, two lines, as it is
            case (text,) if is_ascii(text):
                self.cells.put(chr(text).translate(_LOOKS), wraps=False)
            case _:
                self._wonder(command)

    def _place(self, address: int) -> None:
        row, column = divmod(address, 0x40)
        if column < COLUMNS:
            self.cells.move(row, column)


def _length(command: bytes) -> int:
    """Return how many bytes a command has that begins like this."""
    if command[0] not in {_SETTING, _COMMAND}:
        return 1
    if command[1:] == b"":
        return 2
    records = range(27, 35) if command[0] == _SETTING else range(0x40, 0x80)
    if command[1] in records:  # a character's dots follow
        return 2 + _CHARACTER_BYTES
    if command[0] == _SETTING:
        return {ord("+"): 5, 0x18: 3, 0x19: 3}.get(command[1], 2)
    return 2
