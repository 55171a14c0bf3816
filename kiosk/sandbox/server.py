"""The sandbox itself: a listener, a thread for every connection, and a prompt end."""

import contextlib
import errno
import socket
import tempfile
import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from kiosk.clock import Clock, SystemClock
from kiosk.errors import MachineError
from kiosk.sandbox.books import Books, Journal
from kiosk.sandbox.connection import receive
from kiosk.sandbox.control import PREFIX, Control
from kiosk.sandbox.desk import PATH, Desk, Manners
from kiosk.sandbox.faults import Dice
from kiosk.sandbox.tls import Identity, make_identity
from kiosk.sandbox.wire import Wire

_MAX_CONNECTIONS = 64
_CLOSE_WITHIN_S = 5.0
_AFTER_FAILED_ACCEPT_S = 0.1  # out of descriptors, say: never spin


class Sandbox:
    """A stand-in for the recognition service on ``host``:``port`` (0: any free port).

        with Sandbox(credits=10, faults={"slow": 0.5}) as sandbox:
            requests.post(f"{sandbox.url}?accesscode=any", files={"image": file})
            assert sandbox.journal().credits == 9

    ``timeout_s`` bounds every wait for a client's bytes. With ``journal_file`` the books outlive
    the process, and ``credits`` counts only for new books. With ``tls`` the certificate lies in
    ``ca_file``, in ``tls_dir`` or a folder of its own; the control addresses answer without TLS
    too, so that a sandbox that refuses every connection can still be told to stop doing so.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        credits: int = 1000,  # noqa: A002 - the word of the service's document
        codes: Collection[str] | None = None,
        faults: Mapping[str, float] | None = None,
        seed: int | None = None,
        journal_file: Path | None = None,
        tls: bool = False,
        tls_dir: Path | None = None,
        latency_s: float = 0.0,
        slow_s: float = 3.0,
        timeout_s: float = 60.0,
        clock: Clock | None = None,
    ) -> None:
        self._address = (host, port)
        self._balance = credits
        self._journal_file = journal_file
        self._tls = tls
        self._tls_dir = tls_dir
        self._timeout_s = timeout_s
        self._manners = Manners(codes, latency_s, slow_s)
        self._clock = clock or SystemClock()
        self._dice = Dice(faults or {}, seed)
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._wires: dict[threading.Thread, Wire] = {}
        self._resources = contextlib.ExitStack()

    def start(self) -> Self:
        """Listen. Raises MachineError (port in use, no openssl …) or the journal's errors."""
        with contextlib.ExitStack() as resources:
            self._listener = resources.enter_context(_listen(*self._address))
            self._books = Books.open(self._journal_file, self._balance)
            resources.callback(self._books.close)
            self._identity = self._make_identity(resources)
            self._context = self._identity.context() if self._identity else None
            self._control = Control(self._books, self._dice)
            self._desk = Desk(self._books, self._dice, self._manners, self._clock, self._stopping)
            self._acceptor = threading.Thread(target=self._accept, name="sandbox", daemon=True)
            self._acceptor.start()
            self._resources = resources.pop_all()
        return self

    def close(self) -> None:
        """Stop listening, cut all connections, and close the books."""
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join(_CLOSE_WITHIN_S)
        with self._lock:
            threads = list(self._wires)
            for wire in self._wires.values():
                wire.cut()
        for thread in threads:
            thread.join(_CLOSE_WITHIN_S)
        self._resources.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def origin(self) -> str:
        """Scheme, host and port, without a path."""
        host, port = self._listener.getsockname()[:2]
        scheme = "https" if self._context else "http"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    @property
    def url(self) -> str:
        """The paid address."""
        return self.origin + PATH

    @property
    def control_url(self) -> str:
        """Where ``journal``, ``faults`` and ``credits`` are; always without TLS."""
        return "http" + self.origin.removeprefix("https").removeprefix("http") + PREFIX

    @property
    def ca_file(self) -> Path | None:
        """The certificate to trust, as PEM; None without TLS."""
        return self._identity.ca_file if self._identity else None

    def journal(self, at_least: int = 0, timeout_s: float = 5.0) -> Journal:
        """Return the books; waits up to ``timeout_s`` until ``at_least`` requests are in them."""
        return self._books.journal(at_least, timeout_s)

    def set_faults(self, faults: Mapping[str, float]) -> None:
        """Put exactly these faults in force. Raises UsageError, which names all faults."""
        self._dice.set(faults)

    def set_credits(self, balance: int) -> None:
        """Fill or empty the account."""
        self._books.set_credits(balance)

    def _make_identity(self, resources: contextlib.ExitStack) -> Identity | None:
        if not self._tls:
            return None
        folder = self._tls_dir or Path(
            resources.enter_context(tempfile.TemporaryDirectory(prefix="vin-kiosk-sandbox-"))
        )
        return make_identity(folder, self._address[0])

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:  # close() shut it down, or the client left at once
                self._stopping.wait(_AFTER_FAILED_ACCEPT_S)
                continue
            self._welcome(Wire(sock, self._timeout_s))

    def _welcome(self, wire: Wire) -> None:
        thread = threading.Thread(
            target=self._serve, args=(wire,), name="sandbox-client", daemon=True
        )
        with self._lock:
            if len(self._wires) >= _MAX_CONNECTIONS:
                wire.reset()
                return
            self._wires[thread] = wire
        thread.start()

    def _serve(self, wire: Wire) -> None:
        try:
            receive(wire, self._desk, self._control, self._dice, self._context)
        finally:
            with self._lock:
                del self._wires[threading.current_thread()]
                wire.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise MachineError(f"{host} is no address of this machine: {error.strerror}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            advice = f"port {port} of {host} is in use: name another, or 0 for any free one"
            raise MachineError(advice) from error
        raise MachineError(f"cannot listen on {host} port {port}: {error.strerror}") from error
    return listener
