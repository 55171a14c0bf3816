"""The options by which every command finds its lane: --lane, --config and --set."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from kiosk.commands.lanes import USUAL_DIR, lane_files, lanes_dir
from kiosk.config.keys import nearest
from kiosk.config.load import Examination, examine
from kiosk.config.schema import LaneConfig
from kiosk.errors import ConfigError, UsageError
from kiosk.lane_name import LANE_NAME

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class LaneFile:
    """The lane's file as the command line named it; looked for only when a method is called."""

    lane: str | None = None
    config: Path | None = None
    overrides: tuple[str, ...] = ()

    def load(self) -> LaneConfig:
        """Load the configuration; raises ConfigError, or UsageError where no file is found."""
        examination = self.examine()
        if examination.config is None:
            raise ConfigError([str(problem) for problem in examination.problems])
        return examination.config

    def examine(self) -> Examination:
        """Look at the file as a whole; raises UsageError where no file is found."""
        path = self.path()
        lane = None if self.config else path.stem
        return examine(path, self.overrides, lane=lane)

    def path(self) -> Path:
        """Find the file: the one named, the lane's, or the only one there is."""
        if self.config and self.lane:
            raise UsageError("--lane and --config name the same thing: give one of them")
        if self.config:
            return self.config
        folder = lanes_dir()
        return _of_lane(self.lane, folder) if self.lane is not None else _only_one(folder)


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


def timeout_option(help_text: str) -> Callable[[_Command], _Command]:
    """Give a click command --timeout; it receives ``timeout_s``, seconds."""
    return click.option(
        "--timeout",
        "timeout_s",
        metavar="S",
        type=click.FloatRange(min=0),
        default=120.0,
        show_default=True,
        help=help_text,
    )


def lane_options(command: _Command) -> _Command:
    """Give a click command --lane, --config and --set; it receives ``config``, a LaneFile."""

    @click.option("--lane", metavar="NAME", help=f"The lane: its file is {USUAL_DIR}/NAME.yaml.")
    @click.option(
        "-c",
        "--config",
        metavar="PATH",
        type=click.Path(path_type=Path, readable=False),
        help=f"The lane's file  [default: the only *.yaml in {USUAL_DIR}]",
    )
    @click.option(
        "--set",
        "overrides",
        metavar="KEY=VALUE",
        multiple=True,
        help="Change one value of the file, such as camera.fps=10 (a YAML value); repeatable.",
    )
    @functools.wraps(command)
    def with_lane(
        *args: Any,
        lane: str | None,
        config: Path | None,
        overrides: tuple[str, ...],
        **rest: Any,
    ) -> Any:
        return command(*args, config=LaneFile(lane, config, overrides), **rest)

    return with_lane  # type: ignore[return-value]


def lanes_named(named: LaneFile) -> list[LaneFile]:
    """Find the lane that was named, else every lane there is, which may be none.

    Raises UsageError where the lane that was named is not there.
    """
    if named.config or named.lane is not None:
        named.path()
        return [named]
    return [replace(named, lane=path.stem) for path in lane_files(lanes_dir())]


def _of_lane(lane: str, folder: Path) -> Path:
    if not LANE_NAME.fullmatch(lane):
        raise UsageError("--lane: a lane's name is 1 to 32 small letters, digits and hyphens")
    path = folder / f"{lane}.yaml"
    if not path.exists():
        lanes = [file.stem for file in lane_files(folder)]
        meant = nearest(lane, lanes)
        known = f"did you mean {meant}?" if meant else f"lanes there: {', '.join(lanes) or 'none'}"
        raise UsageError(f"--lane {lane}: there is no {path}; {known}")
    return path


def _only_one(folder: Path) -> Path:
    files = lane_files(folder)
    if not files:
        raise UsageError(f"no lane is configured: there is no *.yaml in {folder} (see --config)")
    if len(files) > 1:
        raise UsageError(
            f"several lanes are configured: say --lane {' or --lane '.join(f.stem for f in files)}"
        )
    return files[0]
