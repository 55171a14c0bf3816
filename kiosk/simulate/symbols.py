"""Symbols as areas of dark and light: Code 39 of our own, everything else from zxing-cpp."""

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import cast

import numpy as np
import numpy.typing as npt
import zxingcpp

from kiosk.simulate import code39
from kiosk.simulate.spec import Neighbour, SceneSpec, Symbology

_FORMATS = {
    Symbology.CODE128: zxingcpp.BarcodeFormat.Code128,
    Symbology.EAN13: zxingcpp.BarcodeFormat.EAN13,
    Symbology.UPCA: zxingcpp.BarcodeFormat.UPCA,
    Symbology.ITF: zxingcpp.BarcodeFormat.ITF,
    Symbology.QRCODE: zxingcpp.BarcodeFormat.QRCode,
    Symbology.DATAMATRIX: zxingcpp.BarcodeFormat.DataMatrix,
}

MATRIX = frozenset({Symbology.QRCODE, Symbology.DATAMATRIX})
"""Symbologies of square modules; the others are bars."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """Rows of alternating dark and light runs, in modules; every row begins dark.

    A linear symbol has one row of ``row_height`` modules, a matrix symbol many of one module.
    """

    rows: tuple[tuple[float, ...], ...]
    row_height: float

    @property
    def width(self) -> float:
        """Width in modules, quiet zones not counted."""
        return sum(self.rows[0])

    @property
    def height(self) -> float:
        """Height in modules."""
        return len(self.rows) * self.row_height

    def coverage(self, scale: int, phase: float = 0.0) -> npt.NDArray[np.float32]:
        """Draw at ``scale`` pixels a module: the dark share of every pixel, 0…1, exactly.

        The first bar begins ``phase`` pixels (0…1) inside the first column. Shape
        round(height·scale) × ⌈width·scale + phase⌉.
        """
        shape = round(self.height * scale), int(np.ceil(self.width * scale + phase))
        pixels = (np.arange(shape[1] + 1) - phase) / scale
        lines = np.stack([_coverage_of(row, pixels) * scale for row in self.rows])
        index = np.minimum(np.arange(shape[0]) // (self.row_height * scale), len(lines) - 1)
        drawn: npt.NDArray[np.float32] = lines[index.astype(np.intp)]
        return drawn


def symbol_of(spec: SceneSpec) -> Symbol:
    """Encode ``spec.text``. Raises ValueError where the symbology cannot hold it."""
    if spec.text is None:
        raise ValueError("the scene has no text to encode")
    return _symbol(spec.text, spec)


def neighbour_of(neighbour: Neighbour) -> Symbol:
    """Encode what stands beside a label's symbol. Raises ValueError as `symbol_of` does."""
    return _symbol(neighbour.text, neighbour)


def _symbol(text: str, spec: SceneSpec | Neighbour) -> Symbol:
    if spec.symbology is Symbology.CODE39:
        return Symbol((code39.encode(text, spec.wide),), spec.height)
    barcode = zxingcpp.create_barcode(text, _FORMATS[spec.symbology])
    image = barcode.to_image(scale=1, add_hrt=False, add_quiet_zones=False)
    dark = np.asarray(cast("npt.NDArray[np.uint8]", image)) == 0
    if spec.symbology not in MATRIX:
        return Symbol((_runs_of(dark[0]),), spec.height)
    return Symbol(tuple(_runs_of(row) for row in dark), 1.0)


def _runs_of(dark: npt.NDArray[np.bool_]) -> tuple[float, ...]:
    """Measure the runs of a row; a row that begins light gets a dark run of no width."""
    edges = np.flatnonzero(np.diff(dark.astype(np.int8))) + 1
    bounds = [0, *map(int, edges), len(dark)]
    runs = [float(b - a) for a, b in pairwise(bounds)]
    return tuple(runs if dark[0] else [0.0, *runs])


def _coverage_of(
    row: tuple[float, ...], bounds: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """Measure the dark between neighbouring bounds: the difference of its running sum."""
    edges = [0.0, *accumulate(row)]
    dark = [0.0, *accumulate(run if i % 2 == 0 else 0.0 for i, run in enumerate(row))]
    return np.diff(np.interp(bounds, edges, dark)).astype(np.float32)
