"""The shared pictures: photographs of labels and of other things, and scenes of another hand.

For measuring only: nothing is ever tuned to them.
"""

import csv
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from figures import Figure
from prefilter_crops import crop_figures
from prefilter_run import ROOT, Progress
from prefilter_scene import (
    Row,
    best_of,
    grey_of,
    jpeg_size,
    judge_crop,
    look_of_peers,
    overlap_of,
)
from prefilter_scores import GOALS, by_level, peer_shares, share

from kiosk.model import Image, Quad, Reading, Verdict
from kiosk.simulate.presets import empty_lane
from kiosk.simulate.scene import render
from kiosk.simulate.spec import FRAME_HEIGHT, FRAME_WIDTH, Symbology
from kiosk.vision.picture import decode_picture
from kiosk.vision.prefilter import Prefilter

LABELS = {
    "vin/quagga2-image-001.jpg": "I2HGFG1B86BH501831",
    "vin/quagga2-image-003.jpg": "IJM1BK32G071773697",
    "vin/quagga2-image-005.jpg": "3VW2K7AJ9EM381173",
    "vin/quagga2-image-006.jpg": "IJM1BL1H4XA1335663",
    "vin/quagga2-image-008.jpg": "WMEEJ3BA4DK652562",
}
"""The photographs of VIN labels and what they say: a manifest with fewer is cut."""

OTHERS = 39
"""Photographs of other codes, or of none."""

SCENES = 80
"""Scenes of another hand."""

_ANY_WIDE = 2.5  # wide:narrow is not known of these labels; the quiet zone's measure hardly cares


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph in one form: what it is, and whether that was got right."""

    file: str
    form: str
    is_label: bool
    said: str
    right: bool
    stray: bool  # taken for a VIN that it is not, or uploaded for nothing
    iou: float | None


def shared_folder() -> Path | None:
    """Find the shared data: where VIN_KIOSK_SHARED points, else ``shared`` beside the project."""
    named = os.environ.get("VIN_KIOSK_SHARED")
    folder = Path(named) if named else ROOT.parent / "shared"
    return folder if folder.is_dir() else None


def contents_of(folder: Path | None, name: str) -> str:
    """Tell the manifest of some of the shared pictures from any other; empty where it is not."""
    path = folder / name / "manifest.csv" if folder else None
    if path is None or not path.is_file():
        return ""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def look_at_photos(prefilter: Prefilter, folder: Path) -> Iterator[Photo]:
    """Examine each photograph of a corpus as it is, scaled, and pasted into a frame."""
    lines = _lines_of(folder)
    with Progress(len(lines), f"photographs, each in {len(FORMS)} forms") as progress:
        for number, line in enumerate(lines):
            picture = decode_picture((folder / line["file"]).read_bytes())
            for form, change in FORMS.items():
                yield _look(prefilter.examine(change(picture, number)), line, form)
            progress.step()


def _look(reading: Reading, line: dict[str, str], form: str) -> Photo:
    """Hold a reading against the manifest; a label that is not one of the five is none."""
    file, text = line["file"], line["code39_plain"]
    is_label = LABELS.get(file) == text
    right = reading.verdict is Verdict.VIN and reading.text == text
    claimed = reading.verdict is Verdict.VIN or reading.crop is not None
    stray = (reading.verdict is Verdict.VIN and not right) if is_label else claimed
    said = f"{reading.verdict} {reading.text or ''}".strip()
    quad = _quad_of(line["quad"]) if form == "as it is" else None
    iou = overlap_of(reading.quad, quad) if reading.quad and quad else None
    return Photo(file, form, is_label, said, right, stray, iou)


def _as_it_is(picture: Image, _: int) -> Image:
    return picture


def _scaled(picture: Image, _: int) -> Image:
    """Scale to the largest size that fits a frame."""
    height, width = picture.shape[:2]
    scale = min(FRAME_WIDTH / width, FRAME_HEIGHT / height)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    size = round(width * scale), round(height * scale)
    return np.asarray(cv2.resize(picture, size, interpolation=method), np.uint8)


def _framed(picture: Image, number: int) -> Image:
    """Paste the scaled picture into the middle of a frame."""
    return _paste(_scaled(picture, number), number, 0.5, 0.5)


def _pasted(picture: Image, number: int) -> Image:
    """Paste the picture, in its own size if that fits, anywhere into a frame."""
    height, width = picture.shape[:2]
    if width > FRAME_WIDTH or height > FRAME_HEIGHT:
        picture = _scaled(picture, number)
    rng = np.random.default_rng(number)
    return _paste(picture, number, *rng.uniform(0, 1, 2))


def _paste(picture: Image, number: int, across: float, down: float) -> Image:
    frame = _frame(number).copy()
    height, width = picture.shape[:2]
    left, top = round((FRAME_WIDTH - width) * across), round((FRAME_HEIGHT - height) * down)
    frame[top : top + height, left : left + width] = picture
    return frame


@lru_cache(maxsize=1)
def _frame(number: int) -> Image:
    return render(empty_lane(number)).image


FORMS: dict[str, Callable[[Image, int], Image]] = {
    "as it is": _as_it_is,
    "scaled to fit 1920×1080": _scaled,
    "scaled, in a 1920×1080 frame": _framed,
    "its own size, in a 1920×1080 frame": _pasted,
}


def photo_figures(photos: list[Photo]) -> Iterator[Figure]:
    """Yield the labels read in each form, and the strays."""
    for form in FORMS:
        labels = [photo for photo in photos if photo.form == form and photo.is_label]
        missed = [f"{Path(one.file).name}: {one.said}" for one in labels if not one.right]
        name = f"photographs of VIN labels read, {form}"
        value = len({photo.file for photo in labels if photo.right})
        told = "; ".join([f"{value} of {len(LABELS)}", *missed])
        yield Figure(name, value, "", None, told, len(LABELS))
    strays = [f"{photo.file} {photo.form}: {photo.said}" for photo in photos if photo.stray]
    labels = {photo.file for photo in photos if photo.is_label}
    others = {photo.file for photo in photos if not photo.is_label}
    detail = f"{len(labels)} of VIN labels, {len(others)} of other codes or none"
    whole = len(LABELS) + OTHERS
    yield Figure("photographs in the corpus", len(labels | others), "", None, detail, whole)
    detail = "; ".join(strays) or f"of {len(others)} of other codes or none, in all forms"
    yield Figure("photographs taken for a VIN or uploaded", len(strays), "", 0, detail)
    overlaps = [photo.iou for photo in photos if photo.iou is not None]
    if overlaps:
        detail = f"lowest {min(overlaps):.2f}"
        yield Figure(
            "photographs: quads, median overlap", float(np.median(overlaps)), "", None, detail
        )


def look_at_shared_scenes(prefilter: Prefilter, folder: Path) -> list[Row]:
    """Examine the scenes of another hand, the libraries beside."""
    rows = []
    lines = _lines_of(folder)
    with Progress(len(lines), "scenes of another hand") as progress:
        for number, line in enumerate(lines):
            rows.append(_row(prefilter, folder, number, line))
            progress.step()
    return rows


def _row(prefilter: Prefilter, folder: Path, number: int, line: dict[str, str]) -> Row:
    image = decode_picture((folder / line["file"]).read_bytes())
    reading, text = prefilter.examine(image), line["text"] or None
    crop = None
    if reading.crop is not None and text:
        crop = judge_crop(reading.crop, text, _ANY_WIDE, jpeg_size(image))
    quad = _quad_of(line["quad"])
    return Row(
        line["level"],
        number,
        text,
        text,
        Symbology.CODE39 if text else None,
        float(line["module_px"] or 0),
        0.0,
        reading.verdict.value,
        reading.text,
        reading.vin,
        reading.vins,
        reading.symbology,
        reading.confidence,
        reading.crop is not None,
        best_of(reading),
        overlap_of(reading.quad, quad) if reading.quad and quad else None,
        look_of_peers(grey_of(image), text),
        crop,
    )


def shared_scene_figures(rows: list[Row]) -> Iterator[Figure]:
    """Yield the reads by level, wrong VINs and wasted uploads."""
    yield Figure("shared scenes looked at", len(rows), "", None, "", SCENES)
    for level, group in by_level(rows).items():
        zbar, zxing = peer_shares(group)
        if level in GOALS:
            ours = share(group, lambda row: row.is_right)
            detail = f"{ours.hits} of {ours.total}; zbar {zbar.hits}, zxing-cpp {zxing.hits}"
            yield Figure(
                f"shared scenes read, {level}", ours.percent, "%", None, detail, GOALS[level]
            )
    for figure in crop_figures(rows):
        yield replace(figure, name=f"shared scenes: {figure.name}")
    wrong = share(rows, lambda row: row.is_wrong)
    wasted = share((row for row in rows if row.text is None), lambda row: row.uploaded)
    yield Figure("shared scenes: wrong VINs", wrong.hits, "", 0, f"of {wrong.total}")
    yield Figure("shared scenes: wasted uploads", wasted.hits, "", 0, f"of {wasted.total}")


def _lines_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _quad_of(text: str) -> Quad | None:
    if not text:
        return None
    corners = np.array(text.split(), float).reshape(4, 2).tolist()
    first, second, third, fourth = ((float(x), float(y)) for x, y in corners)
    return first, second, third, fourth
