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

    def wait_for(self, words: str, seconds: float) -> str:
        """Wait until ``words`` stand on the glass; return both rows."""
        with self._changed:
            if not self._changed.wait_for(lambda: words in self._glass.text, seconds):
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
                self._glass.feed(data)
                self._bytes += len(data)
                self._changed.notify_all()
