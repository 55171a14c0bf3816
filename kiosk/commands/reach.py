"""How a command reaches its lane: through the daemon's socket, or by the lock where none runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.clock import SystemClock
from kiosk.commands.stopping import stops_noted
from kiosk.config.schema import LaneConfig
from kiosk.control.address import RUNTIME_DIR, is_answered, socket_paths
from kiosk.control.client import ControlClient
from kiosk.control.decisions import Decisions
from kiosk.control.protocol import Sending
from kiosk.errors import NoDaemonError
from kiosk.state import open_ledger


def find_daemon(config: LaneConfig) -> ControlClient | None:
    """Find the lane's daemon; None where none runs. Raises MachineError."""
    return ControlClient.find(config.lane, config.state_dir)


def the_daemon(config: LaneConfig, runtime_dir: Path = RUNTIME_DIR) -> ControlClient:
    """Find the lane's daemon; raises NoDaemonError where none runs."""
    daemon = ControlClient.find(config.lane, config.state_dir, runtime_dir)
    if daemon is not None:
        return daemon
    if runs_elsewhere(config, runtime_dir):
        raise NoDaemonError(
            f"lane {config.lane} runs with another state_dir than its file names: "
            f"`{restart_words(config.lane)}`"
        )
    raise NoDaemonError(
        f"no daemon of lane {config.lane} runs: start it with `{start_words(config.lane)}`"
    )


def runs_elsewhere(config: LaneConfig, runtime_dir: Path = RUNTIME_DIR) -> bool:
    """Tell whether a lane of this name, but of another state directory, runs as a service.

    For whoever found no daemon: the file's ``state_dir`` was changed and the lane not restarted.
    """
    return is_answered(socket_paths(config.lane, config.state_dir, runtime_dir)[0])


def start_words(lane: str) -> str:
    """Write the command that starts a lane, as one types it."""
    return f"sudo systemctl start vin-kiosk@{lane}"


def restart_words(lane: str) -> str:
    """Write the command that restarts a lane, as one types it."""
    return f"sudo systemctl restart vin-kiosk@{lane}"


@contextmanager
def lane_that_sends(config: LaneConfig) -> Iterator[Sending]:
    """Give the daemon, or an uploader of our own that holds the lane's lock.

    Our own is not killed by a signal while an answer that was paid for is on its way. Raises
    StateLockedError where the lock is held but nobody answers.
    """
    daemon = find_daemon(config)
    if daemon is not None:
        yield daemon
        return
    from kiosk.app import standalone  # noqa: PLC0415 - OpenCV loads only where no daemon answers

    with stops_noted() as stop_asked, standalone(config, stop_asked) as alone:
        yield alone


@contextmanager
def lane_that_keeps(config: LaneConfig) -> Iterator[ControlClient | Decisions]:
    """Give the daemon, or the ledger itself under its lock: nothing is sent here.

    Raises StateLockedError where the lock is held but nobody answers.
    """
    daemon = find_daemon(config)
    if daemon is not None:
        yield daemon
        return
    clock = SystemClock()
    with open_ledger(config, clock) as ledger:
        yield Decisions(ledger, clock)
