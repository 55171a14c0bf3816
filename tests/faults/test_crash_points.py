"""Every system call of a scan's life, killed at or made to fail: nothing is lost or paid twice.

In every run: each point where something is made durable, removed, appended or sent, in all three
ways, and a sample of the others in one. All of them in all ways are `scripts/torture points`.
"""

import random

import pytest
from strace_calls import UntraceableError, parse
from strace_points import HOWS, enumerate_points
from strace_trial import fast_folder, hit_all, nurseries

WEIGHTY = {"fsync", "fdatasync", "ftruncate", "unlink", "write", "connect", "sendto", "recvfrom"}
SAMPLE = 20
SEED = 5
CHECKPOINT_AT_THE_TAIL = 2  # empty presses that bring the eighth commit to the first tail


@pytest.fixture(scope="module")
def folder():
    with fast_folder() as name:
        yield name


@pytest.fixture(scope="module")
def lanes(folder):
    with nurseries(folder) as both:
        yield both


@pytest.fixture(scope="module")
def points(folder, lanes):
    try:
        return enumerate_points(folder / "points", lanes[0])
    except UntraceableError as error:
        pytest.skip(f"no process may be traced here: {error}")


def test_the_life_has_the_points_that_matter(points):
    about = {(point.call, point.about) for point in points}
    assert about >= {
        ("fsync", "state"),
        ("fdatasync", "numbers"),
        ("fdatasync", "ledger.sqlite"),
        ("fdatasync", "ledger.sqlite-wal"),
        ("fdatasync", "spent.log"),
        ("pwrite64", "ledger.sqlite-wal"),
        ("write", "spent.log"),
        ("fallocate", "reserve"),
        ("sendto", "service"),
        ("recvfrom", "service"),
    }


def test_nothing_is_lost_or_paid_twice_at_any_point(points, folder, lanes):
    weighty = [(point, how) for point in points if point.call in WEIGHTY for how in HOWS]
    others = [point for point in points if point.call not in WEIGHTY]
    sample = random.Random(SEED).sample(others, SAMPLE)
    tasks = weighty + [(point, HOWS[number % 3]) for number, point in enumerate(sample)]
    hits = hit_all(tasks, folder / "all", lanes)
    assert [str(one) for one in hits if not one.good] == []
    missed = [one for one in hits if not one.reached]
    assert len(missed) <= len(hits) / 20, missed  # how often the wire is asked depends on the hour


def test_no_tail_leaves_once_the_database_could_not_be_synced(points, folder, lanes):
    """A checkpoint that fails right after the point of no return: no answer could be kept."""
    found = enumerate_points(folder / "shifted", lanes[0], notes=CHECKPOINT_AT_THE_TAIL)
    syncs = [one for one in found if one.call == "fdatasync" and one.about == "ledger.sqlite"]
    tasks = [(point, "EIO") for point in syncs]
    hits = hit_all(tasks, folder / "tail", lanes, notes=CHECKPOINT_AT_THE_TAIL)
    assert [str(one) for one in hits if not one.good] == []
    assert all(one.reached for one in hits)


@pytest.mark.parametrize(
    ("mutant", "call", "about", "how"),
    [
        ("late", "recvfrom", "service", "KILL"),
        ("nospent", "sendto", "service", "KILL"),
        ("resync", "fdatasync", "spent.log", "EIO"),
    ],
)
def test_a_mistake_shows(points, folder, lanes, mutant, call, about, how):
    tasks = [(point, how) for point in points if (point.call, point.about) == (call, about)]
    hits = hit_all(tasks, folder / mutant, lanes, mutant=mutant)
    bad = [one for one in hits if not one.good]
    assert bad, hits
    if how == "KILL":
        assert any(not one.verdict.faultless for one in bad)
    else:
        assert any("again of" in said for one in bad for said in one.complaints)


LOG = """\
7  openat(AT_FDCWD</tmp>, "/tmp/a", O_RDWR) = 3</tmp/a>
7  fdatasync(3</tmp/a>) = 0
8  write(4<socket:[12]>, "a = b (INJECTED)"..., 32 <unfinished ...>
7  fdatasync(3</tmp/a>)                    = -1 EIO (Input/output error) (INJECTED)
8  <... write resumed>) = 32
7  rename("/tmp/a", "/tmp/b") = ?
7  +++ killed by SIGKILL +++
"""


def test_what_strace_tells_is_read():
    calls = list(parse(LOG.splitlines()))
    assert [(one.pid, one.name, one.nth, one.path) for one in calls] == [
        (7, "openat", 1, "/tmp/a"),
        (7, "fdatasync", 1, "/tmp/a"),
        (7, "fdatasync", 2, "/tmp/a"),
        (8, "write", 1, "socket:[12]"),
        (7, "rename", 1, "/tmp/a"),
    ]
    assert [one.injected for one in calls] == [False, False, True, False, False]
    assert [one.failed for one in calls] == [False, False, True, False, True]
    assert calls[-1].paths == ["/tmp/a", "/tmp/b"]
