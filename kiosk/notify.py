"""What systemd hears of the lane: sd_notify(3), datagrams on the socket that it names.

Ours are thirty lines; of the libraries that do the same one has had no release for years and the
other must be compiled (decision 9).
"""

import logging
import os
import socket
from collections.abc import MutableMapping
from contextlib import closing

_log = logging.getLogger(__name__)
_SEND_S = 0.5  # systemd reads at once; one that does not must not hold the lane up
_TEXT_LIMIT = 400


class ServiceManager:
    """Tells systemd how the lane is; without its socket, on a terminal say, nobody hears."""

    def __init__(self, address: str | None = None, watchdog_s: float | None = None) -> None:
        """Take systemd's socket, and how long it waits for a word of life (None: for ever)."""
        self._address = address
        self.watchdog_s = watchdog_s
        self._deaf = False  # said once

    @classmethod
    def from_environment(cls, environ: MutableMapping[str, str] = os.environ) -> "ServiceManager":
        """Find systemd's socket and watchdog, and take them out of what child processes inherit."""
        address = environ.pop("NOTIFY_SOCKET", None) or None
        patience = environ.pop("WATCHDOG_USEC", "")  # sd_watchdog_enabled(3)
        meant = environ.pop("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        is_watched = address is not None and meant and patience.isascii() and patience.isdecimal()
        return cls(address, int(patience) / 1e6 if is_watched else None)

    def ready(self) -> None:
        """Say that every worker runs; ends a reload, too."""
        self._tell("READY=1")

    def status(self, text: str) -> None:
        """Give the line that ``systemctl status`` shows."""
        self._tell("STATUS=" + " ".join(text.split())[:_TEXT_LIMIT])

    def reloading(self) -> None:
        """Say that the settings are read again; `ready` follows."""
        self._tell("RELOADING=1")

    def stopping(self) -> None:
        """Say that the lane ends."""
        self._tell("STOPPING=1")

    def alive(self) -> None:
        """Feed the watchdog (WatchdogSec= of the unit); to be said only while all is well."""
        self._tell("WATCHDOG=1")

    def extend(self, seconds: float) -> None:
        """Ask for ``seconds`` more before a start or stop counts as failed."""
        self._tell(f"EXTEND_TIMEOUT_USEC={int(seconds * 1e6)}")

    def _tell(self, message: str) -> None:
        if self._address is None:
            return
        # A leading @ stands for the zero byte of an abstract socket (unix(7)).
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as line:
                line.settimeout(_SEND_S)
                line.connect(address)  # a full queue is waited for only on a connected socket
                line.send(message.encode("utf-8", "replace"))
        except OSError as error:
            if not self._deaf:
                _log.warning("systemd does not hear: %s", error)
            self._deaf = True
        else:
            self._deaf = False
