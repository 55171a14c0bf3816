"""The pictures are drawn by scripts: their modules lie outside the package."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[3] / "scripts" / "lib"))
