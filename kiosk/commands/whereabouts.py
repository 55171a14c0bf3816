"""Where a lane is to be found and how it is started, also while its file holds a mistake."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

import click

from kiosk.commands.lanes import lanes_dir
from kiosk.commands.options import LaneFile
from kiosk.commands.printing import plain
from kiosk.config.load import Examination
from kiosk.config.schema import LaneConfig
from kiosk.control.address import RUNTIME_DIR, is_answered, socket_paths
from kiosk.control.client import ControlClient
from kiosk.errors import ConfigError, MachineError
from kiosk.lane_name import LANE_NAME

_USUAL_STATE = Path("/var/lib/vin-kiosk")


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A lane by its name and state directory; ``config`` is None while its file has mistakes.

    ``by_hand`` is a file that systemd knows nothing of: one outside the folder of lanes.
    """

    lane: str
    state_dir: Path
    config: LaneConfig | None
    by_hand: Path | None = None
    mistakes: tuple[str, ...] = ()

    def sound(self) -> LaneConfig:
        """Return the configuration. Raises ConfigError where the file has mistakes."""
        if self.config is None:
            raise ConfigError(list(self.mistakes))
        return self.config

    @property
    def trouble(self) -> str | None:
        """Say that the file has mistakes, which the running lane knows nothing of."""
        if self.config is not None:
            return None
        more = f" (and {len(self.mistakes) - 1} more)" if len(self.mistakes) > 1 else ""
        return (
            f"the lane's file has a mistake, the running lane goes on with what it read before: "
            f"{self.mistakes[0]}{more}"
        )

    @property
    def start_words(self) -> str:
        """Write the command that starts the lane, as one types it."""
        if self.by_hand is not None:
            return f"vin-kiosk run --config {quote(str(self.by_hand))}"
        return f"sudo systemctl start vin-kiosk@{self.lane}"

    @property
    def restart_words(self) -> str:
        """Say in a code span, or more, how the lane is restarted."""
        if self.by_hand is not None:
            return f"stop it where it was started, then `{self.start_words}`"
        return f"`sudo systemctl restart vin-kiosk@{self.lane}`"

    @property
    def stop_words(self) -> str:
        """Say how the lane is stopped."""
        if self.by_hand is not None:
            return "stop it where it was started, with Ctrl-C"
        return f"stop it first, with `sudo systemctl stop vin-kiosk@{self.lane}`"


def find_lane(file: LaneFile, runtime_dir: Path = RUNTIME_DIR) -> Whereabouts:
    """Find the lane that a command is about.

    A mistake that was saved into the file of a running lane must not hide the lane: it is found by
    what the file still says, else by the usual places, and the mistake is told on standard error.
    Raises UsageError where no file is found, ConfigError where the file has mistakes and no
    lane runs there.
    """
    examination = file.examine()
    config = examination.config
    if config is not None:
        return Whereabouts(config.lane, config.state_dir, config, _by_hand(file))
    where = _guessed(file, examination)
    if file.overrides or not _runs(where, runtime_dir):  # a --set is never in the saved file
        where.sound()
    click.echo(f"vin-kiosk: {plain(where.trouble)}", err=True)
    return where


def _guessed(file: LaneFile, examination: Examination) -> Whereabouts:
    said = examination.values
    lane = file.path().stem if file.config is None else str(said.get("lane") or "")
    return Whereabouts(
        lane,
        _state_dir(lane, said),
        None,
        _by_hand(file),
        tuple(map(str, examination.problems)),
    )


def _by_hand(file: LaneFile) -> Path | None:
    """Return the file that only --config finds."""
    named = file.config
    return named if named is not None and named.absolute().parent != lanes_dir() else None


def _state_dir(lane: str, said: Mapping[str, object]) -> Path:
    path = said.get("state_dir")
    if isinstance(path, str) and path.startswith("/") and "\0" not in path:
        return Path(path)
    return _USUAL_STATE / lane


def _runs(where: Whereabouts, runtime_dir: Path) -> bool:
    if not LANE_NAME.fullmatch(where.lane):  # it is about to be a part of a path
        return False
    try:
        if ControlClient.find(where.lane, where.state_dir, runtime_dir) is not None:
            return True
    except MachineError:  # it is there, but may not be asked: who asks again is told why
        return True
    return is_answered(socket_paths(where.lane, where.state_dir, runtime_dir)[0])
