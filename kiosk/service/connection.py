"""Opens the connection of one attempt: addresses in turn, then TLS, all within one patience."""

import errno
import os
import select
import socket
import ssl
from pathlib import Path

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from kiosk.errors import UsageError
from kiosk.service.patience import Patience
from kiosk.service.resolve import Address, Resolver
from kiosk.service.wire import Wire, wait_until_ready


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that verifies chain and host name, with TLS 1.2 at least.

    ``ca_file`` replaces the bundle that comes with requests. Made by hand, not by
    ``create_default_context``, which would honour SSLKEYLOGFILE and so open the traffic, access
    code included, to whoever sets the environment. Raises UsageError for an unusable file.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cafile=ca_file or DEFAULT_CA_BUNDLE_PATH)
    except OSError as error:
        raise UsageError(
            f"service.ca_file: {ca_file} holds no usable certificates ({error.strerror})"
        ) from error
    return context


class Line:
    """The way to the service; every ``open`` is a fresh connection."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        self._host = host
        self._tls = tls
        self._resolver = Resolver(host, port)

    def open(self, patience: Patience) -> Wire:
        """Connect to the first address that takes the connection, with TLS where asked.

        Raises OSError (socket.gaierror, ssl.SSLError, TimeoutError … are all of it) or
        StoppedError.
        """
        sock = _connect_to_any(self._resolver.addresses(patience), patience)
        try:
            return Wire(_secured(sock, self._tls, self._host, patience) if self._tls else sock)
        except BaseException:
            sock.close()
            raise


def _connect_to_any(addresses: list[Address], patience: Patience) -> socket.socket:
    trouble: OSError = OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    for tries_left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
        try:
            # Shared time: a dead IPv6 route must leave some for IPv4.
            return _connect(address, patience.share(tries_left))
        except OSError as error:
            trouble = error
    raise trouble


def _connect(address: Address, patience: Patience) -> socket.socket:
    family, target = address
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # the tail must not wait
        code = sock.connect_ex(target)
        if code == errno.EINPROGRESS:
            wait_until_ready(sock, select.POLLOUT, patience)
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))  # noqa: TRY301 - connect_ex's code, as an error
    except BaseException:
        sock.close()
        raise
    return sock


def _secured(
    sock: socket.socket, context: ssl.SSLContext, host: str, patience: Patience
) -> ssl.SSLSocket:
    tls = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    try:
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                wait_until_ready(tls, select.POLLIN, patience)
            except ssl.SSLWantWriteError:
                wait_until_ready(tls, select.POLLOUT, patience)
            else:
                return tls
    except BaseException:
        tls.close()
        raise
