"""Every display: whatever we mean to show is what a person sees, through any line."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.errors import UsageError
from kiosk.station.codecs import DISPLAYS, codec_named
from kiosk.station.codecs.text import COLUMNS, cut
from kiosk.station.decoders import DECODERS
from kiosk.station.glass import Glass

displays = pytest.mark.parametrize(
    "display",
    [pytest.param(name, marks=pytest.mark.contract("displays", name)) for name in DISPLAYS],
)
texts = st.text(max_size=40)
two_rows = st.tuples(texts, texts)


def in_chunks(data: bytes, sizes: list[int]):
    at = 0
    for size in itertools.cycle(sizes):
        if at >= len(data):
            return
        yield data[at : at + size]
        at += size


def meant(lines):
    return tuple(cut(line) for line in lines)


def test_every_codec_has_a_modelled_glass_and_the_name_it_is_found_by():
    assert set(DISPLAYS) == set(DECODERS)
    assert all(codec_named(name).name == name for name in DISPLAYS)


def test_an_unknown_display_is_named_with_those_that_exist():
    with pytest.raises(UsageError, match=r"'cd5221'.*cd5220, plain"):
        codec_named("cd5221")


@displays
@given(
    messages=st.lists(two_rows, min_size=1, max_size=4),
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=5),
)
@example(messages=[("\x1b@\x0c", "\r\n\x1bQA")], sizes=[1])
def test_what_was_sent_shows_what_was_meant(display, messages, sizes):
    codec, glass = codec_named(display), Glass(display)
    glass.feed(codec.initialise())
    for lines in messages:
        for chunk in in_chunks(codec.show(lines), sizes):
            glass.feed(chunk)
        assert glass.lines == meant(lines)
    assert glass.misunderstood == b""


@displays
@given(lines=two_rows)
def test_only_our_own_commands_control_the_display(display, lines):
    harmless = codec_named(display).show(("", ""))
    sent = codec_named(display).show(lines)
    assert len(sent) == len(harmless)  # always exactly 20 columns
    changed = [new for old, new in zip(harmless, sent, strict=True) if old != new]
    assert all(0x20 < byte < 0x7F for byte in changed)


@displays
@given(old=two_rows, new=two_rows, data=st.data())
def test_a_line_that_was_cut_anywhere_is_healed_by_the_next_start(display, old, new, data):
    codec, glass = codec_named(display), Glass(display)
    glass.feed(codec.initialise())
    broken = codec.show(old)
    glass.feed(broken[: data.draw(st.integers(0, len(broken)))])
    glass.feed(codec.initialise() + codec.show(new))
    assert glass.lines == meant(new)


@displays
def test_clear_leaves_nothing_to_read(display):
    codec, glass = codec_named(display), Glass(display)
    glass.feed(codec.initialise() + codec.show(("READY", "PRESS THE BUTTON")))
    assert glass.text == "READY\nPRESS THE BUTTON"
    glass.feed(codec.clear())
    assert glass.lines == ("", "")
    assert glass.misunderstood == b""


@displays
def test_a_display_that_lost_its_supply_shows_the_next_message(display):
    codec, glass = codec_named(display), Glass(display)
    glass.feed(codec.initialise() + codec.show(("A", "B")))
    glass.power_cycle()
    assert glass.lines == ("", "")
    glass.feed(codec.show(("X" * COLUMNS, "Y" * COLUMNS)))
    assert glass.lines == ("X" * COLUMNS, "Y" * COLUMNS)
