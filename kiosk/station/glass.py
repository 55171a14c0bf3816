"""The modelled glass: a 2×20 display that shows what the bytes sent to it mean."""

from kiosk.station.codecs.text import Lines
from kiosk.station.decoders import DECODERS, DisplayDecoder

_DARK: Lines = ("", "")
_REMEMBERED = 100_000  # states: days of a demo; then the older half is forgotten


class Glass:
    """What a person in front of the display sees, and has seen.

    ``display`` is a codec's name.
    """

    def __init__(self, display: str = "cd5220") -> None:
        self._display = display
        self._decoder: DisplayDecoder = DECODERS[display]()
        self._history: list[Lines] = [_DARK]
        self._misunderstood = b""

    def feed(self, data: bytes) -> None:
        """Take the next bytes from the line, in chunks of any size."""
        for lines in self._decoder.feed(data):
            self._see(lines)

    def power_cycle(self) -> None:
        """Go dark and forget all modes, as a display does that lost its supply."""
        self._misunderstood += self._decoder.misunderstood
        self._decoder = DECODERS[self._display]()
        self._see(_DARK)

    @property
    def lines(self) -> Lines:
        """Both rows, without the blanks at their ends."""
        return self._history[-1]

    @property
    def text(self) -> str:
        """Both rows, joined by a line feed."""
        return "\n".join(self.lines)

    @property
    def brightness(self) -> int:
        """How bright it is, in percent; 100 where it cannot be set."""
        return self._decoder.brightness

    @property
    def is_blinking(self) -> bool:
        """Whether the rows come and go."""
        return self._decoder.is_blinking

    @property
    def history(self) -> tuple[Lines, ...]:
        """The states that could be seen, the oldest first; a long life keeps the latest."""
        return tuple(self._history)

    @property
    def misunderstood(self) -> bytes:
        """Bytes that a real display would have ignored or garbled; empty where all is well."""
        return self._misunderstood + self._decoder.misunderstood

    def _see(self, rows: Lines) -> None:
        lines = (rows[0].rstrip(), rows[1].rstrip())
        if lines != self.lines:
            self._history.append(lines)
            if len(self._history) > _REMEMBERED:
                del self._history[: _REMEMBERED // 2]
