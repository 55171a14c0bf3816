"""Many crash points hit in turn by several lanes at a time: what the test and the script share."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from strace_life import Nursery
from strace_points import Hit, Point, hit

LANES = 2
Task = tuple[Point, str]


@contextmanager
def fast_folder() -> Iterator[Path]:
    """Give a folder whose syncs cost nothing, where the machine has one: no cut is real here."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(
        prefix="vin-kiosk-", dir=memory if memory.is_dir() else None
    ) as name:
        yield Path(name)


@contextmanager
def nurseries(folder: Path, lanes: int = LANES) -> Iterator[list[Nursery]]:
    """Give a nursery to each lane."""
    with ExitStack() as stack:
        made = [Nursery(folder / f"nursery-{number}") for number in range(lanes)]
        yield [stack.enter_context(one) for one in made]


def hit_all(
    tasks: Sequence[Task],
    folder: Path,
    lanes: Sequence[Nursery],
    tell: Callable[[Hit], None] = lambda _hit: None,
    *,
    mutant: str | None = None,
    notes: int = 0,
) -> list[Hit]:
    """Hit each point in its way; ``tell`` hears of each, from any of the lanes' threads."""

    def lane(number: int) -> list[Hit]:
        hits = []
        for point, how in tasks[number :: len(lanes)]:
            place = folder / f"run-{number}"
            hits.append(hit(place, lanes[number], point, how, mutant, notes=notes))
            tell(hits[-1])
        return hits

    with ThreadPoolExecutor(len(lanes)) as pool:
        return [one for hits in pool.map(lane, range(len(lanes))) for one in hits]


def total(hits: Sequence[Hit]) -> str:
    """Say in one line what came of it."""

    def count(name: str) -> int:
        return sum(len(getattr(one.verdict, name)) for one in hits)

    return (
        f"{len({one.point for one in hits})} points hit {len(hits)} times,"
        f" {sum(not one.reached for one in hits)} not reached:"
        f" {count('lost')} lost, {count('twice')} paid twice,"
        f" {sum(max(len(one.verdict.unbooked), one.verdict.uncounted) for one in hits)}"
        f" not in the ledger, {count('out_of_order')} out of order,"
        f" {sum(len(one.complaints) for one in hits)} complaints,"
        f" {sum(one.verdict.doubts for one in hits)} in doubt"
    )
