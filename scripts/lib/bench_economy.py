"""Measures what a day of 1,000 vehicles costs: our lane in both modes, a straightforward client."""

import os
import shlex
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(_ROOT))

import click  # noqa: E402 - found by the line above
import economy_lane  # noqa: E402
import economy_naive  # noqa: E402
from economy_books import Outcome, naive_outcome, our_outcome  # noqa: E402
from economy_channel import Service  # noqa: E402
from economy_day import WHOLE_DAY, Day, make_day  # noqa: E402
from economy_page import comparison, how_it_is_done, plot  # noqa: E402
from economy_pictures import EXPOSURES, Gallery  # noqa: E402
from figures import Figure, table, write_page  # noqa: E402

_PAGES = _ROOT / "docs" / "benchmarks"
_MODES = ("button", "presentation")
_NAIVE = "straightforward"
_MEMORY = Path("/dev/shm")  # noqa: S108 - a kill spares the page cache, so a disk adds nothing
_COLUMNS = 100


@click.command()
@click.option("--vehicles", type=click.IntRange(20, 2000), default=WHOLE_DAY, show_default=True)
@click.option("--seed", type=click.IntRange(1), default=1, show_default=True, help="The day.")
@click.option(
    "--exposures",
    type=click.IntRange(1),
    default=9,
    help="Of a visit at most; without it two, of hard labels three.",
)
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="To render.")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=_ROOT / "build" / "economy",
    help="Folder of pictures and readings, about 1.2 GB a day.  [default: build/economy]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one figure a line.")
@click.option("--write", is_flag=True, help="Write docs/benchmarks/economy.md and its plot.")
def main(
    *, vehicles: int, seed: int, exposures: int, jobs: int, cache: Path, as_json: bool, write: bool
) -> None:
    """Live through a day of so many vehicles; exit 1 where a goal is missed.

    A day with fewer than 1,000 vehicles is as much shorter, and so are its outages. Rendering the
    pictures takes a quarter of an hour for one process; another run finds them in the cache.
    """
    if write and vehicles != WHOLE_DAY:
        raise click.UsageError(f"a page is of the whole day: leave --vehicles at {WHOLE_DAY}")
    if write and exposures < max(EXPOSURES.values()):
        raise click.UsageError("a page is of all pictures: leave --exposures out")
    day = make_day(vehicles, seed)
    gallery = Gallery(day, cache, at_most=exposures)
    gallery.prepare(jobs, _tell)
    outcomes = list(_outcomes(day, gallery))
    figures = [figure for one in outcomes for figure in _figures(one)]
    page = "\n\n".join(
        [_wrapped(how_it_is_done(day, exposures)), table(figures), comparison(outcomes)]
    )
    for line in [figure.as_json() for figure in figures] if as_json else [page]:
        print(line)
    if write:
        (_PAGES / "economy.svg").write_text(plot(outcomes), "utf-8")
        command = shlex.join(["scripts/bench", "economy", *sys.argv[1:]])
        picture = "![Credits of a day](economy.svg)"
        write_page(_PAGES / "economy.md", "The economy of a day", command, f"{page}\n\n{picture}")
    sys.exit(not all(figure.is_reached for figure in figures))


def _outcomes(day: Day, gallery: Gallery) -> Iterator[Outcome]:
    """Let each client live through the day, with an account of its own."""
    where = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    for mode in _MODES:
        with tempfile.TemporaryDirectory(prefix="economy-", dir=where) as name:
            begun, folder = time.monotonic(), Path(name)
            service = Service(folder)
            notes = economy_lane.run_day(day, mode, gallery, service, folder / "lane", _tell)
            journal = service.journal()
            service.close()
            yield our_outcome(mode, day, gallery, journal, notes, folder / "lane")
            _tell(f"{mode}: done in {time.monotonic() - begun:.0f} s")
    with tempfile.TemporaryDirectory(prefix="economy-", dir=where) as name:
        service = Service(Path(name))
        presses = economy_naive.run_day(day, gallery, service, _tell)
        journal = service.journal()
        service.close()
        yield naive_outcome(_NAIVE, day, gallery, journal, presses)


def _figures(one: Outcome) -> Iterator[Figure]:
    """Give what is asked of a client, and what it informs of; nothing is asked of the other one."""
    asked = one.client != _NAIVE
    none = 0 if asked else None
    yield Figure(
        f"{one.client}: credits per vehicle",
        one.per_vehicle,
        "",
        1.0 if asked else None,
        f"{one.credits} for {one.vehicles}",
    )
    yield Figure(
        f"{one.client}: credits per recognized vehicle",
        one.per_recognized,
        "",
        detail=f"{one.recognized} recognized",
    )
    yield Figure(f"{one.client}: pictures paid twice", one.pictures_twice, "", none)
    yield Figure(f"{one.client}: vehicles without a record", one.no_record, "", none)
    yield Figure(f"{one.client}: vehicles with a wrong VIN", one.wrong, "", none)
    yield Figure(f"{one.client}: vehicles paid for more than once", one.vehicles_twice, "")
    yield Figure(f"{one.client}: picture bytes uploaded", one.bytes / 1e6, "MB")
    if one.doubts is not None and one.lost is not None and one.unbooked is not None:
        yield Figure(f"{one.client}: doubts left for a person", one.doubts, "")
        yield Figure(f"{one.client}: acknowledged scans lost", one.lost, "", 0)
        yield Figure(f"{one.client}: charges not in the ledger", one.unbooked, "", 0)


def _wrapped(paragraphs: Sequence[str]) -> str:
    return "\n\n".join(textwrap.fill(one, _COLUMNS, break_on_hyphens=False) for one in paragraphs)


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
