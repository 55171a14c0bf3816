"""Rows as the bench of the prefilter makes them, without looking at a picture."""

from prefilter_scene import CropFacts, Peers, Row

TEXT = "1HGCM82633A004352"


def label(said=TEXT, verdict="vin", level="normal", **facts):
    facts = {"module_px": 2.0, "defocus": 0.3, "confidence": 1.0, "uploaded": True, **facts}
    number = facts.pop("seed", 0)
    best = facts.pop("best", said)
    return Row(level, number, TEXT, verdict=verdict, said=said, vin=said, best=best, **facts)


def empty(verdict="none", *, uploaded=False, said=None):
    return Row("empty", 0, None, 2.0, 0.3, verdict, said, said, 0.0, uploaded, said)


def peers(*, zbar=False, zxing=False):
    return Peers(zbar, zxing, 0)


def crop(size=1000, *, zbar=True, zxing=True, fault=""):
    return CropFacts(size, 100_000, zbar, zxing, fault)
