"""Measure the prefilter on the shared photographs and scenes, beside zxing-cpp and zbar.

Finds the data in ../shared beside the project, or where VIN_KIOSK_SHARED points.
These pictures are for measuring only: nothing is ever tuned to them.
"""

import argparse
import csv
import os
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from kiosk.model import Reading, Verdict
from kiosk.vision.picture import decode_picture
from kiosk.vision.prefilter import Prefilter
from kiosk.vision.readers import zbar_code39, zxing_code39

ROOT = Path(__file__).resolve().parents[2]
IOU_MIN = 0.7


@dataclass
class Level:
    """What one level of scenes came to."""

    count: Counter[str] = field(default_factory=Counter)
    ms: list[float] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)
    iou: list[float] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def main() -> int:
    """Print the figures; exit 1 where one is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verbose", action="store_true", help="name every picture that failed")
    verbose = parser.parse_args().verbose
    shared = Path(os.environ.get("VIN_KIOSK_SHARED", ROOT.parent / "shared"))
    if not (shared / "scenes" / "manifest.csv").is_file():
        print(f"No pictures in {shared}: set VIN_KIOSK_SHARED.", file=sys.stderr)
        return 2
    prefilter = Prefilter()
    prefilter.examine(np.zeros((64, 64), np.uint8))  # libraries load before the clock runs
    good = photographs(prefilter, shared / "corpus", verbose=verbose)
    good &= scenes(prefilter, shared / "scenes", verbose=verbose)
    print("all figures reached" if good else "A FIGURE WAS MISSED")
    return 0 if good else 1


def photographs(prefilter: Prefilter, folder: Path, *, verbose: bool) -> bool:
    """Examine the photographs: VIN labels, other Code 39, other symbologies."""
    count: Counter[str] = Counter()
    for row in progress(rows_of(folder)):
        kind = row["file"].split("/")[0]
        reading = prefilter.examine(decode_picture((folder / row["file"]).read_bytes()))
        count[f"{kind} all"] += 1
        count[f"{kind} upload"] += reading.crop is not None
        detail = str(reading.verdict)
        if kind == "vin":
            wrong = reading.verdict is Verdict.VIN and reading.text != row["code39_plain"]
            overlap = iou(reading, row["quad"])
            right = row["code39_plain"] in read_crop(reading) and overlap >= IOU_MIN
            count["vin right"] += right
            count["wrong"] += wrong
            detail += f" {reading.text} iou {overlap:.2f} crop read {read_crop(reading)}"
        if verbose:
            print(f"  {row['file']}: {detail}")
    print(
        f"photographs: VIN labels read from their crop with quad {count['vin right']}"
        f"/{count['vin all']}, uploaded {count['vin upload']}; wrong {count['wrong']}; uploads of "
        f"other Code 39 {count['code39-not-vin upload']}/{count['code39-not-vin all']}, of other "
        f"symbologies {count['foreign upload']}/{count['foreign all']}"
    )
    strays = count["code39-not-vin upload"] + count["foreign upload"] + count["wrong"]
    all_out = count["vin upload"] == count["vin all"]
    return count["vin right"] >= count["vin all"] - 1 and all_out and strays == 0


def scenes(prefilter: Prefilter, folder: Path, *, verbose: bool) -> bool:
    """Examine the scenes, and let the two libraries read the full frames."""
    levels: dict[str, Level] = defaultdict(Level)
    for row in progress(rows_of(folder)):
        image = decode_picture((folder / row["file"]).read_bytes())
        tally(levels[row["level"]], row, prefilter.examine(image), image)
    print(
        "scenes    frames  ours  zbar  zxing  wrong  uploads  crop read by zbar/zxing  "
        "mean IoU  crop bytes  median ms"
    )
    good = True
    for name, level in levels.items():
        count = level.count
        crops = f"{count['crop zbar']}/{count['crop zxing']}"
        print(
            f"{name:9} {count['all']:6} {count['ours']:5} {count['zbar']:5} {count['zxing']:6}"
            f" {count['wrong']:6} {count['upload']:8}"
            f"  {crops:>23}"
            f"  {statistics.fmean(level.iou or [0]):8.2f}"
            f"  {statistics.median(level.bytes or [0]):10.0f}  {statistics.median(level.ms):9.1f}"
        )
        if verbose:
            print("".join(f"  {remark}\n" for remark in level.remarks), end="")
        best_other = max(count["zbar"], count["zxing"])
        better = count["upload"] == 0 if name == "empty" else count["ours"] > best_other
        good &= better and count["wrong"] == 0
    return good


def tally(level: Level, row: dict[str, str], reading: Reading, image: np.ndarray) -> None:
    """Count one scene."""
    count, text = level.count, row["text"]
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    count["all"] += 1
    count["upload"] += reading.crop is not None
    level.ms.append(reading.ms)
    right = reading.verdict is Verdict.VIN and reading.text == text
    count["ours"] += right
    count["wrong"] += reading.verdict is Verdict.VIN and not right
    if not right and (text or reading.crop):
        level.remarks.append(f"{row['file']}: {reading.verdict} {reading.text}")
    if not text:
        return
    count["zbar"] += text in zbar_code39(grey)
    count["zxing"] += text in zxing_code39(grey, thorough=True)
    if reading.crop is not None:
        crop = decode_picture(reading.crop.data)[:, :, 0]
        count["crop zbar"] += text in zbar_code39(crop)
        count["crop zxing"] += text in zxing_code39(crop, thorough=True)
        level.bytes.append(len(reading.crop.data))
        level.iou.append(iou(reading, row["quad"]))


def read_crop(reading: Reading) -> set[str]:
    """Read the encoded crop as the service would: from its bytes alone."""
    if reading.crop is None:
        return set()
    crop = decode_picture(reading.crop.data)[:, :, 0]
    return {*zxing_code39(crop, thorough=True), *zbar_code39(crop)}


def iou(reading: Reading, expected: str) -> float:
    """Return the overlap of the reading's quad with the manifest's, 0 to 1."""
    if reading.quad is None or not expected:
        return 0.0
    ours = np.array(reading.quad, np.float32)
    theirs = np.array(expected.split(), np.float32).reshape(4, 2)
    both, _ = cv2.intersectConvexConvex(ours, theirs)
    union = cv2.contourArea(ours) + cv2.contourArea(theirs) - both
    return float(both / union) if union else 0.0


def rows_of(folder: Path) -> list[dict[str, str]]:
    """Read a folder's manifest."""
    with (folder / "manifest.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def progress(rows: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Count pictures on a terminal while they are examined."""
    if not sys.stderr.isatty():
        yield from rows
        return
    for number, row in enumerate(rows, 1):
        print(f"\r{number} of {len(rows)} ", end="", file=sys.stderr, flush=True)
        yield row
    print("\r\033[K", end="", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
