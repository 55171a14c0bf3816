"""Tells what a line gives back of what it was sent from what a button sends."""

_RUN = 16  # bytes; a button sends no more, and every row that ends with CR is longer
_KEPT = 512  # of what was sent: a few messages
_BITS = 10  # of a byte on the line: 8N1
_DELAY_S = 0.25  # how much later an adapter, or a PLC between two of its cycles, may repeat
_NEVER = float("-inf")


class Echo:
    """Knows what may come back; time comes from the caller.

    An RS-485 adapter hears itself, terminals and PLCs repeat what they get. The CR within a message
    would then be a press of the button that sends CR, and each press brings a new message. Once a
    run of bytes came back, what arrives while something is sent, and shortly after, is no press.
    """

    def __init__(self, baud: int) -> None:
        self._byte_s = _BITS / baud
        self._sent = b""
        self._heard = b""  # of what came since something was sent: the end of it
        self._gone_at = _NEVER  # the last byte is on the line
        self.is_there = False

    @property
    def due_at(self) -> float:
        """The monotonic second after which nothing comes back any more."""
        return self._gone_at + _DELAY_S

    def sent(self, data: bytes, at: float) -> None:
        """Take note of what was written at ``at``."""
        if at > self.due_at:
            self._sent = self._heard = b""
        self._sent = (self._sent + data)[-_KEPT:]
        self._gone_at = max(self._gone_at, at) + len(data) * self._byte_s

    def genuine(self, chunk: bytes, at: float) -> bytes:
        """Return what of ``chunk``, heard at ``at``, may be a button's: all of it, or nothing."""
        if at > self.due_at:
            return chunk
        heard = self._heard + chunk
        self._heard = heard[-(_RUN - 1) :]
        self.is_there = self.is_there or gives_back(heard, self._sent)
        return b"" if self.is_there else chunk

    def may_begin(self, at: float) -> bool:
        """Tell whether what came may be the beginning of an echo: too little to know it yet."""
        return at <= self.due_at and bool(self._heard) and self._sent.startswith(self._heard)


def gives_back(heard: bytes, sent: bytes) -> bool:
    """Tell whether a run of what was sent is in what was heard."""
    return any(heard[at : at + _RUN] in sent for at in range(len(heard) - _RUN + 1))
