"""A button's bytes are found wherever the line cuts them, as in the whole stream."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.triggers.serial import ByteStringMatcher

few_letters = st.lists(st.sampled_from([b"a", b"b"]), max_size=40).map(b"".join)
patterns = st.lists(st.sampled_from([b"a", b"b"]), min_size=1, max_size=4).map(b"".join)


@given(pattern=patterns, stream=few_letters, cuts=st.lists(st.integers(0, 40), max_size=8))
@example(pattern=b"aa", stream=b"aaaaa", cuts=[1, 2, 3, 4])
@example(pattern=b"aba", stream=b"ababababa", cuts=[2, 5])
def test_any_chunking_counts_what_the_whole_stream_holds(pattern, stream, cuts):
    matcher = ByteStringMatcher(pattern)
    borders = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    found = sum(matcher.feed(stream[start:end]) for start, end in itertools.pairwise(borders))
    assert found == stream.count(pattern)


@given(pattern=st.binary(min_size=1, max_size=4), stream=st.binary(max_size=200))
def test_byte_by_byte_is_the_same_as_at_once(pattern, stream):
    slowly, at_once = ByteStringMatcher(pattern), ByteStringMatcher(pattern)
    found = sum(slowly.feed(bytes([byte])) for byte in stream)
    assert found == at_once.feed(stream) == stream.count(pattern)


def test_noise_between_presses_is_passed_over():
    matcher = ByteStringMatcher(b"BTN\r")
    assert matcher.feed(b"\x00\xffBTN\rxxBT") == 1
    assert matcher.feed(b"N\r\x80BTN") == 1
    assert matcher.feed(b"!\r") == 0


def test_an_empty_pattern_is_refused():
    with pytest.raises(ValueError, match="empty"):
        ByteStringMatcher(b"")
