"""kill -9 at any moment of the real daemon under load: nothing is lost, nothing is paid twice.

Every life is `vin-kiosk run`, forked from a process that has imported everything; the long run,
with a real exec for each, is `scripts/torture kill`. A kill keeps the page cache: what is missing
without fsync is not seen here but under power cuts.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from zygote import Zygote
from zygote_trial import kill_again_and_again

KILLS = 100
LANES = 2
ENOUGH = 40  # deaths within which each mutant has shown itself many times over


def one_lane(folder, kills, seed, mutant=None):
    with Zygote() as lives:
        return kill_again_and_again(folder, lives, kills, seed=seed, mutant=mutant)


def test_a_hundred_kills_lose_nothing_and_pay_nothing_twice(tmp_path):
    with ThreadPoolExecutor(LANES) as pool:
        runs = [
            pool.submit(one_lane, tmp_path / str(seed), KILLS // LANES, seed)
            for seed in range(LANES)
        ]
        outcomes = [run.result() for run in runs]
    for outcome in outcomes:
        assert outcome.verdict.faultless, outcome
        assert outcome.complaints == (), "a kill is no damage"
        assert outcome.deaths == KILLS // LANES
        assert outcome.acknowledged > outcome.deaths
        assert outcome.charged > outcome.deaths / 2, "they were killed at work"


@pytest.mark.parametrize("mutant", ["late", "retry", "naive"])
def test_a_mistake_shows_within_a_few_deaths(tmp_path, mutant):
    outcome = one_lane(tmp_path / "lane", ENOUGH, 1, mutant)
    assert not outcome.verdict.faultless, outcome
    assert outcome.deaths <= ENOUGH


def test_a_spent_log_that_nobody_asks_shows_once_an_old_database_is_restored(tmp_path):
    """Kills alone cannot show it: without damage the database knows all that the log knows."""
    outcome = one_lane(tmp_path / "lane", 4, 1, "nospent")
    assert outcome.deaths == 4
    assert outcome.verdict.twice, outcome
