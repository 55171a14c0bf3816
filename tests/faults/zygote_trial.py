"""Many deaths of a lane in a row, and the verdict on them: what the test and the script share."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from verdict import Verdict
from zygote import Lives
from zygote_lane import KilledLane


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it; ``verdict`` is the first bad one, or the last."""

    verdict: Verdict
    deaths: int
    acknowledged: int
    requests: int
    charged: int
    complaints: tuple[str, ...]  # what the lane took for damage before any was done

    @property
    def good(self) -> bool:
        """Tell whether all promises were kept, and no kill was taken for damage."""
        return self.verdict.faultless and not self.complaints

    @property
    def words(self) -> str:
        """Say it in one line."""
        return total([self])


def total(outcomes: Collection[Outcome]) -> str:
    """Say in one line what many runs came to."""
    verdicts = [outcome.verdict for outcome in outcomes]

    def count(name: str) -> int:
        return sum(getattr(outcome, name) for outcome in outcomes)

    return (
        f"{count('deaths')} kills, {count('acknowledged')} scans acknowledged,"
        f" {count('requests')} requests, {count('charged')} charged:"
        f" {sum(len(one.lost) for one in verdicts)} lost,"
        f" {sum(len(one.twice) for one in verdicts)} paid twice,"
        f" {sum(max(len(one.unbooked), one.uncounted) for one in verdicts)} not in the ledger,"
        f" {sum(len(one.out_of_order) for one in verdicts)} out of order,"
        f" {sum(one.doubts for one in verdicts)} in doubt"
    )


def kill_again_and_again(
    folder: Path,
    lives: Lives,
    deaths: int,
    *,
    seed: int,
    mutant: str | None = None,
    judge_every: int = 1,
) -> Outcome:
    """Kill a lane so often, judge it on the way, let it drain; then restore an old database.

    Ends at the first bad verdict.
    """
    with KilledLane(folder, lives, seed, mutant) as lane:
        lane.queue(2 * deaths)
        copied_at = 0
        for number in range(1, deaths + 1):
            lane.die()
            if not copied_at and number >= deaths // 2 and lane.copy_database():
                copied_at = number
            if number % judge_every == 0 and not (verdict := lane.verdict()).faultless:
                return _outcome(lane, verdict)
        lane.drain()
        verdict, complaints = lane.verdict(), lane.complaints()
        if copied_at and verdict.faultless:
            lane.restore_database()
            lane.drain(restored=True)
            after = lane.verdict(restored=True)
            if after.twice or after.out_of_order:
                return _outcome(lane, after)
        return _outcome(lane, verdict, complaints)


def _outcome(lane: KilledLane, verdict: Verdict, complaints: tuple[str, ...] = ()) -> Outcome:
    journal = lane.sandbox.journal()
    return Outcome(
        verdict,
        lane.deaths,
        lane.acknowledgements,
        len(journal.requests),
        journal.charged,
        complaints,
    )
