"""When a file is whole, and whose turn it is: pure, with times handed in."""

import stat
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.folder.listing import Entry
from kiosk.folder.ripening import LONG_QUIET_S, QUIET_S, Ripening
from kiosk.folder.watch import Hint

FILE = stat.S_IFREG | 0o644


def entry(name="a", size=1, mtime=1, *, inode=1, links=1, mode=FILE):
    return Entry(name, mode, links, inode, size, mtime)


@dataclass
class Bench:
    ripening: Ripening
    now: float = 100.0

    def see(self, *entries, arrived=True):
        for one in entries:
            self.ripening.see(one, self.now, arrived=arrived)

    def next(self):
        found = self.ripening.next(self.now)
        return found and found.entry.name

    def is_ripe_after(self, seconds):
        """Tell whether it is ripe then and not a moment before."""
        start = self.now
        self.now = start + seconds - 0.001
        before = self.next()
        self.now = start + seconds
        return before is None and self.next() is not None


@pytest.fixture
def it():
    return Bench(Ripening())


def test_without_hints_a_file_must_be_quiet(it):
    it.see(entry())
    assert it.is_ripe_after(QUIET_S)


def test_a_change_begins_the_wait_anew(it):
    it.see(entry())
    it.now += 1.5
    it.see(entry(size=2))
    assert it.is_ripe_after(QUIET_S)


def test_a_look_that_finds_the_same_changes_nothing(it):
    it.see(entry())
    it.now += 1.5
    it.see(entry())
    assert it.is_ripe_after(0.5)


def test_closed_is_at_once(it):
    it.see(entry())
    it.ripening.hint("a", Hint.CLOSED)
    assert it.next() == "a"


def test_held_open_is_waited_for_with_a_bound(it):
    it.see(entry())
    it.ripening.hint("a", Hint.WRITTEN)
    assert it.is_ripe_after(LONG_QUIET_S)
    it.ripening.hint("a", Hint.CLOSED)
    assert it.next() == "a"
    it.ripening.hint("a", Hint.WRITTEN)
    it.see(entry(size=2))
    assert it.next() is None


def test_a_hint_that_proved_wrong_is_distrusted(it):
    it.see(entry())
    it.ripening.hint("a", Hint.CLOSED)
    it.ripening.distrust("a")
    assert it.is_ripe_after(QUIET_S)


def test_a_second_name_and_a_link_wait_for_no_writer(it):
    for odd in (entry(links=2), entry(mode=stat.S_IFLNK | 0o777), entry(mode=stat.S_IFIFO)):
        it = Bench(Ripening())
        it.see(odd)
        it.ripening.hint("a", Hint.WRITTEN)
        assert it.is_ripe_after(QUIET_S)
    it.see(entry())  # the first name was removed: moved here by link and unlink
    it.ripening.hint("a", Hint.CLOSED)
    assert it.next() == "a"


def test_what_is_cut_short_is_given_time_and_asked_again_when_it_grows(it):
    it.see(entry())
    it.ripening.hint("a", Hint.CLOSED)
    it.ripening.cut("a")
    assert it.next() is None
    it.now += 1
    assert it.is_ripe_after(LONG_QUIET_S - 1)
    it.see(entry(size=2))
    assert it.next() == "a"  # closed once more


def test_put_off(it):
    it.see(entry())
    it.ripening.hint("a", Hint.CLOSED)
    it.ripening.put_off("a", it.now + 7)
    assert it.is_ripe_after(7)


def test_of_names_that_nobody_waits_for_nothing_is_kept(it):
    for act in (it.ripening.cut, it.ripening.drop, it.ripening.distrust):
        act("a")
    it.ripening.put_off("a", 0)
    it.ripening.hint("a", Hint.CLOSED)
    assert len(it.ripening) == 0
    it.see(entry())
    assert it.is_ripe_after(QUIET_S)


def test_what_arrives_goes_before_what_lay_there_each_the_oldest_first(it):
    it.see(entry("old2", mtime=2), entry("old1", mtime=1), arrived=False)
    it.see(entry("new2", mtime=9), entry("new1", mtime=8))
    it.now += QUIET_S
    order = []
    while (first := it.ripening.next(it.now)) is not None:
        order.append((first.entry.name, first.waited))
        it.ripening.drop(first.entry.name)
        if first.entry.name == "old1":
            it.see(entry("new3", mtime=99))
            it.ripening.hint("new3", Hint.CLOSED)
    assert order == [
        ("new1", False),
        ("new2", True),
        ("old1", True),
        ("new3", False),
        ("old2", True),
    ]


def test_another_file_under_the_name_of_an_old_one_has_arrived(it):
    it.see(entry("a", inode=1), arrived=False)
    it.see(entry("a", inode=2), arrived=True)
    it.see(entry("b", inode=3), arrived=False)
    it.see(entry("b", inode=3, size=5), arrived=True)
    it.now += QUIET_S
    assert it.ripening.next(it.now).arrived
    it.ripening.drop("a")
    assert not it.ripening.next(it.now).arrived


def test_what_a_listing_does_not_find_is_forgotten(it):
    it.see(entry("a"), entry("b"))
    it.ripening.keep_only({"b": 1})
    it.now += QUIET_S
    assert it.next() == "b"
    assert len(it.ripening) == 1


STEPS = st.one_of(
    st.tuples(st.just("see"), st.sampled_from("abc"), st.integers(1, 3)),
    st.tuples(st.just("hint"), st.sampled_from("abc"), st.sampled_from(list(Hint))),
    st.tuples(st.sampled_from(["cut", "drop", "distrust"]), st.sampled_from("abc")),
    st.tuples(st.just("wait"), st.sampled_from([0.1, 1.9, 2.0, 30.0])),
    st.tuples(st.just("take")),
)


@given(st.lists(STEPS, max_size=40))
def test_whoever_asks_when_told_to_misses_nobody(steps):
    """The cached order never differs from what each candidate says by itself."""
    it = Bench(Ripening())
    for step, *values in steps:
        if step == "see":
            it.see(entry(values[0], values[1]))
        elif step == "wait":
            it.now += values[0]
        elif step == "take":
            found = it.next()
            if found is not None:
                it.ripening.drop(found)
        else:
            getattr(it.ripening, step)(*values)
        due = {name: one.due_at for name, one in it.ripening._candidates.items()}
        ripe = {name for name, at in due.items() if at <= it.now}
        found = it.next()
        assert (found in ripe) if ripe else (found is None)
        expected = min(due.values(), default=float("inf"))
        if ripe:
            assert it.ripening.due_at() <= it.now
        else:
            assert it.now < it.ripening.due_at() <= expected
