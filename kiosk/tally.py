"""Adds up the readings of one scan's frames; they are fused only where the sure ones agree."""

from collections import Counter

from kiosk.model import Reading, Verdict

_AGREEING_FRAMES = 3  # other content than a VIN is believed after this many frames say the same


class Tally:
    """What the frames of one scan said so far."""

    def __init__(self) -> None:
        self._best: dict[Verdict, Reading] = {}
        self._texts: Counter[tuple[Verdict, str | None]] = Counter()
        self._decided: Reading | None = None

    def add(self, reading: Reading) -> bool:
        """Take one frame's reading; True when no further frame can change the result."""
        if reading.two_labels or reading.verdict is Verdict.VIN:
            self._decided = reading
            return True
        best = self._best.get(reading.verdict)
        if best is None or reading.confidence > best.confidence:
            self._best[reading.verdict] = reading
        self._texts[reading.verdict, reading.text] += 1
        # An unread label or an empty lane may still turn into a VIN: they wait for the time-out.
        settled = {Verdict.NOT_VIN, Verdict.FOREIGN}
        agreed = self._texts[reading.verdict, reading.text] >= _AGREEING_FRAMES
        if reading.verdict in settled and agreed and Verdict.UNREAD not in self._best:
            self._decided = reading
            return True
        return False

    def result(self) -> Reading:
        """Return the scan's reading: the sure one, else the best of the most telling verdict."""
        if self._decided is not None:
            return self._decided
        for verdict in (Verdict.UNREAD, Verdict.FOREIGN, Verdict.NOT_VIN):
            if verdict in self._best:
                return self._best[verdict]
        return Reading(Verdict.NONE)
