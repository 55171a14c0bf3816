"""The template decoder, on profiles drawn here."""

import numpy as np
import pytest
from drawn import drawn, texts, vins
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.vision import decode
from kiosk.vision.decode import make_ready, read_profile, reread
from kiosk.vision.grid import Grid
from kiosk.vision.profile import extent_of
from kiosk.vision.templates import ALPHABET

VIN = "1HGCM82633A004352"
any_text = st.text("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", min_size=17, max_size=17)
others = st.text("0123456789ABCMWXZ-.*", min_size=1, max_size=4)
ratios = st.floats(2.0, 3.0)
blurs = st.floats(0.3, 0.75)


def is_refused(match, text):
    """Whether ``text`` was not read, and nothing else with any certainty."""
    return match is None or (match.text != text and match.margin < 5.0 and match.fit < 0.95)


@settings(max_examples=25, deadline=None)
@given(any_text, ratios, blurs, st.booleans(), st.booleans())
def test_every_vin_is_read_forwards_backwards_and_inverted(text, ratio, blur, turned, inverted):
    seen = drawn(text, ratio=ratio, blur=blur)
    seen = seen.turned() if turned else seen
    seen = seen.inverted() if inverted else seen
    match = read_profile(seen.line, 0.5)
    assert match is not None
    assert (match.text, match.inverted) == (text, inverted)
    assert (match.first > match.last) == turned
    assert match.edges == pytest.approx(seen.edges, abs=0.8)


@pytest.mark.parametrize("text", ["0000000000WG00000", "5WDGP3PAR09GLST9P"])
def test_a_soft_character_is_not_taken_for_the_quiet_zone(text):
    assert read_profile(drawn(text, ratio=2.06, blur=1.0).line, 0.5).text == text


@settings(max_examples=15, deadline=None)
@given(texts, st.floats(2.0, 3.0), st.floats(0.85, 1.1))
def test_what_blurs_in_from_neighbours_raises_no_doubt(text, ratio, blur):
    match = read_profile(drawn(text, ratio=ratio, blur=blur, module=3.0).line, 0.5)
    assert match.text == text
    assert match.weakest > 0.95
    assert match.margin > 20.0


def test_the_ends_are_those_of_the_symbol():
    seen = drawn("I1HGCM82633A004352")
    match = read_profile(seen.line, 0.5)
    assert match.first == pytest.approx(seen.edges[0] + 2.0, abs=0.5)
    assert match.last == pytest.approx(seen.edges[-1] - 2.0, abs=0.5)


@settings(max_examples=20, deadline=None)
@given(
    texts,
    st.floats(0.0, 0.8),
    st.floats(0.0, 0.8),
    st.floats(0.1, 1.0),
    st.booleans(),
)
def test_blank_paper_beside_a_symbol_makes_nobody_surer(text, left, right, sample_px, turned):
    seen = drawn(text, noise=4.0)
    seen = seen.turned() if turned else seen
    blank = [np.full(int(share * seen.line.size), 200.0) for share in (left, right)]
    extent = (float(seen.edges.min()), float(seen.edges.max()))
    plain = read_profile(seen.line, sample_px, extent)
    begun = blank[0].size
    wider = np.concatenate([blank[0], seen.line, blank[1]])
    padded = read_profile(wider, sample_px, (extent[0] + begun, extent[1] + begun))
    assert plain.text == padded.text == text
    assert padded.margin == pytest.approx(plain.margin, rel=0.02)


@given(st.floats(0.05, 0.2), st.floats(1.1, 3.0))
@settings(max_examples=10, deadline=None)
def test_the_margin_grows_with_the_pixels_that_carry_it(sample_px, more):
    line = drawn(VIN, noise=4.0).line
    once = read_profile(line, 4 * sample_px).margin
    assert read_profile(line, 4 * sample_px * more).margin == pytest.approx(more * once, rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(vins, others, others, ratios, blurs, st.booleans(), st.booleans())
def test_a_window_in_a_longer_row_of_characters_is_no_vin(
    text, before, after, ratio, blur, given_away, inverted
):
    seen = drawn(text, before=before, after=after, ratio=ratio, blur=blur)
    seen = seen.inverted() if inverted else seen
    extent = (float(seen.edges[0]), float(seen.edges[-1])) if given_away else None
    assert is_refused(read_profile(seen.line, 0.5, extent), text)


@settings(max_examples=15, deadline=None)
@given(vins, others, st.sampled_from(["before", "after"]), ratios, blurs)
def test_a_row_that_goes_on_at_one_end_only_is_no_vin(text, more, where, ratio, blur):
    seen = drawn(text, ratio=ratio, blur=blur, **{where: more})
    extent = (float(seen.edges[0]), float(seen.edges[-1]))
    assert is_refused(read_profile(seen.line, 0.5, extent), text)


@settings(max_examples=25, deadline=None)
@given(
    texts,
    st.lists(st.floats(1.2, 6.0), min_size=5, max_size=30),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_a_label_is_read_beside_a_word_or_a_grating(text, word, behind, turned, inverted):
    seen = drawn(text, module=3.0, quiet=8.0, **{"right" if behind else "left": word})
    seen = seen.turned() if turned else seen
    seen = seen.inverted() if inverted else seen
    match = read_profile(seen.line, 0.5, (2.0, seen.line.size - 3.0))
    assert match is not None
    assert (match.text, match.inverted) == (text, inverted)
    assert match.margin > 20.0


@settings(max_examples=40, deadline=None)
@given(
    texts,
    st.floats(1.9, 3.0),
    st.floats(0.4, 1.1),
    st.floats(0.0, 2.0),
    st.floats(0.0, 30.0),
    st.integers(0, 99),
)
def test_seventeen_characters_are_never_eighteen(text, ratio, blur, smear, noise, seed):
    seen = drawn(
        text, ratio=ratio, blur=blur, smear=smear, noise=noise, seed=seed, module=2.5, quiet=5.0
    )
    match = read_profile(seen.line, 0.5)
    if match is not None and match.text != text:
        assert match.margin < 8.0
        assert len(match.text) == len(text) or match.margin < 1.0


def test_noise_lowers_the_margin_before_it_breaks_the_text():
    clean, noisy = (
        read_profile(drawn("WVWZZZ1JZ3W386752", noise=noise).line, 0.5) for noise in (1.0, 25.0)
    )
    assert clean.text == noisy.text == "WVWZZZ1JZ3W386752"
    assert noisy.margin < clean.margin / 2


def test_a_surviving_wrong_character_has_no_margin():
    wrong = []
    for seed in range(40):
        line = drawn("WVWZZZ1JZ3W386752", module=2.0, ratio=2.2, blur=1.0, noise=32, seed=seed).line
        match = read_profile(line, 0.5)
        if match is not None and match.text != "WVWZZZ1JZ3W386752":
            wrong.append(match.margin)
    assert wrong, "the noise must be strong enough to break some"
    assert max(wrong) < 5.0


def test_another_look_at_the_same_symbol_agrees():
    match = read_profile(drawn("JH4KA9650MC000001", noise=5.0).line, 0.5)
    again = reread(drawn("JH4KA9650MC000001", noise=5.0, seed=1).line, match, 0.5)
    assert again.text == match.text
    assert again.edges == pytest.approx(match.edges, abs=0.5)


def test_another_look_that_shows_something_else_says_so():
    match = read_profile(drawn("JH4KA9650MC000001").line, 0.5)
    again = reread(drawn("JH4KA9650MC000007").line, match, 0.5)
    assert again.text == "JH4KA9650MC000007"
    assert reread(np.full(drawn(VIN).line.size, 90.0), match, 0.5) is None


@pytest.mark.parametrize(
    "text", ["ABC", "1234567890", "0123456789ABCDEF", "0123456789ABCDEFGHJ", "A" * 30]
)
@pytest.mark.parametrize("noise", [0.0, 12.0])
def test_symbols_of_other_lengths_are_not_for_this_decoder(text, noise):
    seen = drawn(text, noise=noise)
    assert read_profile(seen.line, 0.5) is None
    assert read_profile(seen.line, 0.5, (float(seen.edges[0]), float(seen.edges[-1]))) is None


@pytest.mark.parametrize("width", [2.0, 3.0])
def test_a_grating_holds_nothing(width):
    line = drawn("A", left=[width] * 100, right=[width] * 100).line
    assert read_profile(line[: line.size // 3], 0.5) is None
    assert read_profile(line, 0.5, (0.0, line.size / 3)) is None


def test_flat_and_tiny_profiles_hold_nothing():
    assert read_profile(np.full(500, 7.0), 0.5) is None
    assert read_profile(np.zeros(8), 1.0) is None


def test_the_ends_may_be_told_or_found():
    seen = drawn(VIN, noise=2.0)
    assert extent_of(seen.line) is not None
    told = read_profile(seen.line, 0.5, (float(seen.edges[0]), float(seen.edges[-1])))
    assert told.text == read_profile(seen.line, 0.5).text == VIN


def test_a_match_turned_round_lies_where_the_symbol_does():
    seen = drawn(VIN)
    match = read_profile(seen.line, 0.5).turned(seen.line.size)
    back = read_profile(seen.turned().line, 0.5)
    assert match.edges == pytest.approx(back.edges, abs=0.3)
    assert (match.first, match.last) == pytest.approx((back.first, back.last), abs=0.3)


def test_a_symbol_is_clear_where_all_of_it_may_stand_in_a_vin():
    assert read_profile(drawn(VIN).line, 0.5).clear == 1.0
    assert read_profile(drawn("1HGCM8-633A-04.52").line, 0.5).clear == pytest.approx(14 / 17)


def test_everything_can_be_made_ready_beforehand():
    make_ready()
    make_ready()


def test_the_alphabet_is_that_of_code_39():
    assert len(set(ALPHABET)) == 44


def test_a_reading_is_no_surer_than_it_is_ahead_of_another_row_of_cells(monkeypatch):
    one, other = drawn(VIN, noise=2.0), drawn("JH4KA9650MC000001", noise=2.0)
    line = np.concatenate([one.line, other.line])
    grids = [Grid(one.edges, 1.0), Grid(other.edges + one.line.size, 1.0)]

    def read(*group):
        monkeypatch.setattr(decode, "grids_along", lambda *_: iter([group]))
        return read_profile(line, 0.5)

    alone = [read(grid).margin for grid in grids]
    assert read(*grids).margin < 0.5 * min(alone)
    assert read(grids[0], grids[0]).margin == alone[0]
