"""A display that notes when each byte came: the far end of a lane's line, for measurements."""

import time
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from kiosk.station.codecs import codec_named
from kiosk.station.codecs.text import Lines
from kiosk.station.simulated import SimulatedStation

_BITS_A_BYTE = 10  # 8N1: a start bit, eight of data, a stop bit


class TappedStation(SimulatedStation):
    """Also keeps all that was written on its line, with the moment each piece was read."""

    def __init__(self, display: str = "cd5220") -> None:
        self._pieces: list[tuple[float, bytes]] = []
        self._codec = codec_named(display)
        super().__init__(display)

    def mark(self) -> int:
        """Return how many pieces came so far, to look beyond them."""
        return len(self._pieces)

    def first_bytes_at(self, mark: int, messages: Sequence[Lines]) -> list[float]:
        """Return when each message's first byte came (monotonic s), looked for in their order.

        Fewer where one did not come.
        """
        pieces = self._pieces[mark:]
        stream = b"".join(data for _, data in pieces)
        ends = list(accumulate(len(data) for _, data in pieces))
        moments: list[float] = []
        place = 0
        for lines in messages:
            words = self._codec.show(lines)
            place = stream.find(words, place)
            if place < 0:
                break
            moments.append(pieces[bisect_right(ends, place)][0])
            place += len(words)
        return moments

    def on_the_line_s(self, lines: Lines, baud: int = 9600) -> float:
        """Return how long these lines' message takes on a real line."""
        return len(self._codec.show(lines)) * _BITS_A_BYTE / baud

    def _feed(self, data: bytes) -> None:
        self._pieces.append((time.monotonic(), data))
        super()._feed(data)
