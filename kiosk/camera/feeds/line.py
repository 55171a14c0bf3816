"""The connection of a feed, which the thread that waits for the feed may cut.

A time limit of a socket starts anew with every byte: a camera that sends one byte a second keeps
whoever reads it for ever, in its headers as in its pictures.
"""

import contextlib
import socket
import threading

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


class Line:
    """Holds one connection at a time; once cut, it cuts each that it is given."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self._is_cut = False

    @property
    def is_cut(self) -> bool:
        """Whether whoever waited has given up."""
        return self._is_cut

    def hold(self, sock: socket.socket) -> socket.socket:
        """Take a handle of its own on a new connection, before TLS wraps it; the old is let go."""
        handle = sock.dup()
        with self._lock:
            self._drop()
            self._handle = handle
            if self._is_cut:
                _shut(handle)
        return sock

    def cut(self) -> None:
        """End the connection under its reader, and each that is made from now on."""
        with self._lock:
            self._is_cut = True
            if self._handle is not None:
                _shut(self._handle)

    def let_go(self) -> None:
        """Close the handle, without which the connection would stay open."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None


def session_on(line: Line) -> requests.Session:
    """Make a session whose connections ``line`` holds."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return line.hold(super()._new_conn())

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return line.hold(super()._new_conn())

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    session = requests.Session()
    adapter = HTTPAdapter()
    adapter.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    return session


def _shut(handle: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the camera was faster
        handle.shutdown(socket.SHUT_RDWR)
