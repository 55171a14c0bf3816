"""Rows as the bench of the prefilter makes them, without looking at a picture."""

from prefilter_scene import CropFacts, Peers, Row

TEXT = "1HGCM82633A004352"


def label(said=TEXT, verdict="vin", level="normal", **facts):
    facts = {"module_px": 2.0, "defocus": 0.3, "confidence": 1.0, "uploaded": True, **facts}
    number, best = facts.pop("seed", 0), facts.pop("best", said)
    facts = {"vin": said, "vins": (said,) if said else (), "symbology": "code39", **facts}
    return Row(level, number, TEXT, TEXT, "code39", verdict=verdict, said=said, best=best, **facts)


def empty(verdict="none", *, uploaded=False, said=None, holds=None, code=None, **facts):
    facts = {"vin": said if verdict == "vin" else None, "vins": (), "symbology": None, **facts}
    level = "empty" if holds is None else "other"
    facts = {"module_px": 2.0, "defocus": 0.3, "confidence": 0.0, "best": said, **facts}
    return Row(level, 0, None, holds, code, verdict=verdict, said=said, uploaded=uploaded, **facts)


def peers(*, zbar=False, zxing=False):
    return Peers(zbar, zxing, 0)


def crop(size=1000, *, zbar=True, zxing=True, ours=True, fault=""):
    return CropFacts(size, 100_000, zbar, zxing, ours, fault)
