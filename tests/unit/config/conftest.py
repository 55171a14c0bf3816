"""A lane's file on disk, for the tests of the configuration."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.config import examine

Examine = Callable[..., list[str]]


@pytest.fixture
def lane_file(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "lane1.yaml"
        path.write_text(textwrap.dedent(text), "utf-8")
        return path

    return write


@pytest.fixture
def problems(lane_file: Callable[[str], Path]) -> Examine:
    """Examine a text and give its problems, the folder cut away from each."""

    def look(text: str, *overrides: str) -> list[str]:
        path = lane_file(text)
        found = examine(path, overrides).problems
        return [str(problem).removeprefix(f"{path.parent}/") for problem in found]

    return look
