"""Crops restored from soft, bent and unevenly lit strips, and what restoring may not do."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.simulate.code39 import encode
from kiosk.vision import blur, crop
from kiosk.vision.blur import Blur
from kiosk.vision.crop import FINISHES, Place, render, scan
from kiosk.vision.profile import soften
from kiosk.vision.readers import zbar_code39, zxing_code39
from kiosk.vision.rectify import Strip

VIN = "1HGCM82633A004352"
RATIO, MODULE, QUIET = 2.5, 4.0, 12
PITCH = 7.0 + 3.0 * RATIO
vins = st.text("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", min_size=17, max_size=17)


def drawn(text=VIN, sigma=0.3, bend=0.0, noise=1.0, rows=40, glare=0.0):
    """Draw a strip, and say where its symbol lies. ``bend`` moves its middle by so many cells."""
    fine = 16
    bars = [np.zeros(QUIET * fine)]
    for number, element in enumerate(encode(text)):
        width = RATIO if element > 1 else 1.0
        bars.append(np.full(round(width * fine), float(number % 2 == 0)))
    ink = soften(np.concatenate([*bars, bars[0]]), sigma * fine)
    cells = len(text) + 2
    symbol = cells * PITCH - 1.0
    columns = np.arange(round((symbol + 2 * QUIET) * MODULE))

    def bent(modules):
        u = np.clip((modules + 0.5) / (cells * PITCH), 0.0, 1.0)
        return (modules + QUIET + bend * PITCH * 4.0 * u * (1.0 - u)) * MODULE

    even = np.linspace(-QUIET, symbol + QUIET, 4 * columns.size)
    modules = np.interp(columns + 0.5, bent(even), even)
    line = 200.0 - 150.0 * np.interp((modules + QUIET) * fine, np.arange(ink.size) + 0.5, ink)
    line += glare * np.exp(-(((modules - 100.0) / 25.0) ** 2))
    pixels = line + np.random.default_rng(0).normal(0.0, noise, (rows, line.size))
    edges = bent(np.arange(cells + 1) * PITCH - 0.5) - 0.5
    strip = Strip(np.clip(np.rint(pixels), 0, 255).astype(np.uint8), np.eye(3))
    return strip, Place(tuple(edges.tolist()), PITCH)


def read(pixels):
    return zxing_code39(pixels), zbar_code39(pixels)


def read_by_one_finish(strip, place):
    scanline = scan(strip, place)
    return any(read(render(scanline, finish)) == ((VIN,), (VIN,)) for finish in FINISHES)


@settings(max_examples=20, deadline=None)
@given(vins, st.floats(0.4, 0.9))
def test_the_blur_is_told_without_reading(text, sigma):
    known = scan(*drawn(text, sigma)).blur
    width = np.hypot(known.sigma, known.smear / np.sqrt(12.0))
    assert width == pytest.approx(sigma, abs=0.1)


def test_a_soft_label_is_restored_until_both_libraries_read_it():
    strip, place = drawn(sigma=0.75)
    assert read(render(scan(strip, place, known=False), FINISHES[0])) == ((), ())
    assert read_by_one_finish(strip, place)


def test_a_label_that_perspective_bent_has_even_modules_again():
    straight, bent = (render(scan(*drawn(bend=bend)), FINISHES[0])[0] for bend in (0.0, 0.6))
    assert np.abs(straight.astype(int) - bent).mean() < 4.0


def test_glare_is_evened_out():
    strip, place = drawn(sigma=0.6, glare=60.0)
    row = render(scan(strip, place), FINISHES[0])[0]
    inside = row[crop._QUIET * crop._MODULE_PX : -crop._QUIET * crop._MODULE_PX]
    parts = np.array_split(inside, 6)
    assert np.ptp([part.min() for part in parts]) < 25
    assert np.ptp([part.max() for part in parts]) < 25
    assert read_by_one_finish(strip, place)


def test_bars_get_a_light_quiet_zone_of_more_than_ten_modules():
    strip, place = drawn()
    pixels = render(scan(strip, place), FINISHES[0])
    quiet = 11 * crop._MODULE_PX
    assert pixels.shape[0] >= 40
    for zone in (pixels[:, :quiet], pixels[:, -quiet:]):
        assert zone.min() > 200
    assert pixels.shape[1] == round((place.modules + 24) * crop._MODULE_PX)


def test_a_light_on_dark_symbol_is_turned_dark_on_light():
    strip, place = drawn()
    negative = Strip(255 - strip.pixels, strip.to_image)
    turned = Place(place.edges, place.pitch, inverted=True)
    same = render(scan(negative, turned), FINISHES[0])
    assert np.abs(same.astype(int) - render(scan(strip, place), FINISHES[0])).max() <= 1


def test_restoring_is_linear():
    known, finish = blur.Blur(0.7, 0.8, 1e-3), FINISHES[2]
    one, other = np.random.default_rng(1).normal(0.0, 50.0, (2, 2000))
    both = crop._restore(2.0 * one + other, known, finish)
    apart = 2.0 * crop._restore(one, known, finish) + crop._restore(other, known, finish)
    assert np.allclose(both, apart)


def test_flat_pixels_make_a_flat_symbol():
    strip, place = drawn()
    flat = Strip(np.full_like(strip.pixels, 90), strip.to_image)
    assert np.ptp(render(scan(flat, place), FINISHES[0])[:, 72:-72]) == 0


def white_beside(pixels, modules):
    """Measure the white left and right of a symbol so many modules wide, in modules."""
    dark = np.flatnonzero(pixels.mean(axis=0) < 150)
    module = (dark[-1] - dark[0] + 1) / modules
    return min(dark[0], pixels.shape[1] - 1 - dark[-1]) / module


@pytest.mark.parametrize("module_px", [3, 4, crop._MODULE_PX])
@pytest.mark.parametrize("beside", [0, 60, 130])
def test_ten_modules_are_white_whatever_stands_beside_the_symbol(beside, module_px):
    strip, place = drawn()
    pixels = strip.pixels.copy()
    at = round(place.edges[0] - MODULE), round(place.edges[-1] + 2 * MODULE)
    pixels[:, : at[0]] = pixels[:, at[1] :] = beside  # as paper is where glare ends
    made = render(scan(Strip(pixels, strip.to_image), place), FINISHES[0])
    assert white_beside(crop.resized(made, module_px), place.modules) >= 10.0


def test_light_paper_beside_the_symbol_stays_as_it_is():
    strip, place = drawn()
    pixels = strip.pixels.copy()
    pixels[:, : round(place.edges[0])] -= 15
    made = render(scan(Strip(pixels, strip.to_image), place), FINISHES[0])
    assert made[:, 10 * crop._MODULE_PX].max() < 220 < made[:, 8 * crop._MODULE_PX - 1].min()


def test_a_symbol_whose_ends_are_a_guess_keeps_its_bars_and_gets_ten_modules_of_white():
    strip, place = drawn(sigma=0.1)
    within = np.linspace(place.edges[0] + 2 * MODULE, place.edges[-1] - 2 * MODULE, 5)
    guess = Place(tuple(within.tolist()), 319.0 / 4)
    made = crop.widened(render(scan(strip, guess, known=False), FINISHES[0]))
    assert read(made) == ((VIN,), (VIN,))
    assert white_beside(made, place.modules) >= 10.0


@pytest.mark.parametrize("motion", [0.0, 1.25])
def test_a_finish_may_take_a_moved_label_for_one_out_of_focus(motion):
    scanline = scan(*drawn(sigma=0.5))
    moved = replace(scanline, blur=Blur(0.2, 1.6, 1e-3))
    finish = FINISHES[2]
    assert (render(moved, replace(finish, motion=motion)) != render(moved, finish)).any()
