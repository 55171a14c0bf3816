"""Our lane on the economy's day: life after life, each a process of its own."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from economy_channel import ENDS, Channel, Note, Service, live_in_a_child
from economy_day import Day
from economy_life import BEGIN_S, Beginning, Life
from economy_pictures import Gallery

_CLOCK_BEHIND_S = 600.0  # by so much after a power cut, until somebody sets it
_BOOT_S = BEGIN_S / 2
_SIGKILL = -9
_TELL_S = 10.0


def run_day(
    day: Day,
    mode: str,
    gallery: Gallery,
    service: Service,
    state_dir: Path,
    tell: Callable[[str], None],
) -> list[Note]:
    """Let the lane live through the day; return all that its lives left word of."""
    notes: list[Note] = []
    progress = _Progress(mode, day.ends, tell)
    beginning = Beginning(deaths=day.deaths)
    while True:
        begins = beginning

        def life(channel: Channel, begins: Beginning = begins) -> None:
            Life(day, mode, gallery, state_dir, begins, channel).live()

        code, left = live_in_a_child(life, service, progress.hear)
        notes += left
        if code == 0 and not beginning.deaths:
            return notes
        if code != _SIGKILL or not beginning.deaths:
            raise ChildProcessError(f"a life of the lane ended with {code}, not as it was to")
        beginning = _after_death(day, beginning, left)
        what = "power cut" if beginning.boot > begins.boot else "kill"
        tell(f"{mode}: a {what} at {beginning.day_time / 3600:.2f} h")


class _Progress:
    """Says how far a day has come, now and then."""

    def __init__(self, mode: str, ends: float, tell: Callable[[str], None]) -> None:
        self._mode, self._ends, self._tell = mode, ends, tell
        self._begun = self._told = time.monotonic()

    def hear(self, note: Note) -> None:
        now, share = time.monotonic(), float(note["day_time"]) / self._ends
        if now - self._told >= _TELL_S and share > 0:
            self._told = now
            left = (now - self._begun) * (1 / share - 1)
            self._tell(f"{self._mode}: {share:.0%} of the day, {max(0.0, left):.0f} s left")


def _after_death(day: Day, before: Beginning, notes: list[Note]) -> Beginning:
    death, last = before.deaths[0], notes[-1]
    at = float(last["day_time"])
    true_wall = float(last["wall"]) + death.down_s
    standing = [visit for visit in day.visits if visit.arrives < at < visit.leaves]
    visit = standing[0] if standing else None
    answered = visit is not None and any(
        note.get("visit") == visit.number and note["kind"] in ENDS for note in notes
    )
    after = replace(
        before,
        day_time=at,
        monotonic=float(last["monotonic"]) + death.down_s,
        wall=true_wall,
        true_wall=true_wall,
        visit=visit,
        is_answered=answered,
        deaths=before.deaths[1:],
    )
    if not death.reboots:
        return after
    wall = true_wall - _CLOCK_BEHIND_S
    return replace(after, monotonic=_BOOT_S, wall=wall, boot=before.boot + 1, is_set=False)
