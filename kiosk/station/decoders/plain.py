"""A terminal or a PLC that shows framed rows: its glass holds the last two complete ones."""

from collections.abc import Iterator

from kiosk.station.decoders.decoder import BLANK, COLUMNS, FULL, Rows, ascii_of


class PlainDecoder:
    """Scrolls: its two rows are the last two complete lines."""

    brightness = FULL
    is_blinking = False

    def __init__(self, begin: bytes = b"", end: bytes = b"\r\n") -> None:
        self._begin = begin
        self._end = end
        self._rows: Rows = (BLANK, BLANK)
        self._line = b""
        self._misunderstood = bytearray()

    @property
    def misunderstood(self) -> bytes:
        """Control characters other than the frame's, text outside it, and columns beyond 20."""
        return bytes(self._misunderstood)

    def feed(self, data: bytes) -> Iterator[Rows]:
        """Take bytes in chunks of any size; yield the rows after every change of them."""
        for byte in data:
            self._line += bytes([byte])
            if self._begin and bytes([byte]) == self._begin:
                self._misunderstood += self._line[:-1]
                self._line = self._begin
            elif self._line.endswith(self._end):
                line, self._line = self._line[: -len(self._end)], b""
                if line.startswith(self._begin):
                    yield self._scroll(line[len(self._begin) :])
                else:
                    self._misunderstood += line

    def _scroll(self, line: bytes) -> Rows:
        shown = ascii_of(line)[:COLUMNS]
        if len(shown) < len(line):
            self._misunderstood += line
        self._rows = (self._rows[1], shown.ljust(COLUMNS))
        return self._rows
