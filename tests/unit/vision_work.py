"""Counts what the prefilter does for one picture, at the doors that all its work goes through."""

import importlib
import pkgutil
from dataclasses import dataclass

import cv2
import zxingcpp

import kiosk.vision
from kiosk.vision import decode, track
from kiosk.vision.readers import _pyzbar, load_readers


@dataclass
class Work:
    """What was done so far; pixels are those handed over, whatever is made of them."""

    sampled: int = 0  # pixels of strips and of lines across regions
    tracked: int = 0  # strips that were searched for rows of bars
    profiles: int = 0  # lines that our own decoder was given
    zxing: int = 0  # pixels
    zbar: int = 0  # pixels

    def __sub__(self, other):
        return Work(**{name: value - getattr(other, name) for name, value in vars(self).items()})


def count_work(patch):
    """Count from now on; ``patch`` is pytest's monkeypatch."""
    work = Work()

    def counted(function, name, amount):
        def counting(*arguments, **options):
            setattr(work, name, getattr(work, name) + amount(*arguments))
            return function(*arguments, **options)

        return counting

    def everywhere(function, name):
        counting = counted(function, name, lambda *_: 1)
        for room in pkgutil.iter_modules(kiosk.vision.__path__, f"{kiosk.vision.__name__}."):
            module = importlib.import_module(room.name)
            for attribute, value in list(vars(module).items()):
                if value is function:
                    patch.setattr(module, attribute, counting)

    load_readers()
    patch.setattr(zxingcpp, "read_barcodes", counted(zxingcpp.read_barcodes, "zxing", _size))
    patch.setattr(_pyzbar(), "decode", counted(_pyzbar().decode, "zbar", _size))
    for warp in ("warpPerspective", "warpAffine"):
        patch.setattr(cv2, warp, counted(getattr(cv2, warp), "sampled", _area))
    everywhere(decode.read_profile, "profiles")
    for function in (track.tracks_in, track.track_through):
        everywhere(function, "tracked")
    return work


def _size(image, *_):
    return image.size


def _area(_image, _matrix, size, *_):
    return size[0] * size[1]
