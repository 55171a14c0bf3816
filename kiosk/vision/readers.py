"""The doors of the two barcode libraries, zxing-cpp and zbar: arrays in, texts out.

zxing-cpp raises for anything but uint8 of 1 or 3 channels; zbar silently reads channel 0 of a
colour picture and fails on an empty one. Both only ever get grey, contiguous, non-empty uint8.
"""

import importlib
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast

import numpy as np
import zxingcpp

from kiosk.errors import MachineError
from kiosk.model import Image, Quad

Kind = Literal["all", "linear", "matrix"]
_KINDS: dict[Kind, str] = {"all": "AllReadable", "linear": "AllLinear", "matrix": "AllMatrix"}
_NAMES = {"QRCode": "qr", "DataMatrix": "datamatrix", "EAN13": "ean13", "EAN8": "ean8"}


@dataclass(frozen=True, slots=True)
class Found:
    """A symbol that zxing-cpp found: its text, symbology in lower case, corners in pixels."""

    text: str
    symbology: str
    quad: Quad


def zxing_code39(grey: Image, *, thorough: bool = False) -> tuple[str, ...]:
    """Return the texts of the Code 39 symbols that zxing-cpp reads in ``grey`` (H×W uint8).

    ``Code39Std`` with plain text: the wider family rewrites what it reads as Code 32 or
    extended Code 39. ``thorough`` also tries turned and smaller pictures, for full frames.
    """
    found = zxingcpp.read_barcodes(
        np.ascontiguousarray(grey),
        formats=_formats("Code39Std"),
        text_mode=zxingcpp.TextMode.Plain,
        try_rotate=thorough,
        try_downscale=thorough,
    )
    return tuple(str(symbol.text) for symbol in found)


def zbar_code39(grey: Image) -> tuple[str, ...]:
    """Return the texts of the Code 39 symbols that zbar reads in ``grey`` (H×W uint8).

    Raises MachineError where the C library is missing.
    """
    pyzbar = _pyzbar()
    found = pyzbar.decode(np.ascontiguousarray(grey), symbols=[pyzbar.ZBarSymbol.CODE39])
    return tuple(symbol.data.decode("ascii", "replace") for symbol in found)


def zxing_any(grey: Image, kind: Kind = "all") -> tuple[Found, ...]:
    """Return the symbols, of any symbology of the ``kind``, that zxing-cpp reads (H×W uint8).

    ``linear`` ones are looked for along the rows only: strips are upright.
    """
    found = zxingcpp.read_barcodes(
        np.ascontiguousarray(grey),
        formats=_formats(_KINDS[kind]),
        text_mode=zxingcpp.TextMode.Plain,
        try_rotate=kind != "linear",
        try_downscale=kind == "all",
    )
    return tuple(
        Found(str(symbol.text), _name(symbol.format), _corners(symbol.position)) for symbol in found
    )


@cache
def _formats(name: str) -> zxingcpp.BarcodeFormats:
    """Return one of zxing-cpp's formats, or families of formats, as it wants to be asked."""
    return zxingcpp.BarcodeFormats(getattr(zxingcpp.BarcodeFormat, name))


def load_readers() -> None:
    """Load the libraries now; raises MachineError, with what to do, where libzbar is missing."""
    _pyzbar()


@cache
def _pyzbar() -> Any:
    """Import pyzbar late: it looks for the C library at once, and fails without it."""
    try:
        module: Any = importlib.import_module("pyzbar.pyzbar")
    except ImportError as error:
        raise MachineError(
            "The barcode library zbar is missing. Install it: sudo apt install libzbar0"
        ) from error
    return module


def _name(symbology: object) -> str:
    """Spell a zxing-cpp format as this project does: code39, code128, qr and so on."""
    name = cast("Any", symbology).name
    if name.startswith("Code39"):
        return "code39"
    return _NAMES.get(name, str(name).lower())


def _corners(position: Any) -> Quad:
    """Return the corners, clockwise from the upper left of the text."""
    at = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    upper_left, upper_right, lower_right, lower_left = ((float(p.x), float(p.y)) for p in at)
    return upper_left, upper_right, lower_right, lower_left
