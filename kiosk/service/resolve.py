"""Name resolution that keeps a deadline and hears a stop."""

import socket
import threading
from concurrent import futures

from kiosk.service.patience import Patience

Address = tuple[int, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]
"""An address family and a socket address of it."""


class NameStalledError(TimeoutError):
    """The resolver did not answer in time."""


class Resolver:
    """Looks up one service's addresses on a helper thread.

    ``getaddrinfo`` can block for half a minute and knows neither deadline nor stop event; a
    thread is the only way to stop waiting for it. It is a daemon thread (an executor's would be
    joined when the process ends), and a look-up still under way is waited for again instead of
    starting another, so a dead resolver costs one thread, not one per attempt.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._lookup: futures.Future[list[Address]] | None = None

    def addresses(self, patience: Patience) -> list[Address]:
        """Return the addresses, the preferred first.

        Raises socket.gaierror (no such name, no network), NameStalledError, StoppedError.
        """
        if self._lookup is None or self._lookup.done():  # an old result may be of another network
            self._lookup = self._start()
        try:
            while not futures.wait({self._lookup}, patience.slice_s()).done:
                pass
        except TimeoutError:
            raise NameStalledError from None
        return self._lookup.result()

    def _start(self) -> "futures.Future[list[Address]]":
        lookup: futures.Future[list[Address]] = futures.Future()
        threading.Thread(
            target=self._look_up, args=(lookup,), name="name look-up", daemon=True
        ).start()
        return lookup

    def _look_up(self, lookup: "futures.Future[list[Address]]") -> None:
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            lookup.set_exception(error)
        else:
            lookup.set_result([(family, address) for family, _, _, _, address in found])
