"""Where a lane's control socket lies, and how to tell whether somebody answers there."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RUNTIME_DIR = Path("/run/vin-kiosk")
_PATH_LIMIT = 107  # sun_path in unix(7) holds 108 bytes with its closing zero
_ANSWER_S = 2.0


def socket_paths(lane: str, state_dir: Path, runtime_dir: Path = RUNTIME_DIR) -> tuple[Path, Path]:
    """Name the places where a lane's daemon may listen, in the order to try them."""
    return runtime_dir / f"{lane}.sock", state_dir / "control.sock"


def listening_path(lane: str, state_dir: Path, runtime_dir: Path = RUNTIME_DIR) -> Path:
    """Choose where to listen: systemd's runtime directory where there is one to write in.

    A lane of the same name with another state directory keeps its place there.
    """
    preferred, fallback = socket_paths(lane, state_dir, runtime_dir)
    writable = os.access(runtime_dir, os.W_OK | os.X_OK)
    return preferred if writable and not is_answered(preferred) else fallback


def state_key(state_dir: Path) -> str:
    """Write a state directory so that both ends of the socket write it alike."""
    return str(state_dir.resolve())


def is_answered(path: Path) -> bool:
    """Tell whether a process listens at ``path``; one that may not be asked counts as there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, reachable(path) as address:
        probe.settimeout(_ANSWER_S)
        try:
            probe.connect(address)
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            return False
        except OSError:  # no permission, or too busy to accept: it is there
            return True
    return True


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """Give an address for ``path`` that fits into a socket's name, however deep it lies."""
    if len(os.fsencode(path)) <= _PATH_LIMIT:
        yield str(path)
        return
    try:
        directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield f"/proc/self/fd/-1/{path.name}"  # never there: connecting says so
        return
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
