"""Tells what a line gives back of what it was sent from what a button sends."""

from collections import deque
from dataclasses import dataclass

from kiosk.triggers.serial import ByteStringMatcher

_RUN = 8  # bytes of ours in a row: a button sends none of what is shown, and rows are longer
_LONG_RUN = 16  # bytes; a button sends no more, and a message is longer
_KEPT = 512  # of what was sent: a few messages
_BITS = 10  # of a byte on the line: 8N1
_DELAY_S = 0.6  # how much later an adapter, or a PLC between two of its cycles, may repeat
_DELAY_MAX_S = 2.0  # once it was seen to take longer
_MARGIN_S = 0.25  # above what was seen
_SILENT = 3  # messages of which nothing came back, since an echo was heard
_NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class Signals:
    """What was heard of a button's signals: how many are its own, and whether one may be."""

    own: int = 0
    in_doubt: bool = False


class Echo:
    """Finds a button's signals on a line that may give back what it is sent.

    An RS-485 adapter hears itself, terminals and PLCs repeat what they get, some of them without
    its beginning. The CR within a message would then be a press of the button that sends CR, and
    each press brings a new message. So signals are counted: of those heard, as many may be echoes
    as were sent a moment ago, whichever they are; what is heard beyond that is the button's. On a
    line that is known to give back they are that, and on one that never does they are the button's.
    Before either is known each is in doubt until more was sent and nothing came of it. Time comes
    from the caller.
    """

    def __init__(self, pattern: bytes, baud: int) -> None:
        """Take what a button sends."""
        self._pattern = pattern
        self._byte_s = _BITS / baud
        self._delay_s = _DELAY_S
        self.is_there = False
        self._sent = b""
        self._heard = b""
        self._gone_at = _NEVER  # the last byte is on the line
        self._owed: deque[float] = deque()  # when each signal that was sent was on the line
        self._answered = True  # something came since what is being said began
        self._unanswered = 0  # messages since an echo was heard
        self.reopened()

    def reopened(self) -> None:
        """Begin anew on the same line: a signal cut in two is none, but an echo may be on its way.

        Whether the line gives back stays known.
        """
        self._spoken = ByteStringMatcher(self._pattern)
        self._listened = ByteStringMatcher(self._pattern)
        self._answered = True

    @property
    def due_at(self) -> float:
        """The monotonic second after which nothing comes back any more."""
        return self._gone_at + self._delay_s

    def sent(self, data: bytes, at: float) -> None:
        """Take note of what was written at ``at``."""
        self._note_silence(at)
        if at > self.due_at:
            self._answered = False
        begins_at = max(self._gone_at, at)
        for place in range(len(data)):
            signals = self._spoken.feed(data[place : place + 1])
            self._owed.extend([begins_at + (place + 1) * self._byte_s] * signals)
        self._sent = (self._sent + data)[-_KEPT:]
        self._gone_at = begins_at + len(data) * self._byte_s

    def hear(self, chunk: bytes, at: float) -> Signals:
        """Take ``chunk``, heard at ``at``."""
        own, in_doubt = 0, False
        self._note_silence(at)
        for place in range(len(chunk)):
            byte = chunk[place : place + 1]
            self._compare(byte, at)
            for _ in range(self._listened.feed(byte)):
                if not self._is_owed(at) or self._unanswered >= _SILENT:
                    own += 1
                else:
                    in_doubt = True
        return Signals(own, in_doubt and not self.is_there)

    def _note_silence(self, at: float) -> None:
        """Count a message of which nothing came back in its time."""
        if at > self.due_at and not self._answered:
            self._answered, self.is_there = True, False
            self._unanswered += 1

    def _compare(self, byte: bytes, at: float) -> None:
        """Learn that the line gives back, and how late, from a run of what was sent."""
        self._answered = True
        self._heard = (self._heard + byte)[-_RUN:]
        place = self._sent.rfind(self._heard)
        if len(self._heard) < _RUN or place < 0:
            return
        after = len(self._sent) - place - _RUN
        late_s = at - (self._gone_at - after * self._byte_s)
        if late_s + _MARGIN_S <= _DELAY_MAX_S:
            self.is_there, self._unanswered = True, 0
            self._delay_s = max(self._delay_s, late_s + _MARGIN_S)

    def _is_owed(self, at: float) -> bool:
        """Tell whether a signal may be one that was sent: each comes back but once."""
        while self._owed and at > self._owed[0] + self._delay_s:
            self._owed.popleft()
        if not self._owed:
            return False
        self._owed.popleft()
        return True


def gives_back(heard: bytes, sent: bytes) -> bool:
    """Tell whether a long run of what was sent is in what was heard."""
    return any(heard[at : at + _LONG_RUN] in sent for at in range(len(heard) - _LONG_RUN + 1))
