"""Lens, light and sensor do what their numbers say."""

from dataclasses import replace

import numpy as np
import pytest

from kiosk.simulate.optics import photograph
from kiosk.simulate.spec import SceneSpec

STILL = SceneSpec(defocus=0.0, noise=0.0, module_px=2.0)


def flat(level):
    return np.full((1080, 1920, 3), level, np.uint8)


def edge():
    picture = flat(40)
    picture[:, 960:] = 200
    return picture


def middle(picture):
    return picture[490:590, 910:1010, 1].astype(float)


def test_the_lens_alone_only_darkens_the_corners():
    seen = photograph(flat(128), STILL)
    assert middle(seen).mean() == pytest.approx(128, abs=1)
    assert seen[0, 0, 1] < 120


@pytest.mark.parametrize("sd", [2.0, 7.0])
def test_noise_at_mid_grey_is_as_strong_as_asked(sd):
    seen = middle(photograph(flat(128), replace(STILL, noise=sd)))
    assert seen.std() == pytest.approx(sd, rel=0.06)


def test_noise_follows_the_light():
    noisy = replace(STILL, noise=6.0)
    dark, light = (middle(photograph(flat(level), noisy)).std() for level in (40, 200))
    assert light > 1.4 * dark


@pytest.mark.parametrize("sigma_px", [1.0, 2.0])
def test_defocus_is_a_gaussian_of_so_many_modules(sigma_px):
    seen = photograph(edge(), replace(STILL, defocus=sigma_px / STILL.module_px))
    slope = np.diff(seen[540, 940:980, 1].astype(float))
    places = np.arange(len(slope))
    centre = (slope * places).sum() / slope.sum()
    spread = np.sqrt((slope * (places - centre) ** 2).sum() / slope.sum())
    assert spread == pytest.approx(sigma_px, rel=0.1)


@pytest.mark.parametrize(("degrees", "smeared"), [(0.0, True), (90.0, False)])
def test_motion_smears_along_its_direction_only(degrees, smeared):
    seen = photograph(edge(), replace(STILL, motion_px=4.0, motion_deg=degrees))
    between = (seen[540, 940:980, 1] > 50) & (seen[540, 940:980, 1] < 190)
    assert between.sum() == pytest.approx(4, abs=1) if smeared else between.sum() == 0


def test_glare_saturates_its_spot_and_leaves_the_rest():
    spot = replace(STILL, glare=240.0, glare_at=(960.0, 540.0), glare_px=40.0)
    seen, plain = photograph(flat(128), spot), photograph(flat(128), STILL)
    assert middle(seen)[50, 50] == 255
    assert np.array_equal(seen[:, :600], plain[:, :600])


@pytest.mark.parametrize(("degrees", "dark_side"), [(0.0, 1900), (180.0, 20)])
def test_the_gradient_darkens_the_side_it_points_to(degrees, dark_side):
    seen = photograph(flat(128), replace(STILL, gradient=0.6, gradient_deg=degrees))
    bright_side = 1919 - dark_side
    assert seen[540, dark_side, 1] < 0.7 * seen[540, bright_side, 1]
