"""Which scenes are looked at; the seeds of development and of the evaluation never meet."""

from collections.abc import Iterator

from prefilter_scene import BESIDE, OTHER, SEEDS, TWO, Job
from prefilter_scores import GOALS, UNJUDGED
from prefilter_standard import broken_rule

from kiosk.simulate.levels import sample
from kiosk.simulate.spec import SceneSpec, Symbology

DEVELOPMENT = range(700_000, 700_000 + SEEDS)
"""Seeds of what the program is tuned to."""

EVALUATION = range(1_000_000, 1_000_000 + SEEDS)
"""Seeds of what it is measured by."""

FURTHER_SCENES = 100
"""Scenes at most of each level that is no level of difficulty."""

_OTHERS = 5  # one in so many of the scenes without a label shows another code


def jobs_of(seeds: range, *, thorough: int, labels: int, empties: int) -> list[Job]:
    """List the scenes: those the libraries see too first, then those for wrong VINs alone.

    ``thorough`` scenes of each level are for the libraries, and up to 100 of each further one;
    ``labels`` and ``empties`` are how many are looked at in all. Raises ValueError where the seeds
    do not reach so far.
    """
    first = seeds.start
    few = range(min(thorough, FURTHER_SCENES))
    jobs = [
        Job(level, first + number, thorough=True)
        for number in range(thorough)
        for level in (*GOALS, "empty")
    ]
    jobs += [
        Job(level, first + number, thorough=level != TWO)  # the libraries know of one label
        for number in few
        for level in (UNJUDGED, *BESIDE, TWO)
    ]
    each = -(-labels // len(GOALS))
    totals = dict.fromkeys(GOALS, each) | {"empty": empties - others_in(empties)}
    jobs += [
        Job(level, first + number, thorough=False)
        for number in range(max(totals.values()))
        for level, total in totals.items()
        if thorough <= number < total
    ]
    jobs += [Job(OTHER, seed, thorough=False) for seed in _others(seeds, others_in(empties))]
    if any(job.seed not in seeds for job in jobs):
        raise ValueError(f"there are {len(seeds)} seeds of each level, and more are wanted")
    return jobs


def others_in(empties: int) -> int:
    """Return how many of the scenes without a VIN label show a code that breaks a rule of VINs."""
    return empties // _OTHERS


def _others(seeds: range, count: int) -> Iterator[int]:
    """Yield seeds until ``count`` of their codes break a rule; the codes between come on top."""
    for seed in seeds:
        if count <= 0:
            return
        yield seed
        count -= not keeps_all(sample(OTHER, seed))


def keeps_all(spec: SceneSpec) -> bool:
    """Tell whether a symbol is one that no rule tells from a VIN label's."""
    assert spec.text is not None
    return spec.symbology is Symbology.CODE39 and broken_rule(spec.text) is None
