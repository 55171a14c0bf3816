"""Dense patches are boxed; matrix codes among them are told from everything else."""

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.vision.patches import is_matrix, patches_in
from kiosk.vision.tensor import tensor_fields

TEXT = "1HGCM82633A004352"
CODES = [("QRCode", TEXT), ("DataMatrix", TEXT), ("QRCode", f"https://example.org/?vin={TEXT}")]


def code(kind, text, module, angle=0.0, *, defocus=0.0, noise=0.0):
    """Draw a turned matrix code on a grey page: the page, and the code's box."""
    made = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    drawn = np.array(made.to_image(scale=8, add_quiet_zones=True))
    side = max(drawn.shape)
    page_side = int(side / 8 * module * 1.5) + 60
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), angle, module / 8)
    turn[:, 2] += (page_side - side) / 2
    soft = cv2.GaussianBlur(drawn, (0, 0), 8 * max(defocus, 0.45 / module))
    page = cv2.warpAffine(soft, turn, (page_side, page_side), borderValue=(90,))
    grain = np.random.default_rng(int(angle)).normal(0, noise, page.shape)
    page = np.clip(0.6 * page + 30 + grain, 0, 255).astype(np.uint8)
    return page, (30, 30, page_side - 60, page_side - 60)


@pytest.mark.parametrize(("kind", "text"), CODES)
@pytest.mark.parametrize("angle", [0, 10, 45, 88, 200])
@pytest.mark.parametrize("module", [5, 8])
def test_a_matrix_code_is_boxed_and_told_however_it_is_turned(kind, text, angle, module):
    page, _ = code(kind, text, module, angle, noise=4.0)
    boxes = patches_in(tensor_fields(page)[0])
    assert boxes
    middle = page.shape[0] / 2
    x, y, w, h = boxes[0]
    assert abs(x + w / 2 - middle) < 0.2 * middle
    assert abs(y + h / 2 - middle) < 0.2 * middle
    assert is_matrix(page, boxes[0])


@pytest.mark.parametrize(("kind", "text"), CODES)
@pytest.mark.parametrize("tilt", [0.8, 0.9])
def test_a_soft_and_tilted_code_is_told(kind, text, tilt):
    page, _ = code(kind, text, 5, 20, defocus=0.35, noise=5.0)
    page = cv2.resize(page, None, fx=tilt, fy=1.0, interpolation=cv2.INTER_AREA)
    assert any(is_matrix(page, box) for box in patches_in(tensor_fields(page)[0]))


def test_a_light_code_on_dark_is_told():
    page, box = code("QRCode", TEXT, 5, 30)
    assert is_matrix(255 - page, box)


NOISE = np.random.default_rng(4)


def bars(side, period, angle):
    rows, columns = np.mgrid[:side, :side]
    way = columns * np.cos(np.radians(angle)) + rows * np.sin(np.radians(angle))
    return np.where(way % period < period / 2, 200, 20).astype(np.uint8)


def mesh(side, period, angle):
    return np.maximum(bars(side, period, angle), bars(side, period, angle + 90))


def words(side):
    page = np.full((side, side), 210, np.uint8)
    for line in range(30, side, 34):
        cv2.putText(page, "GVWR 2105 KG 4640 LB", (4, line), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 30, 2)
    return page


def rough(side, grain):
    noise = cv2.GaussianBlur(NOISE.normal(0, 1, (side, side)), (0, 0), grain)
    return np.clip(120 + 60 * noise / noise.std(), 0, 255).astype(np.uint8)


def brushed(side):
    lines = np.repeat(NOISE.normal(120, 45, (1, side)), side, axis=0)
    return np.clip(lines + NOISE.normal(0, 8, (side, side)), 0, 255).astype(np.uint8)


def screw(side):
    page = np.full((side, side), 40, np.uint8)
    middle = (side // 2, side // 2)
    cv2.circle(page, middle, side // 3, (190,), -1)
    for far in ((0, side // 4), (side // 4, 0)):
        ends = [tuple(m + sign * f for m, f in zip(middle, far, strict=True)) for sign in (-1, 1)]
        cv2.line(page, ends[0], ends[1], (30,), side // 16)
    return page


def linear(side):
    widths = NOISE.integers(2, 7, side // 2)
    row = np.repeat(np.arange(widths.size) % 2 * 190 + 30, widths)[:side]
    return np.repeat(row[None].astype(np.uint8), side, axis=0)


OTHERS = {
    "flat": np.full((200, 200), 120, np.uint8),
    "noise": rough(200, 0.01),
    "gravel": rough(200, 3.0),
    "rough metal": rough(200, 1.0),
    "brushed metal": brushed(200),
    "words": words(200),
    "screw": screw(200),
    "bar code": linear(200),
    "hardly any contrast": (code("QRCode", TEXT, 5)[0] // 16 + 90)[30:-30, 30:-30],
    **{f"grating {angle}": bars(200, 12, angle) for angle in (0, 30, 45, 90)},
    **{
        f"mesh {period} {angle}": mesh(240, period, angle)
        for period in (18, 40)
        for angle in (0, 25)
    },
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_else_is_dense_is_no_matrix_code(name):
    page = OTHERS[name]
    assert not is_matrix(page, (0, 0, page.shape[1], page.shape[0]))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 200),
    st.integers(0, 200),
    st.integers(48, 400),
    st.integers(48, 400),
    st.sampled_from(sorted(OTHERS)),
)
def test_any_box_gets_an_answer(x, y, width, height, name):
    page = cv2.copyMakeBorder(OTHERS[name], 0, 600, 0, 600, cv2.BORDER_WRAP)
    assert isinstance(is_matrix(page, (x, y, width, height)), bool)


def test_at_most_three_patches_are_boxed_the_largest_first():
    page = np.full((600, 900), 120, np.uint8)
    for number, side in enumerate((90, 150, 70, 120)):
        cells = NOISE.integers(0, 2, (side // 3 + 1, side // 3 + 1), np.uint8) * 255
        page[40 : 40 + side, 20 + 220 * number :][:, :side] = np.kron(
            cells, np.ones((3, 3), np.uint8)
        )[:side, :side]
    boxes = patches_in(tensor_fields(page)[0])
    assert len(boxes) == 3
    areas = [w * h for _, _, w, h in boxes]
    assert areas == sorted(areas, reverse=True)
    assert abs(boxes[0][0] - 240) <= 16


def test_specks_slivers_and_hollow_things_are_not_boxed():
    page = np.full((400, 800), 120, np.uint8)
    page[20:50, 20:50] = rough(30, 0.01)  # too small
    page[100:160, 20:700] = np.tile(rough(170, 0.01)[:60], (1, 4))  # a long strip
    assert patches_in(tensor_fields(page)[0]) == ()
