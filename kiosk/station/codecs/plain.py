"""Plain text: for terminals and displays that scroll; two lines a message, each ended by CR LF."""

from kiosk.station.codecs.text import Lines, row

_NEW_LINE = b"\r\n"


class Plain:
    """Writes each message as two lines of 20 columns."""

    name = "plain"

    def initialise(self) -> bytes:
        """End a line that a lost connection cut short."""
        return _NEW_LINE

    def show(self, lines: Lines) -> bytes:
        """Write two lines of exactly 20 columns."""
        upper, lower = lines
        return row(upper) + _NEW_LINE + row(lower) + _NEW_LINE

    def clear(self) -> bytes:
        """Scroll the last message away."""
        return self.show(("", ""))
