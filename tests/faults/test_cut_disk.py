"""The power fails after any call: whatever a disk may legally hold then, the promises are kept.

No machine is switched off here: the calls of a life under strace are replayed onto a model of a
disk. In every run a sample of its moments; thousands of disks are `scripts/torture cuts`.
"""

import random
from itertools import islice
from pathlib import Path

import pytest
from cut_disk import CutDisk
from cut_trial import cuts, record
from strace_calls import Call, UntraceableError
from strace_trial import fast_folder, nurseries

EVERY = 9  # calls from one cut to the next
ENOUGH = 40  # disks within which each control has shown itself many times


@pytest.fixture(scope="module")
def folder():
    with fast_folder() as name:
        yield name


@pytest.fixture(scope="module")
def recorded(folder):
    with nurseries(folder, 1) as (nursery,):

        def record_in(name, mutant=None):
            try:
                return record(folder / name, nursery, mutant)
            except UntraceableError as error:
                pytest.skip(f"no process may be traced here: {error}")

        yield record_in


def test_a_cut_loses_nothing_and_pays_nothing_twice(recorded, folder):
    calls = recorded("sound")
    outcomes = list(cuts(calls, folder / "sound", 1, every=EVERY))
    assert [one for one in outcomes if not one.good] == []
    assert len(outcomes) > 50


@pytest.mark.parametrize("control", ["nosync", "normal"])
def test_without_its_syncs_it_would(recorded, folder, control):
    calls = recorded(control, control)
    outcomes = list(islice(cuts(calls, folder / control, 1, every=EVERY), ENOUGH))
    lost = [one for one in outcomes if one.verdict is None or one.verdict.lost]
    unbooked = [one for one in outcomes if one.verdict is not None and one.verdict.unbooked]
    assert len(lost) > 5, outcomes
    assert len(unbooked) > 5, outcomes


# ---- the model itself ----------------------------------------------------------------------


def call(name, words, result="0"):
    return Call(1, name, 1, words, result)


def opened(name):
    return call("openat", f'AT_FDCWD</>, "/d/{name}", O_RDWR|O_CREAT, 0640', "3")


def written(name, data, at):
    text = "".join(f"\\x{byte:02x}" for byte in data)
    return call("pwrite64", f'3</d/{name}>, "{text}", {len(data)}, {at}', str(len(data)))


def synced(name):
    return call("fdatasync", f"3</d/{name}>")


SYNCED_FOLDER = call("fsync", "4</d>")


@pytest.fixture
def disk():
    return CutDisk(Path("/d"))


def possible(disk, name="a"):
    return {disk.after_a_cut(random.Random(seed)).get(name) for seed in range(300)}


def test_a_name_needs_its_folder_synced_and_content_its_file(disk):
    disk.replay(opened("a"))
    disk.replay(written("a", b"x", 0))
    assert possible(disk) == {None, b"", b"\0", b"x"}  # its size may be there, and not its content
    disk.replay(SYNCED_FOLDER)
    assert possible(disk) == {b"", b"\0", b"x"}
    disk.replay(synced("a"))
    assert possible(disk) == {b"x"}


def test_each_sector_may_be_there_in_any_version(disk):
    for step in (
        opened("a"),
        SYNCED_FOLDER,
        written("a", b"0" * 1024, 0),
        synced("a"),
        written("a", b"1" * 1024, 0),
        written("a", b"2" * 512, 512),
    ):
        disk.replay(step)
    versions = {(content[:1], content[512:513]) for content in possible(disk)}
    assert versions == {(a, b) for a in (b"0", b"1") for b in (b"0", b"1", b"2")}


def test_a_file_may_have_any_of_its_sizes(disk):
    for step in (
        opened("a"),
        SYNCED_FOLDER,
        written("a", b"abcd", 0),
        synced("a"),
        call("ftruncate", "3</d/a>, 2"),
        written("a", b"ef", 2),
    ):
        disk.replay(step)
    assert {len(content) for content in possible(disk)} == {2, 4}


def test_a_renaming_is_whole_or_not_at_all(disk):
    for step in (
        opened("a"),
        written("a", b"new", 0),
        synced("a"),
        SYNCED_FOLDER,
        call("rename", '"/d/a", "/d/b"'),
    ):
        disk.replay(step)
    names = {tuple(sorted(disk.after_a_cut(random.Random(seed)).items())) for seed in range(99)}
    assert names == {(("a", b"new"),), (("b", b"new"),)}
    disk.replay(call("unlink", '"/d/b"'))
    disk.replay(SYNCED_FOLDER)
    assert disk.after_a_cut(random.Random(1)) == {}


def test_what_failed_or_lies_elsewhere_changes_nothing(disk):
    assert not disk.replay(call("openat", 'AT_FDCWD</>, "/d/a", O_CREAT', "-1 EIO (INJECTED)"))
    assert not disk.replay(call("openat", 'AT_FDCWD</>, "/e/a", O_CREAT', "3"))
    assert not disk.replay(call("fdatasync", "3</d/a (deleted)>"))
    assert possible(disk) == {None}
