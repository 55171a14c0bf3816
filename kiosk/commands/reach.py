"""How a command reaches its lane: through the daemon's socket, or by the lock where none runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.clock import SystemClock
from kiosk.commands.stopping import stops_noted
from kiosk.commands.whereabouts import Whereabouts
from kiosk.control.address import RUNTIME_DIR, is_answered, socket_paths
from kiosk.control.client import ControlClient
from kiosk.control.protocol import Sending
from kiosk.errors import NoDaemonError

if TYPE_CHECKING:  # who only lists what is there needs nothing that writes
    from kiosk.control.decisions import Decisions


def find_daemon(where: Whereabouts) -> ControlClient | None:
    """Find the lane's daemon; None where none runs. Raises MachineError."""
    return ControlClient.find(where.lane, where.state_dir)


def the_daemon(where: Whereabouts, runtime_dir: Path = RUNTIME_DIR) -> ControlClient:
    """Find the lane's daemon; raises NoDaemonError where none runs."""
    daemon = ControlClient.find(where.lane, where.state_dir, runtime_dir)
    if daemon is not None:
        return daemon
    if runs_elsewhere(where, runtime_dir):
        raise NoDaemonError(
            f"lane {where.lane} runs with another state_dir than its file names: "
            f"{where.restart_words}"
        )
    raise NoDaemonError(f"no daemon of lane {where.lane} runs: start it with `{where.start_words}`")


def runs_elsewhere(where: Whereabouts, runtime_dir: Path = RUNTIME_DIR) -> bool:
    """Tell whether a lane of this name, but of another state directory, runs as a service.

    For whoever found no daemon: the file's ``state_dir`` was changed and the lane not restarted.
    """
    return is_answered(socket_paths(where.lane, where.state_dir, runtime_dir)[0])


@contextmanager
def lane_that_sends(where: Whereabouts) -> Iterator[Sending]:
    """Give the daemon, or an uploader of our own that holds the lane's lock.

    Our own is not killed by a signal while an answer that was paid for is on its way. Raises
    StateLockedError where the lock is held but nobody answers.
    """
    daemon = find_daemon(where)
    if daemon is not None:
        yield daemon
        return
    from kiosk.app import standalone  # noqa: PLC0415 - OpenCV loads only where no daemon answers

    with stops_noted() as stop_asked, standalone(where.sound(), stop_asked) as alone:
        yield alone


@contextmanager
def lane_that_keeps(where: Whereabouts) -> "Iterator[ControlClient | Decisions]":
    """Give the daemon, or the ledger itself under its lock: nothing is sent here.

    Raises StateLockedError where the lock is held but nobody answers.
    """
    daemon = find_daemon(where)
    if daemon is not None:
        yield daemon
        return
    from kiosk.control.decisions import Decisions  # noqa: PLC0415 - see above
    from kiosk.state import open_ledger  # noqa: PLC0415 - see above

    clock = SystemClock()
    with open_ledger(where.sound(), clock) as ledger:
        yield Decisions(ledger, clock)
