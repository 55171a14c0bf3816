"""The structure tensor of a picture in small cells, from half of its rows of pixels.

The structure tensor (Bigün and Granlund 1987; Jähne, "Digital Image Processing") tells how strong
the edges in a cell are, and how much they agree on one direction. Noise and text are strong but
disagree; bars agree. Gradients are taken at full resolution, since a module may be as small as
1.4 px and would alias away in a smaller picture. Rows may be left out: whatever a label's roll,
each of its cells keeps some. Only the estimate's noise grows, and a cell's neighbours, which a
label of 25 px always has, make up for that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from kiosk.model import Image
from kiosk.vision.profile import Floats

Bytes = npt.NDArray[np.uint8]

CELL = 8  # px: three cells still fit across bars 25 px high
BINS = 180  # directions, of 1° each
NO_BARS = 255
_READ = 4  # rows of a cell's eight; the outer ones only help to take gradients
_BAND = 12  # rows of cells: temporaries stay in the processor's cache and off the page table
_WIDE = 325  # cells: a larger picture may show modules wider than a cell
_COHERENCE_MIN = np.float32(0.42)  # noise alone reaches 0.3 in a cell
_ENERGY_MIN = 250.0  # Sobel² units: bars some 8 grey levels apart
_OWN_MIN = np.float32(0.3)  # of the energy with the neighbours'
_MEAN = np.full(CELL, 1.0 / (CELL * (_READ - 2)), np.float32)
_TURN_MAX = 359.0 - 0.02  # degrees, of the doubled angle: what rounds to the last bin
_NEIGHBOURS = np.array([1.0, 4.0, 1.0], np.float32) / 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """The structure tensor of every cell of ``size`` pixels (rows×cols).

    ``energy`` is the mean squared gradient (float32, Sobel² units), ``bins`` (uint8) the gradient's
    direction as one of BINS over the half circle, or NO_BARS where no parallel edges are.
    """

    size: int
    energy: Floats
    bins: Bytes


def tensor_fields(grey: Image) -> tuple[Field, ...]:
    """Return the field of ``grey`` (H×W uint8, a cell at least) and, if it is large, a coarser."""
    products = _products(grey)
    rows, cols = products[0].shape
    if max(rows, cols) <= _WIDE or min(rows, cols) < 2:  # noqa: PLR2004 - two cells make one
        return (_field(products, CELL),)
    half = cols // 2, rows // 2
    even = (plane[: half[1] * 2, : half[0] * 2] for plane in products)
    coarse = [_as_floats(cv2.resize(one, half, interpolation=cv2.INTER_AREA)) for one in even]
    return _field(products, CELL), _field(coarse, 2 * CELL)


def _field(products: Sequence[Floats], size: int) -> Field:
    """Turn mean products of gradients (xx, yy, xy) into energy and direction."""
    jxx, jyy, jxy = (
        cv2.sepFilter2D(plane, -1, _NEIGHBOURS, _NEIGHBOURS, borderType=cv2.BORDER_REPLICATE)
        for plane in products
    )
    energy = _as_floats(cv2.add(jxx, jyy))
    length, twice = cv2.cartToPolar(cv2.subtract(jxx, jyy), cv2.add(jxy, jxy), angleInDegrees=True)
    own = cv2.add(products[0], products[1])  # beside bars, only the neighbours have edges
    _, capped = cv2.threshold(twice, _TURN_MAX, 0.0, cv2.THRESH_TRUNC)
    bins = np.asarray(cv2.convertScaleAbs(capped, alpha=BINS / 360.0), np.uint8)
    for value, floor in (
        (length, energy * _COHERENCE_MIN),
        (own, energy * _OWN_MIN),
        (energy, np.full_like(energy, _ENERGY_MIN)),
    ):
        cv2.bitwise_or(bins, cv2.compare(value, floor, cv2.CMP_LE), bins)  # 255: NO_BARS
    return Field(size, energy, bins)


def _products(grey: Image) -> tuple[Floats, Floats, Floats]:
    """Average the gradients' products xx, yy and xy over every cell."""
    rows, cols = grey.shape[0] // CELL, grey.shape[1] // CELL
    width = cols * CELL
    cells = grey[: rows * CELL].reshape(rows, CELL, grey.shape[1])
    first = (CELL - _READ) // 2
    planes = tuple(np.empty(rows * cols, np.float32) for _ in range(3))
    for top in range(0, rows, _BAND):
        bottom = min(top + _BAND, rows)
        taken = np.ascontiguousarray(cells[top:bottom, first : first + _READ, :width])
        # the outermost rows of each group border on rows far away
        (x1, x2), (y1, y2) = (
            one.reshape(-1, _READ, width)[:, 1:-1].swapaxes(0, 1).astype(np.float32, order="C")
            for one in cv2.spatialGradient(taken.reshape(-1, width))
        )
        sums = (
            cv2.accumulateSquare(x2, cv2.multiply(x1, x1)),
            cv2.accumulateSquare(y2, cv2.multiply(y1, y1)),
            cv2.accumulateProduct(x2, y2, cv2.multiply(x1, y1)),
        )
        for plane, one in zip(planes, sums, strict=True):
            np.matmul(one.reshape(-1, CELL), _MEAN, out=plane[top * cols : bottom * cols])
    xx, yy, xy = (plane.reshape(rows, cols) for plane in planes)
    return xx, yy, xy


def _as_floats(plane: npt.NDArray[np.generic]) -> Floats:
    """Name the type that OpenCV's stubs leave open."""
    return np.asarray(plane, np.float32)
