"""Write, or check, the files that are made from the program itself.

scripts/docs [--check]
"""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import click
from configuration_page import configuration_page
from example_lane import example_lane
from geometry_drawing import geometry_drawing
from glass_pictures import SHEETS, glass_sheet
from outline_module import outline_module
from states_drawing import states_drawing, states_page
from words_table import operating_page

_ROOT = Path(__file__).resolve().parents[2]
_MADE: Mapping[str, Callable[[], str]] = {
    "docs/configuration.md": configuration_page,
    "config/lane.example.yaml": example_lane,
    "kiosk/completion/outline.py": outline_module,
    "docs/vision-geometry.svg": geometry_drawing,
    "docs/states.svg": states_drawing,
    "docs/architecture.md": states_page,
    "docs/operating.md": operating_page,
    **{name: partial(glass_sheet, name) for name in SHEETS},
}


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where a file is stale.")
@click.option("--root", type=click.Path(path_type=Path), default=_ROOT, hidden=True)
def main(*, check: bool, root: Path) -> None:
    """Write the files that are made from the program itself."""
    stale = False
    for name, make in _MADE.items():
        path, text = root / name, make()
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale = True
        if check:
            click.echo(f"{name}: out of date: run scripts/docs")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
            click.echo(f"{name}: written")
    sys.exit(1 if check and stale else 0)


if __name__ == "__main__":
    main()
