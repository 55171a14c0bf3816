"""Regions hold the label, whatever its roll and however large the picture."""

import cv2
import numpy as np
import pytest

from kiosk.vision.locate import locate


def held(regions, quad):
    """Return the largest share of ``quad`` that one region holds."""
    target = np.array(quad, np.float32)
    shares = (cv2.intersectConvexConvex(target, one.quad)[0] for one in regions)
    return max(shares, default=0.0) / cv2.contourArea(target)


def grey_of(scene):
    return cv2.cvtColor(scene.image, cv2.COLOR_BGR2GRAY)


@pytest.mark.parametrize(
    ("level", "seed"),
    [("clear", 750001), ("normal", 750002), ("hard", 750003), ("upright", 750004)],
)
def test_the_label_is_held_by_one_region(scene_of, level, seed):
    scene = scene_of(level, seed)
    assert held(locate(grey_of(scene)).regions, scene.quad) > 0.95


def test_small_modules_are_found_in_eight_megapixels(scene_of):
    scene = scene_of("hard", 750003)
    noise = np.random.default_rng(2).normal(90, 6, (2160, 3840))
    page = np.clip(noise, 0, 255).astype(np.uint8)
    page[900:1980, 1700:3620] = grey_of(scene)
    assert held(locate(page).regions, np.array(scene.quad) + np.array([1700, 900])) > 0.95


def test_bars_wider_than_a_cell_are_found_in_a_large_picture(scene_of):
    scene = scene_of("clear", 750001)
    page = cv2.resize(grey_of(scene), None, fx=3.0, fy=3.0, interpolation=cv2.INTER_CUBIC)
    assert held(locate(page).regions, np.array(scene.quad) * 3.0) > 0.95


@pytest.mark.parametrize("size", [(0, 5), (1, 900), (15, 15), (16, 16), (17, 4000), (9000, 16)])
@pytest.mark.parametrize("kind", ["flat", "noise", "bars"])
def test_any_size_is_searched(size, kind):
    rng = np.random.default_rng(size[1])
    page = np.zeros(size, np.uint8)
    if kind == "noise":
        page = rng.integers(0, 256, size, np.uint8)
    if kind == "bars":
        page = np.repeat(rng.integers(0, 2, (1, size[1]), np.uint8) * 200, size[0], axis=0)
    regions = locate(page).regions
    if kind == "bars" and size == (17, 4000):
        assert regions[0].length > 3000
        assert abs(regions[0].quad.mean(axis=0) - [2000, 8]).max() < 60
    else:
        assert all(np.isfinite(one.quad).all() for one in regions)
        assert len(regions) == 0 or kind != "flat"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("odd", [(0, 0), (5, 3), (8, 8), (9, 15)])
def test_a_label_in_a_corner_is_found_whatever_the_size_leaves_over(seed, odd):
    rng = np.random.default_rng(seed)
    row = np.repeat(rng.integers(0, 2, 250), 2) * 160 + 50
    label = np.repeat(row[None].astype(np.uint8), 48, axis=0)
    page = np.full((240 + odd[0], 800 + odd[1]), 120, np.uint8)
    y, x = ((page.shape[0] - 48) * (seed // 2), (page.shape[1] - 500) * (seed % 2))
    page[y : y + 48, x : x + 500] = label
    quad = [[x, y], [x + 500, y], [x + 500, y + 48], [x, y + 48]]
    assert held(locate(page).regions, quad) > 0.95


def test_a_row_thinned_by_the_rails_along_low_bars_is_found(scene_of):
    scene = scene_of("hard", 760830)  # a black label: a white line above its bars, and one below
    assert held(locate(grey_of(scene)).regions, scene.quad) > 0.95


def test_a_wall_of_gratings_gives_few_regions():
    page = np.full((2000, 3000), 120, np.uint8)
    bars = np.repeat(np.tile([40, 200], 40).repeat(2)[None].astype(np.uint8), 40, axis=0)
    for top in range(20, 1900, 80):
        for left in range(20, 2700, 240):
            page[top : top + 40, left : left + 160] = bars
    regions = locate(page).regions
    assert 10 < len(regions) <= 16
    strengths = [one.strength for one in regions]
    assert strengths == sorted(strengths, reverse=True)


def test_bars_in_opposite_corners_of_a_huge_picture_are_told_apart():
    page = np.full((4300, 4300), 120, np.uint8)  # more cells than clusters of them fit 16 bits
    bars = np.repeat(np.tile([40, 200], 60).repeat(3)[None].astype(np.uint8), 80, axis=0)
    places = [(100, 200), (3800, 4000)]
    for left, top in places:
        page[top : top + 80, left : left + bars.shape[1]] = bars
    centres = [one.quad.mean(axis=0) for one in locate(page).regions]
    assert len(centres) == len(places)
    for left, top in places:
        middle = np.array([left + bars.shape[1] / 2, top + 40])
        assert min(np.linalg.norm(one - middle) for one in centres) < 16.0


def test_noise_alone_shows_nothing():
    noise = np.random.default_rng(3).normal(120, 12, (1080, 1920))
    sighting = locate(np.clip(noise, 0, 255).astype(np.uint8))
    assert sighting.regions == ()
