"""One press of a button is one press, however often its contacts or its repeat say so."""

_RUN_GAP_S = 1.0  # signals closer than this belong to one run: nobody lets go in between
_SERIES_GAP_S = 4.0  # presses closer than this belong to one series: no car comes and goes so fast
RESTLESS = "the button presses every few seconds for minutes: see to its contact and its cable"
"""What is said of one whose presses count, and are too many for a hand."""


class Debounce:
    """Decides which of a button's signals are presses; time comes from the caller.

    A signal is a press when the button was quiet for ``quiet_s`` before it. Counting from the last
    *signal*, not from the last press, makes a held key's repeat one press: a repeat must never
    become the second press that consents to paying again. A run of signals that lasts longer than
    ``stuck_after_s`` is a stuck button, and no press until it was quiet for a second. A series of
    presses that lasts longer than ``restless_after_s`` is a loose contact, or somebody in a great
    hurry: its presses count, and it is told.
    """

    def __init__(
        self, quiet_s: float = 0.25, stuck_after_s: float = 10.0, restless_after_s: float = 120.0
    ) -> None:
        self._quiet_s = quiet_s
        self._stuck_after_s = stuck_after_s
        self._restless_after_s = restless_after_s
        self._series_began: float | None = None
        self._run_began: float | None = None
        self._last_signal: float | None = None

    def signal(self, at: float) -> bool:
        """Take one signal at monotonic second ``at``; return True when it is a press."""
        quiet = None if self._last_signal is None else at - self._last_signal
        if quiet is None or quiet >= _RUN_GAP_S:
            self._run_began = at
        if quiet is None or quiet >= _SERIES_GAP_S:
            self._series_began = at
        self._last_signal = at
        return (quiet is None or quiet >= self._quiet_s) and not self.is_stuck(at)

    def is_stuck(self, at: float) -> bool:
        """Tell whether a run of signals goes on at ``at`` and has lasted too long."""
        return self._lasts(self._run_began, _RUN_GAP_S, self._stuck_after_s, at)

    def is_restless(self, at: float) -> bool:
        """Tell whether a series of presses goes on at ``at`` and has lasted too long for a hand."""
        return self._lasts(self._series_began, _SERIES_GAP_S, self._restless_after_s, at)

    def _lasts(self, began: float | None, gap_s: float, longest_s: float, at: float) -> bool:
        if began is None or self._last_signal is None:
            return False
        return at - self._last_signal < gap_s and at - began > longest_s
