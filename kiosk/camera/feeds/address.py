"""A stream's address taken apart: what may be said of it, and what only the camera may hear."""

import socket
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from kiosk.errors import CameraError

_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
CONNECT_S = 3.0
"""How long a camera may take to accept a connection."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a stream is. Printing it shows scheme, host and port only.

    Many cameras take user and password in the path, too (``/user=admin&password=…``): so neither
    path nor query are ever said.
    """

    scheme: str
    host: str
    port: int
    target: str = field(repr=False)  # path and query, as they are sent
    user: str | None = field(repr=False)
    password: str = field(repr=False)
    whole: str = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> "Address":
        """Take apart what the configuration has checked already."""
        parts = urlsplit(url)
        return cls(
            parts.scheme,
            parts.hostname or "",
            parts.port or _PORTS[parts.scheme],
            SplitResult("", "", parts.path or "/", parts.query, "").geturl(),
            None if parts.username is None else unquote(parts.username),
            unquote(parts.password or ""),
            url,
        )

    def __str__(self) -> str:
        """Name the camera for a person."""
        return f"{self.scheme}://{self._authority}"

    @property
    def without_login(self) -> str:
        """The URL without user and password; the query is still in it."""
        return f"{self.scheme}://{self._authority}{self.target}"

    @property
    def _authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def connect(self) -> socket.socket:
        """Connect by TCP, to find out whether anybody is there. Raises CameraError."""
        try:
            return socket.create_connection((self.host, self.port), CONNECT_S)
        except (socket.gaierror, UnicodeError):  # no name, or no possible name
            why = "its name is not known: check the name, or use the camera's IP address"
        except ConnectionRefusedError:
            why = "it refuses the connection: check the port, and that its stream is turned on"
        except TimeoutError:
            why = "it does not answer: check its power, its network cable and the address"
        except OSError as error:
            why = f"{error.strerror}: check the network cable and the address"
        raise CameraError(f"no stream from {self}: {why}") from None
