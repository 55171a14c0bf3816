"""Render simulated scenes into a folder with a manifest, a contact sheet, or both.

scripts/scenes --level normal --count 12 --seed 100000 --out DIR --sheet FILE.png
"""

import csv
import itertools
from pathlib import Path

import click
import cv2
import numpy as np

from kiosk.simulate.levels import FURTHER, LEVELS, sample
from kiosk.simulate.scene import Scene, render

_COLUMNS = 4
_THUMBNAIL = (480, 270)
_HEADER = ("file", "level", "text", "quad", "module_px")


@click.command()
@click.option(
    "--level", type=click.Choice([*LEVELS, *FURTHER, "all"]), default="all", show_default=True
)
@click.option("--count", type=click.IntRange(min=1), default=12, show_default=True, help="A level.")
@click.option("--seed", type=int, default=0, show_default=True, help="The first; then one by one.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder for pictures and manifest.csv."
)
@click.option("--sheet", type=click.Path(path_type=Path), help="PNG for the contact sheet.")
def main(level: str, count: int, seed: int, out: Path | None, sheet: Path | None) -> None:
    """Render --count scenes of a level; all are those of difficulty."""
    if out is None and sheet is None:
        raise click.UsageError("say where to: --out DIR, --sheet FILE.png, or both")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    rows, thumbnails = [], []
    levels = list(LEVELS) if level == "all" else [level]
    for name, number in itertools.product(levels, range(seed, seed + count)):
        scene = render(sample(name, number))
        if out is not None:
            rows.append(_save(scene, name, number, out))
        if sheet is not None:
            thumbnails.append(cv2.resize(scene.image, _THUMBNAIL, interpolation=cv2.INTER_AREA))
    if out is not None:
        with (out / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([_HEADER, *rows])
    if sheet is not None and not cv2.imwrite(str(sheet), _tiled(thumbnails)):
        raise click.ClickException(f"cannot write {sheet}")


def _save(scene: Scene, level: str, number: int, folder: Path) -> tuple[str, ...]:
    """Write the picture; return its row of the manifest (quad: x y, four times)."""
    name = f"{level}-{number:02d}.jpg"
    assert scene.jpeg is not None
    (folder / name).write_bytes(scene.jpeg)
    quad = " ".join(f"{value:.1f}" for point in scene.quad or () for value in point)
    module = f"{scene.module_px:.2f}" if scene.text else ""
    return name, level, scene.text or "", quad, module


def _tiled(pictures: list[np.ndarray]) -> np.ndarray:
    blank = np.zeros_like(pictures[0])
    columns = min(_COLUMNS, len(pictures))
    padded = [*pictures, *[blank] * (-len(pictures) % columns)]
    return np.vstack(
        [np.hstack(padded[at : at + columns]) for at in range(0, len(padded), columns)]
    )


if __name__ == "__main__":
    main()
