"""What the tests of misbehaving services share."""

import random
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import hostile
import pytest
import trustme

from kiosk.clock import SystemClock
from kiosk.secret import Secret
from kiosk.service.client import ServiceClient, ServiceSettings
from kiosk.service.wire import Wire

MakeServer = Callable[..., hostile.HostileServer]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


@pytest.fixture(params=["plain", "tls"])
def make_server(request: pytest.FixtureRequest, server_tls: ssl.SSLContext) -> Iterator[MakeServer]:
    servers: list[hostile.HostileServer] = []

    def make(script: hostile.Script, **options: object) -> hostile.HostileServer:
        tls = server_tls if request.param == "tls" else None
        server = hostile.HostileServer(script, tls=tls, **options)
        servers.append(server.__enter__())
        return server

    yield make
    for server in servers:
        server.__exit__()


@pytest.fixture
def client_of(ca_file: Path) -> Callable[..., ServiceClient]:
    def make(url: str, code: str = "abcde-fghij-klmno-pqrst", **options: object) -> ServiceClient:
        options = {"ca_file": ca_file, "answer_timeout_s": 20} | options
        return ServiceClient(ServiceSettings(url, **options), Secret(code), SystemClock())

    return make


@pytest.fixture
def picture() -> bytes:
    return random.Random(17).randbytes(9_000)


@pytest.fixture
def large_picture() -> bytes:
    """More than the kernels between client and server take while the server does not read."""
    return random.Random(18).randbytes(12_000_000)


@pytest.fixture
def stopping() -> threading.Event:
    return threading.Event()


@pytest.fixture
def look_after_the_server_acted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Hold the client, its head acknowledged, until the server's script has done its worst.

    Without this the test would race: who is first, the client's look or the server's answer?
    """

    def arrange(server: hostile.HostileServer) -> None:
        acknowledged = Wire.wait_acknowledged

        def hold(wire: Wire, patience: object) -> bool:
            undisturbed = acknowledged(wire, patience)
            server.acknowledged.set()
            assert server.acted.wait(hostile.PATIENCE_S)
            return undisturbed

        monkeypatch.setattr(Wire, "wait_acknowledged", hold)

    return arrange
