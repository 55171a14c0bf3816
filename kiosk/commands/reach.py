"""How a command reaches its lane: through the daemon's socket, or by the lock where none runs."""

from collections.abc import Iterator
from contextlib import contextmanager

from kiosk.clock import SystemClock
from kiosk.commands.stopping import stops_noted
from kiosk.config.schema import LaneConfig
from kiosk.control.client import ControlClient
from kiosk.control.decisions import Decisions
from kiosk.control.protocol import Sending
from kiosk.errors import NoDaemonError
from kiosk.state import open_ledger


def find_daemon(config: LaneConfig) -> ControlClient | None:
    """Find the lane's daemon; None where none runs. Raises MachineError."""
    return ControlClient.find(config.lane, config.state_dir)


def the_daemon(config: LaneConfig) -> ControlClient:
    """Find the lane's daemon; raises NoDaemonError where none runs."""
    daemon = find_daemon(config)
    if daemon is None:
        raise NoDaemonError(
            f"no daemon of lane {config.lane} runs: "
            f"start it with `systemctl start vin-kiosk@{config.lane}`"
        )
    return daemon


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
