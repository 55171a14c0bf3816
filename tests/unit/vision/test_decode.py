"""The template decoder, on profiles drawn here."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.simulate.code39 import encode
from kiosk.vision.decode import read_profile, reread
from kiosk.vision.profile import soften
from kiosk.vision.templates import ALPHABET

VIN_CHARS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
vins = st.text(VIN_CHARS, min_size=17, max_size=17)


def profile(text, module=4.0, ratio=2.5, blur=0.5, noise=0.0, seed=0):
    """Draw a symbol's profile: white 1, black 0, with ten modules of quiet zone."""
    light = [np.full(int(10 * module * 8), 200.0)]
    for number, element in enumerate(encode(text)):
        width = module * (ratio if element > 1 else 1.0)
        light.append(np.full(round(width * 8), 40.0 if number % 2 == 0 else 200.0))
    light.append(light[0])
    fine = soften(np.concatenate(light), blur * module * 8)
    line = fine[: fine.size // 8 * 8].reshape(-1, 8).mean(axis=1)
    return line + np.random.default_rng(seed).normal(0.0, noise, line.size) if noise else line


@settings(max_examples=25, deadline=None)
@given(vins, st.floats(2.0, 3.0), st.floats(0.3, 0.75), st.booleans(), st.booleans())
def test_every_vin_is_read_forwards_backwards_and_inverted(text, ratio, blur, turned, inverted):
    line = profile(text, ratio=ratio, blur=blur)
    line = line[::-1] if turned else line
    line = 255.0 - line if inverted else line
    match = read_profile(line, line.size / 2)
    assert match is not None
    assert (match.text, match.inverted) == (text, inverted)
    assert (match.first > match.last) == turned


@pytest.mark.parametrize("text", ["0000000000WG00000", "5WDGP3PAR09GLST9P"])
def test_a_soft_character_is_not_taken_for_the_quiet_zone(text):
    line = profile(text, ratio=2.06, blur=1.0)
    assert read_profile(line, line.size / 2).text == text


def test_the_ends_are_those_of_the_symbol():
    line = profile("I1HGCM82633A004352")
    match = read_profile(line, line.size / 2)
    assert match.first == pytest.approx(40.0, abs=1.0)
    assert match.last == pytest.approx(line.size - 40.0, abs=1.0)


def test_noise_lowers_the_margin_before_it_breaks_the_text():
    clean, noisy = (
        read_profile(profile("WVWZZZ1JZ3W386752", noise=noise), 700.0) for noise in (1.0, 25.0)
    )
    assert clean.text == noisy.text == "WVWZZZ1JZ3W386752"
    assert noisy.margin < clean.margin / 2


def test_a_surviving_wrong_character_has_no_margin():
    wrong = [
        match.margin
        for seed in range(40)
        if (match := read_profile(profile("WVWZZZ1JZ3W386752", 2.0, 2.2, 1.0, 32, seed), 350.0))
        and match.text != "WVWZZZ1JZ3W386752"
    ]
    assert wrong, "the noise must be strong enough to break some"
    assert max(wrong) < 5.0


def test_another_look_at_the_same_symbol_agrees():
    line = profile("JH4KA9650MC000001", noise=5.0)
    match = read_profile(line, 700.0)
    again = reread(profile("JH4KA9650MC000001", noise=5.0, seed=1), match, 700.0)
    assert again.text == match.text


@pytest.mark.parametrize("text", ["ABC", "1234567890", "A" * 30])
def test_symbols_of_other_lengths_are_not_for_this_decoder(text):
    match = read_profile(profile(text), 700.0)
    assert match is None or match.margin < 5.0


def test_flat_and_tiny_profiles_hold_nothing():
    assert read_profile(np.full(500, 7.0), 500.0) is None
    assert read_profile(np.zeros(8), 8.0) is None


def test_the_alphabet_is_that_of_code_39():
    assert len(set(ALPHABET)) == 44
