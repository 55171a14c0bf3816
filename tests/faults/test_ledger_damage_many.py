"""Bits turned and files cut short: the ledger starts, tells, and pays nothing twice.

Four hundred here, to keep the tests short; a thousand and more by `scripts/torture damage`.
"""

import os
import tempfile
from pathlib import Path

import mutants
import pytest
from damage_trial import (
    DATABASE,
    NUMBERS,
    SPENT,
    WAL,
    Damage,
    damages,
    judge,
    live,
    within,
)

from kiosk.ledger import attempts, damage, rows, salvage
from kiosk.ledger.numbers import Numbers

IN_MEMORY = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None


@pytest.fixture(scope="module")
def lanes():
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        stopped, killed = live(Path(folder))
        yield {"stopped": stopped, "killed": killed}


@pytest.fixture
def problems_of(lanes):
    """Judge a lane after each damage; gives only those that broke a promise."""

    def run(lane, some):
        with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
            work = Path(folder) / "lane"
            judged = [(one, judge(lanes[lane], one, work)) for one in some]
        return [(one, problems) for one, problems in judged if problems]

    return run


@pytest.mark.timeout(600)  # many small ledgers: the machine may be busy
@pytest.mark.parametrize(
    ("lane", "file", "count", "running"),
    [
        ("stopped", DATABASE, 140, False),
        ("killed", DATABASE, 60, False),
        ("killed", WAL, 80, False),
        ("killed", SPENT, 40, False),
        ("stopped", NUMBERS, 20, False),
        ("stopped", DATABASE, 60, True),
    ],
)
def test_no_damage_breaks_a_promise(problems_of, lanes, lane, file, count, running):
    size = (lanes[lane].folder / file).stat().st_size
    assert problems_of(lane, damages(file, size, count, 1, running=running)) == []


def test_a_lane_without_any_of_its_files_starts(problems_of):
    """Cut to nothing, one at a time: what the others know is enough."""
    for file in (DATABASE, WAL, SPENT, NUMBERS):
        assert problems_of("killed", [Damage(file, 0, None)]) == []


# ---- mistakes that must be seen -----------------------------------------------------------------


def words_of(problems):
    return " ".join(word for _, words in problems for word in words)


def test_an_unchecked_seal_is_seen(problems_of, lanes, monkeypatch):
    for module in (rows, attempts, damage, salvage):
        monkeypatch.setattr(module, "is_sound", lambda row: True)
    some = within(lanes["stopped"], DATABASE, b"1M8GDM9AXKP0000", 25)
    assert "is shown as" in words_of(problems_of("stopped", some))


def test_numbers_that_nobody_asks_are_seen(problems_of, monkeypatch):
    monkeypatch.setattr(Numbers, "_read", lambda self: None)
    words = words_of(problems_of("killed", [Damage(WAL, 300_000, None)]))
    assert "gone and not told" in words
    assert "is given twice" in words


def test_a_spent_log_that_nobody_asks_is_seen(problems_of, lanes, monkeypatch):
    mutants.MUTANTS["nospent"](monkeypatch.setattr)
    size = (lanes["killed"].folder / WAL).stat().st_size
    cuts = [Damage(WAL, at, None) for at in range(0, size, size // 20)]
    assert "is paid for twice" in words_of(problems_of("killed", cuts))
