"""Which lanes are configured on this machine: light enough for the shell's completion."""

import os
from pathlib import Path

from kiosk.lane_name import LANE_NAME

USUAL_DIR = "/etc/vin-kiosk"
_DIR_VARIABLE = "VIN_KIOSK_CONFIG_DIR"  # for packagers with another /etc, and for tests


def lanes_dir() -> Path:
    """Give the folder of the lanes' files."""
    return Path(os.environ.get(_DIR_VARIABLE) or USUAL_DIR)


def lane_files(folder: Path) -> list[Path]:
    """List the lanes' files, by name; what an editor left behind is none."""
    return sorted(path for path in folder.glob("*.yaml") if not path.name.startswith("."))


def lane_names(folder: Path) -> list[str]:
    """List the lanes that have a name a lane may bear: nothing else is safe to type unquoted."""
    return [path.stem for path in lane_files(folder) if LANE_NAME.fullmatch(path.stem)]
