"""``vin-kiosk read``: what the prefilter makes of pictures; nothing is uploaded."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import cv2

from kiosk.commands.waiting import end_progress, show_progress
from kiosk.errors import OutcomeError, PictureError, UsageError
from kiosk.model import Reading, Verdict
from kiosk.vision.picture import BYTES_MAX, decode_picture
from kiosk.vision.prefilter import Prefilter

Line = dict[str, Any]

_WORDS = {
    Verdict.VIN: "VIN {vin}",
    Verdict.UNREAD: "a Code 39 label that cannot be read surely",
    Verdict.NOT_VIN: "Code 39, but no VIN: {text}",
    Verdict.FOREIGN: "{symbology}, not Code 39: {text}",
    Verdict.NONE: "no barcode",
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option(
    "--crops",
    "crops_dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write each crop that would be uploaded into this folder.",
)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, readable=False),
    metavar="FILE…",
)
def command(files: tuple[Path, ...], crops_dir: Path | None, *, as_json: bool) -> None:
    """Read pictures here and print what is found; nothing is uploaded.

    Where several labels with different VINs are in view the verdict is unread, `vins` lists them,
    and nothing would be uploaded.

    Exit code 0: every file is a picture, whatever was found in it. 1: at least one is none. 2: the
    crops cannot be written, or would overwrite each other. 4: something of the machine is missing.
    """
    if crops_dir is not None:
        _prepare(crops_dir, files)
    failed = 0
    for line in _lines(files, crops_dir):
        failed += "error" in line
        end_progress()
        click.echo(json.dumps(line, ensure_ascii=False) if as_json else _sentence(line))
    if failed:
        some = "One file" if failed == 1 else f"{failed} files"
        raise OutcomeError(f"{some} could not be read as a picture.")


def _prepare(folder: Path, files: tuple[Path, ...]) -> None:
    """Make the folder for crops, and refuse names that would overwrite each other, or a picture."""
    seen: dict[str, Path] = {}
    for file in files:
        crop = folder / f"{file.stem}.png"
        if crop.exists() and file.exists() and crop.samefile(file):
            raise UsageError(
                f"The crop of {file} would take the picture's own place: name another folder."
            )
        other = seen.setdefault(file.stem, file)
        if other != file:
            raise UsageError(
                f"{other} and {file} would write the same crop {file.stem}.png: "
                "read them into different folders."
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The folder {folder} cannot be made: {error.strerror}.") from error


def _lines(files: tuple[Path, ...], crops_dir: Path | None) -> Iterator[Line]:
    """Examine the files one after the other."""
    prefilter = Prefilter()
    # every damaged file gets a line of ours: OpenCV's would stand between them
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    for number, file in enumerate(files, 1):
        show_progress(f"{file}: looking … ({number} of {len(files)})")
        try:
            reading = prefilter.examine(decode_picture(_bytes_of(file), grey=True))
        except PictureError as error:
            yield {"file": str(file), "error": str(error)}
            continue
        if crops_dir is not None and reading.crop is not None:
            _write(crops_dir / f"{file.stem}.{reading.crop.format}", reading.crop.data)
        yield _line(file, reading)


def _bytes_of(file: Path) -> bytes:
    """Read a file, but never more than a picture may hold. Raises PictureError."""
    try:
        with file.open("rb") as stream:
            return stream.read(BYTES_MAX + 1)
    except OSError as error:
        raise PictureError(f"The file cannot be read: {error.strerror}.") from error


def _write(path: Path, data: bytes) -> None:
    """Write one crop. Raises UsageError where the folder does not take it."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise UsageError(f"The crop {path} cannot be written: {error.strerror}.") from error


def _line(file: Path, reading: Reading) -> Line:
    """Put a reading into the words of the contract."""
    crop = reading.crop
    return {
        "file": str(file),
        "verdict": reading.verdict.value,
        "text": reading.text,
        "vin": reading.vin,
        "confidence": (reading.confidence or None) if reading.text else None,  # of that very text
        "symbology": reading.symbology,
        "quad": [[round(x, 1), round(y, 1)] for x, y in reading.quad] if reading.quad else None,
        "crop": crop
        and {
            "width": crop.width,
            "height": crop.height,
            "bytes": len(crop.data),
            "format": crop.format,
        },
        "ms": reading.ms,
        "vins": list(reading.vins) if reading.two_labels else None,
    }


def _sentence(line: Line) -> str:
    """Say a line in words."""
    if "error" in line:
        return f"{line['file']}: {line['error']}"
    words = _WORDS[Verdict(line["verdict"])].format(**line)
    if line["vins"]:
        words = f"two labels in view, show only one: {' and '.join(line['vins'])}"
    also = f" (holds the VIN {line['vin']})" if line["verdict"] == "foreign" and line["vin"] else ""
    return f"{line['file']}: {words}{also}, {line['ms']:.0f} ms"
