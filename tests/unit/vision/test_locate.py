"""Regions hold the label, whatever its roll and however large the picture."""

import cv2
import numpy as np
import pytest

from kiosk.vision.locate import locate
from kiosk.vision.patches import is_matrix


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
def test_any_size_is_searched(size):
    assert locate(np.zeros(size, np.uint8)).regions == ()


def test_noise_alone_shows_nothing():
    noise = np.random.default_rng(3).normal(120, 12, (1080, 1920))
    sighting = locate(np.clip(noise, 0, 255).astype(np.uint8))
    assert sighting.regions == ()


def test_a_mesh_and_a_rough_patch_are_no_matrix_code():
    y, x = np.mgrid[10:310, 10:310]
    mesh = np.where((x % 20 < 6) | (y % 20 < 6), 200, 20).astype(np.uint8)
    rough = np.random.default_rng(4).normal(120, 30, (300, 300)).clip(0, 255).astype(np.uint8)
    assert not is_matrix(mesh, (0, 0, 300, 300))
    assert not is_matrix(rough, (0, 0, 300, 300))
    cells = np.random.default_rng(5).integers(0, 2, (30, 30), np.uint8)
    assert is_matrix(np.kron(cells * 255, np.ones((10, 10), np.uint8)), (0, 0, 300, 300))
