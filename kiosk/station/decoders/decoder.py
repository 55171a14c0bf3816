"""What all modelled displays have in common: commands that come in pieces, and a glass of cells."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Protocol

COLUMNS = 20
BLANK = " " * COLUMNS
FULL = 100

Rows = tuple[str, str]


def ascii_of(data: bytes) -> str:
    """Return what any display shows of ``data`` as it is."""
    return "".join(chr(byte) for byte in data if is_ascii(byte))


def is_ascii(byte: int) -> bool:
    """Tell whether any display shows ``byte`` as a character."""
    return ord(" ") <= byte <= ord("~")


class DisplayDecoder(Protocol):
    """A display from the inside, freshly powered on."""

    @property
    def misunderstood(self) -> bytes:
        """What a real display would have ignored or garbled."""

    @property
    def brightness(self) -> int:
        """How bright it is, in percent."""

    @property
    def is_blinking(self) -> bool:
        """Whether the rows come and go."""

    def feed(self, data: bytes) -> Iterator[Rows]:
        """Take bytes in chunks of any size; yield the rows after every change of them."""


class Cells:
    """Two rows of twenty cells and a cursor."""

    def __init__(self) -> None:
        self.clear()

    @property
    def rows(self) -> Rows:
        """What the cells hold."""
        return "".join(self._cells[0]), "".join(self._cells[1])

    def clear(self) -> None:
        """Blank all cells; the cursor goes home."""
        self._cells = [[" "] * COLUMNS, [" "] * COLUMNS]
        self.move(0, 0)

    def move(self, row: int, column: int) -> None:
        """Put the cursor into a cell, counted from 0."""
        self._row, self._column = row, column

    def put(self, glyph: str, *, wraps: bool = True, scrolls: bool = False) -> None:
        """Write at the cursor.

        ``wraps``: a full row goes on in the other one, else beyond the glass. ``scrolls``: a full
        lower row moves up at once.
        """
        if self._column < COLUMNS:
            self._cells[self._row][self._column] = glyph
        self._column += 1
        if self._column < COLUMNS or not wraps:
            return
        if self._row == 1 and scrolls:
            self._cells = [self._cells[1], [" "] * COLUMNS]
            self.move(1, 0)
        else:
            self.move(1 - self._row, 0)


class CommandDecoder(ABC):
    """A display that collects the bytes of a command and then obeys it."""

    def __init__(self) -> None:
        self.cells = Cells()
        self.brightness = FULL
        self.is_blinking = False
        self._pending = b""  # a command that is not complete yet
        self._misunderstood = bytearray()

    @property
    def misunderstood(self) -> bytes:
        """What a real display would have ignored or garbled."""
        return bytes(self._misunderstood)

    def feed(self, data: bytes) -> Iterator[Rows]:
        """Take bytes in chunks of any size; yield the rows after every change of them."""
        for byte in data:
            before = self.cells.rows
            self._pending += bytes([byte])
            if self._is_complete(self._pending):
                command, self._pending = self._pending, b""
                self._obey(command)
            if self.cells.rows != before:
                yield self.cells.rows

    @abstractmethod
    def _is_complete(self, command: bytes) -> bool:
        """Tell whether no byte of ``command`` is missing."""

    @abstractmethod
    def _obey(self, command: bytes) -> None:
        """Do what a complete command, or a character, says."""

    def _wonder(self, command: bytes) -> None:
        self._misunderstood += command
