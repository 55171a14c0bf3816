"""A contact bounces, trembles, sparks and sticks; a press is a press once."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.triggers.contact import Contact, Level

PRESS_S, RELEASE_S, STUCK_S = 0.02, 0.1, 30.0
# of a level: around the limits (20, 103), and far from them; in 1024ths, whose sums are exact
lengths = st.sampled_from([1, 20, 21, 50, 102, 103, 512, 29696, 31744]).map(lambda n: n / 1024)
waves = st.lists(lengths, max_size=30)


def edges(wave, at=100.0, *, closed=False):
    """Turn lengths into levels that alternate, beginning open."""
    levels = [Level(closed, at)]
    for length in wave:
        at += length
        closed = not closed
        levels.append(Level(closed, at))
    return levels


def presses(levels, contact=None):
    contact = contact or Contact()
    taken = [contact.take(level) for level in levels]
    return [at for at in taken if at is not None]


def settled(levels):
    """The same, with a last look long after."""
    return [*levels, Level(levels[-1].closed, levels[-1].at + 1.0)]


def read_off(levels):
    """Find the presses the slow way: from the whole wave, as one reads an oscilloscope."""
    spans = [
        (level.closed, level.at, after.at)
        for level, after in itertools.pairwise(settled(levels))
        if after.at > level.at
    ]
    joined = []
    for closed, start, end in spans:
        if joined and joined[-1][0] is closed:
            joined[-1] = (closed, joined[-1][1], end)
        else:
            joined.append((closed, start, end))
    found, armed = [], False
    for closed, start, end in joined:
        if not closed and end - start >= RELEASE_S:
            armed = True
        elif closed and armed and end - start >= PRESS_S:
            found.append(start)
            armed = False
    return found


@given(waves)
@example([0.5, 0.05])
@example([0.5, 0.019, 0.001, 0.02])
def test_the_presses_are_those_that_the_whole_wave_shows(wave):
    levels = edges(wave)
    assert presses(settled(levels)) == read_off(levels)


@given(waves, st.lists(st.floats(0.0, 1.0), max_size=20))
def test_looks_in_between_change_nothing(wave, looks):
    """A worker that is late, or early, sees the same presses: only the levels' lengths count."""
    levels = edges(wave)
    span = levels[-1].at - levels[0].at
    more = list(levels)
    for look in looks:
        at = levels[0].at + look * span
        more.append(Level([level for level in levels if level.at <= at][-1].closed, at))
    assert presses(settled(sorted(more, key=lambda level: level.at))) == presses(settled(levels))


def test_a_press_is_told_as_soon_as_it_lasts_and_dated_to_its_beginning():
    contact = Contact()
    assert presses([Level(False, 0.0), Level(False, 0.2), Level(True, 1.0)], contact) == []
    assert contact.due_in(1.005) == pytest.approx(0.015)
    assert contact.take(Level(True, 1.019)) is None
    assert contact.take(Level(True, 1.0201)) == 1.0
    assert contact.due_in(1.021) is None


def test_bounces_at_both_ends_are_one_press():
    bounces = [0.5, 0.001, 0.002, 0.001, 0.001, 0.3, 0.002, 0.004, 0.001]
    assert len(presses(settled(edges(bounces)))) == 1


def test_a_spark_is_no_press():
    assert presses(settled(edges([0.5, 0.019]))) == []


def test_a_worn_contact_that_trembles_while_it_is_held_is_pressed_once():
    assert len(presses(settled(edges([0.5] + [0.03, 0.03] * 40)))) == 1


def test_what_is_closed_at_the_first_look_must_open_first():
    assert presses(settled(edges([5.0], closed=True))) == []
    assert len(presses(settled(edges([5.0, 0.2, 0.1], closed=True)))) == 1


def test_a_device_that_debounces_by_itself_may_press_and_let_go_at_once():
    contact = Contact(press_s=0.0)
    assert presses([Level(False, 0.0), Level(True, 1.0), Level(False, 1.0)], contact) == [1.0]
    assert presses([Level(True, 1.05), Level(False, 1.06)], contact) == [], "a bounce"
    assert presses([Level(True, 1.17)], contact) == [1.17]


@pytest.mark.parametrize(
    "wave",
    [[0.5, 0.001], [0.5] + [0.05, 0.05] * 320, [0.5] + [0.01, 0.09] * 320],
    ids=["held", "trembles", "sparks"],
)
def test_what_is_never_let_go_is_stuck_until_it_is(wave):
    contact = Contact()
    levels = edges(wave)
    for level in levels:
        contact.take(level)
    if not levels[-1].closed:
        contact.take(Level(True, levels[-1].at))
    began = levels[1].at
    assert not contact.is_stuck(began + STUCK_S - 0.01)
    end = max(began + STUCK_S, levels[-1].at)
    assert contact.is_stuck(end)
    contact.take(Level(False, end + 1))
    assert contact.is_stuck(end + 1.05), "not yet surely open"
    assert not contact.is_stuck(end + 1.101)
    assert presses([Level(True, end + 2), Level(True, end + 2.1)], contact) == [end + 2]
    assert not contact.is_stuck(end + 3)


@given(waves)
def test_it_is_never_stuck_within_half_a_minute_of_an_open_contact(wave):
    contact = Contact()
    for level in edges(wave):
        contact.take(level)
    now = edges(wave)[-1].at
    contact.take(Level(False, now))
    assert not contact.is_stuck(now + 0.101)


def test_a_new_contact_is_not_stuck():
    assert not Contact().is_stuck(1e6)
    assert Contact().due_in(1e6) is None
