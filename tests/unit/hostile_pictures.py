"""Pictures that are meant to lead the prefilter astray, or to keep it busy."""

import random
import string

import cv2
import numpy as np

from kiosk.simulate.code39 import encode
from kiosk.simulate.vins import random_vin

FRAME = (1080, 1920)
ALPHABET = [char for char in string.digits + string.ascii_uppercase if char not in "IOQ"]


def _grid(size):
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float32)
    return columns, rows


def grating(period, angle, size):
    columns, rows = _grid(size)
    way = columns * np.cos(np.radians(angle)) + rows * np.sin(np.radians(angle))
    return (128 + 100 * np.sign(np.cos(2 * np.pi * way / period))).astype(np.uint8)


def checkerboard(side, size):
    columns, rows = _grid(size)
    return ((columns // side + rows // side) % 2 * 255).astype(np.uint8)


def _noise(size):
    return np.random.default_rng(1).normal(128, 60, size).clip(0, 255).astype(np.uint8)


def _two_values(size):
    return (np.random.default_rng(2).integers(0, 2, size) * 255).astype(np.uint8)


def _modules(size):
    """A matrix code without end."""
    bits = np.random.default_rng(8).integers(0, 2, (size[0] // 6 + 1, size[1] // 6 + 1))
    return np.kron(bits, np.full((6, 6), 255)).astype(np.uint8)[: size[0], : size[1]]


def _random_bars(size):
    bars = np.random.default_rng(3).integers(0, 2, (1, size[1] // 3 + 1)).repeat(3, axis=1)
    return np.repeat((bars[:, : size[1]] * 255).astype(np.uint8), size[0], axis=0)


def _sawtooth(size):
    columns, rows = _grid(size)
    return ((columns * 7 + rows * 3) % 256).astype(np.uint8)


def _zone_plate(size):
    columns, rows = _grid(size)
    far = (columns - size[1] / 2) ** 2 + (rows - size[0] / 2) ** 2
    return (128 + 100 * np.cos(far / 600)).astype(np.uint8)


def _chirp(size):
    return (128 + 100 * np.cos(_grid(size)[0] ** 2 / 1500)).astype(np.uint8)


def _words(size):
    page = np.full(size, 230, np.uint8)
    rng = np.random.default_rng(4)
    for y in range(14, size[0], 14):
        line = "".join(rng.choice([*ALPHABET, " "], 200))
        cv2.putText(page, line, (0, y), cv2.FONT_HERSHEY_SIMPLEX, 0.45, 0, 1)
    return page


def _patches(size):
    """Gratings of every kind, side by side."""
    page = np.zeros(size, np.uint8)
    rng = np.random.default_rng(5)
    for y in range(0, size[0], 90):
        for x in range(0, size[1], 320):
            patch = grating(rng.uniform(3, 9), rng.uniform(0, 180), (90, 320))
            page[y : y + 90, x : x + 320] = patch[: size[0] - y, : size[1] - x]
    return page


TEXTURES = {
    "flat": lambda size: np.full(size, 255, np.uint8),
    "noise": _noise,
    "two values": _two_values,
    "modules": _modules,
    "random bars": _random_bars,
    "sawtooth": _sawtooth,
    "zone plate": _zone_plate,
    "chirp": _chirp,
    "words": _words,
    "words upright": lambda size: np.ascontiguousarray(np.rot90(_words(size[::-1]))),
    "patches": _patches,
    **{f"checkerboard {n}": lambda size, n=n: checkerboard(n, size) for n in (1, 2, 4, 16)},
    **{
        f"grating {p}, {a}°": lambda size, p=p, a=a: grating(p, a, size)
        for p, a in ((2, 7), (2.5, 45), (3, 0), (4, 133), (8, 90), (20, 20), (40, 0))
    },
}


def _symbol(text, module, height):
    row = []
    for number, element in enumerate(encode(text)):
        row += [255 if number % 2 else 0] * round(element * module)
    return np.repeat(np.array([row], np.uint8), height, axis=0)


def labels(rows, columns, *, height=30, module=2, same=False, prefix="", size=FRAME, spoil=None):
    """A white page with rows × columns Code 39 labels, each with another VIN; ``spoil`` each."""
    page = np.full(size, 255, np.uint8)
    rng, vins = np.random.default_rng(6), random.Random(6)
    for row in range(rows):
        for column in range(columns):
            text = "1HGCM82633A004352" if same else random_vin(vins)
            bars = _symbol(prefix + text, module, height)
            bars = spoil(bars, rng) if spoil else bars
            y, x = row * size[0] // rows + 10, column * size[1] // columns + 20
            bars = bars[: size[0] - y, : size[1] - x]
            page[y : y + bars.shape[0], x : x + bars.shape[1]] = bars
    return page


def _wall():
    """Symbols without quiet zones, edge to edge: one begins where another ends."""
    page = np.zeros(FRAME, np.uint8)
    rng = np.random.default_rng(7)
    for y in range(0, FRAME[0], 40):
        texts = ["".join(rng.choice(ALPHABET, 17)) for _ in range(10)]
        bars = np.hstack([_symbol(text, 1, 40) for text in texts])
        page[y : y + 40] = bars[:, int(rng.integers(300)) :][:, : FRAME[1]]
    return page


def _scratched(bars, rng):
    """Cover a character, another in each half, and half of the contrast: hardly to be read."""
    bars = 90.0 + bars / 4.0
    middle, width = bars.shape[0] // 2, bars.shape[1]
    for rows in (slice(0, middle), slice(middle, None)):
        at = int(rng.integers(width // 5, width * 4 // 5))
        bars[rows, at : at + width // 20] = 140.0
    return np.clip(bars + rng.normal(0, 12, bars.shape), 0, 255).astype(np.uint8)


def _torn(bars, rng):
    """Cover a third character from edge to edge: no row of bars has it."""
    scratched = _scratched(bars, rng)
    at = scratched.shape[1] // 2
    scratched[:, at : at + scratched.shape[1] // 20] = 140
    return scratched


def _shuffled(bars, rng):
    """Bars as wide as a symbol's, in no order: fine, irregular, and no Code 39."""
    ends = np.flatnonzero(np.diff(bars[0].astype(int))) + 1
    widths = np.diff([0, *ends, bars.shape[1]])
    tones = np.arange(widths.size) % 2 * 255
    row = np.repeat(tones, rng.permutation(widths))
    return np.repeat(row[None].astype(np.uint8), bars.shape[0], axis=0)


def _spoilt(spoil, rows, columns, **options):
    return labels(rows, columns, spoil=spoil, **options)


def soft_sheet():
    """Sixteen times the same VIN, too soft for any library."""
    page = cv2.GaussianBlur(labels(8, 2, same=True, height=40), (0, 0), 2.0)
    return np.clip(page + np.random.default_rng(8).normal(0, 3, page.shape), 0, 255).astype(
        np.uint8
    )


MOSAICS = {
    "thirty VINs": lambda: labels(15, 2),
    "thirty VINs, upright": lambda: np.ascontiguousarray(labels(15, 2).T),
    "eighty VINs, hardly apart": lambda: labels(40, 2, height=16),
    "thirty other texts": lambda: labels(15, 2, prefix="NO-"),
    "a wall of bars": _wall,
    "forty small VINs": lambda: labels(20, 2, height=22),
}

SPOILT = {
    "thirty scratched VINs": lambda: _spoilt(_scratched, 15, 2),
    "six large torn VINs": lambda: _spoilt(_torn, 6, 1, height=130, module=4),
    "thirty rows of bars": lambda: _spoilt(_shuffled, 15, 2),
    "thirty rows of bars, upright": lambda: np.ascontiguousarray(_spoilt(_shuffled, 15, 2).T),
    "scratched VINs above each other": lambda: _spoilt(_scratched, 36, 2, height=26),
}
"""Labels that can hardly be read, or not at all: what costs most."""
