"""The far end of the USB serial adapter's cable: a modelled display, and the button on it."""

import contextlib
import socket
import threading
from pathlib import Path
from typing import Self

from vm_guest import TrialFailed

from kiosk.station.glass import Glass

BUTTON = b"\r"


class CableEnd:
    """Shows what arrives; presses the button. A context manager that holds the line open."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._changed = threading.Condition()
        self._bytes = 0
        self._left: int | None = None  # bytes that still come through; None: all
        self._glass = Glass()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def press(self) -> None:
        """Press the button once."""
        self._socket.sendall(BUTTON)

    def power_cycle(self) -> None:
        """Go dark, as a display does that is fed by the line that was pulled."""
        with self._changed:
            self._glass.power_cycle()

    def cut_after(self, count: int) -> None:
        """Let only so many more bytes through: the rest is still in the adapter as it goes."""
        with self._changed:
            self._left = count

    def wait_for_cut(self, seconds: float) -> str:
        """Wait until the last byte came through; return both rows."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._left == 0, seconds):
                raise TrialFailed(f"nothing was cut at the display in {seconds:.0f} s")
            return self._glass.text

    def mend(self) -> int:
        """Let all through again; return how many pictures were seen on the glass by now."""
        with self._changed:
            self._left = None
            return len(self._glass.history)

    def seen_since(self, pictures: int) -> list[str]:
        """Return what was on the glass after so many pictures."""
        with self._changed:
            return ["\n".join(lines) for lines in self._glass.history[pictures:]]

    @property
    def text(self) -> str:
        """Both rows, joined by a line feed."""
        with self._changed:
            return self._glass.text

    @property
    def misunderstood(self) -> bytes:
        """Bytes that a real display would have ignored or garbled."""
        with self._changed:
            return self._glass.misunderstood

    def wait_for(self, words: str, seconds: float, since: int = 0) -> str:
        """Wait until ``words`` stand on the glass; return both rows.

        They must have come up after ``since`` pictures, where that is told.
        """

        def is_so() -> bool:
            return len(self._glass.history) > since and words in self._glass.text

        with self._changed:
            if not self._changed.wait_for(is_so, seconds):
                raise TrialFailed(
                    f"the display shows {self._glass.text!r}, and {words!r} not in {seconds:.0f} s"
                )
            return self._glass.text

    def wait_for_bytes(self, seconds: float) -> None:
        """Wait for the next bytes of a message, whatever they say."""
        with self._changed:
            before = self._bytes
            if not self._changed.wait_for(lambda: self._bytes > before, seconds):
                raise TrialFailed(f"nothing arrived at the display in {seconds:.0f} s")

    def _listen(self) -> None:
        while data := self._socket.recv(4096):
            with self._changed:
                through = data if self._left is None else data[: self._left]
                if self._left is not None:
                    self._left -= len(through)
                self._glass.feed(through)
                self._bytes += len(through)
                self._changed.notify_all()
