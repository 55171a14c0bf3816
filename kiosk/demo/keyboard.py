"""The demo's keyboard: Enter is the button."""

import contextlib
import os
import sys
import termios
import tty
from collections.abc import Iterator


@contextlib.contextmanager
def quiet_keyboard() -> Iterator[None]:
    """Read keys without their echo, which would tear the picture."""
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def wait_for_enter() -> None:
    """Wait for Enter, or for the end of the input."""
    # Past sys.stdin's buffer: it would take several keys at once, and hold back what it took.
    while os.read(sys.stdin.fileno(), 1) not in {b"\n", b"\r", b""}:
        pass
