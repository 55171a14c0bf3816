"""The cheap test: bar codes pass, gratings and seams do not."""

import numpy as np
import pytest

from kiosk.simulate.code39 import encode
from kiosk.vision.bars import is_fine, lines_across, may_be_code, may_be_code_along
from kiosk.vision.profile import soften

VIN = "1HGCM82633A004352"


def row_of(text, module=3):
    row = [255] * 30
    for number, element in enumerate(encode(text)):
        row += [255 if number % 2 else 0] * ((2 if element > 1 else 1) * module)
    return np.array([*row, *[255] * 30], np.uint8)


def rows(row):
    return np.repeat(row[None, :], 16, axis=0)


@pytest.mark.parametrize("text", [VIN, "ABC", "X" * 25, "11111111111111111"])
def test_a_symbol_passes_even_where_characters_come_again(text):
    assert may_be_code(rows(row_of(text)))


def test_a_symbol_in_noise_passes():
    noise = np.random.default_rng(1).normal(0, 12, (16, row_of(VIN, 2).size))
    assert may_be_code(np.clip(rows(row_of(VIN, 2)) * 0.4 + 60 + noise, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("pitch", [8, 12, 16])
def test_a_grating_does_not_pass(pitch):
    grating = rows((255 * (np.arange(700) % pitch < pitch // 2)).astype(np.uint8))
    assert not may_be_code(grating)


@pytest.mark.parametrize("seed", range(4))
def test_bars_nearly_at_one_beat_do_not_pass(seed):
    """A comb with teeth that are bent: no beat is left, but neither is anything fine."""
    rng = np.random.default_rng(seed)
    ends = np.cumsum(rng.integers(4, 13, 66))
    row = np.searchsorted(ends, np.arange(480), side="right") % 2 * 150.0 + 50.0
    comb = np.rint(soften(row, 2.0)).astype(np.uint8)
    assert not may_be_code(rows(comb)[:8])
    assert not may_be_code(rows(comb)[:8], loose=True)


def test_a_flat_patch_and_a_few_seams_do_not_pass():
    flat = np.full((16, 400), 90, np.uint8)
    assert not may_be_code(flat)
    flat[:, 100:140] = 200
    assert not may_be_code(flat)


def soft_row(text):
    """Return a symbol out of focus, 600 samples long: less than half of its edges are left."""
    row = soften(row_of(text)[20:-20].astype(np.float64), 3.6)
    return np.interp(np.linspace(0, row.size - 1, 600), np.arange(row.size), row)


def leaning(row, first, last):
    """Draw eight rows, each farther to the right by ``first`` to ``last`` px along its length."""
    x = np.arange(row.size)
    shift = np.linspace(first, last, row.size)
    lines = [np.interp(x - (line - 3.5) * shift, x, row) for line in range(8)]
    return np.rint(lines).astype(np.uint8)


@pytest.mark.parametrize(("first", "last"), [(0.0, 0.0), (1.0, 1.0), (-0.9, 0.9), (0.3, -1.3)])
def test_a_soft_symbol_passes_whose_bars_lean_more_at_one_end(first, last):
    assert may_be_code(leaning(soft_row(VIN), first, last))


def rough(lines):
    """Draw ``lines`` with edges as far apart as a soft symbol's, but in no two the same."""
    rng = np.random.default_rng(4)
    noise = soften(rng.normal(0.0, 1.0, 600 * lines), 2.0).reshape(lines, 600)
    return np.clip(128 + 300 * noise, 0, 255).astype(np.uint8)


def test_edges_that_do_not_run_through_do_not_pass():
    assert may_be_code_along(rough(8).mean(axis=0, dtype=np.float32))
    assert not may_be_code(rough(8))
    assert not may_be_code(rough(8), loose=True)


@pytest.mark.parametrize("top", [0, 2, 4])
def test_a_symbol_in_some_of_the_lines_passes(top):
    lines = rough(8)
    lines[top : top + 4] = soft_row(VIN)
    assert may_be_code(lines, loose=True)
    assert may_be_code(lines)


def test_two_symbols_above_each_other_pass():
    lines = rough(8)
    lines[:4], lines[4:] = soft_row(VIN), soft_row("WBA3A5C50CF256985")
    assert may_be_code(lines)


def test_too_few_lines_to_compare_pass():
    assert may_be_code(soft_row(VIN).astype(np.uint8)[None])


def smeared(profile, modules, module=3):
    return np.convolve(profile, np.ones(round(modules * module)) / round(modules * module), "same")


@pytest.mark.parametrize("text", [VIN, "11111111111111111", "WVWZZZ1JZXW000001"])
def test_a_vin_s_bars_are_fine_however_soft_moved_and_noisy(text):
    soft = smeared(soften(row_of(text)[20:-20].astype(np.float64), 0.8 * 3), 1.8)
    noise = np.random.default_rng(2).normal(0, 12 / np.sqrt(12), soft.size)  # of twelve rows
    assert is_fine(0.3 * soft + 60 + noise)


@pytest.mark.parametrize("edges", [12, 40, 70])
def test_a_comb_or_a_word_as_long_as_a_symbol_is_not_fine(edges):
    places = np.sort(np.random.default_rng(edges).uniform(30, 930, edges))
    comb = (np.searchsorted(places, np.arange(960)) % 2) * 150.0
    assert not is_fine(smeared(comb, 3))
    assert not is_fine(soften((np.arange(960) % (1920 // edges) < 960 // edges) * 150.0, 2.0))


def test_lines_follow_a_turned_region():
    grey = np.zeros((400, 400), np.uint8)
    grey[100:288, 180:220] = row_of("ABC", 2)[:188, None]
    quad = np.array([[220, 100], [220, 300], [180, 300], [180, 100]], np.float32)
    lines = lines_across(grey, quad)
    assert lines.shape == (8, 200)
    assert np.corrcoef(lines[4], grey[100:300, 200])[0, 1] > 0.7
