"""Before the first byte: names, addresses, TLS, and how long all that may take."""

import datetime as dt
import socket
import ssl
import threading
import time

import hostile
import pytest
import trustme

from kiosk.model import Answered, NeverSent

NETWORK_DOWN = "the service's name could not be resolved: is the network up?"


def attempt(client, picture, stopping, cross=pytest.fail):
    return client.attempt(picture, "png", cross=cross, stopping=stopping)


def take_and_answer(visit):
    visit.read_request()
    visit.sock.sendall(hostile.answer(hostile.SUCCESS))


@pytest.fixture
def tls_server():
    """Make a server with a certificate of ``authority`` for some names."""

    def make(authority, *names, script=take_and_answer, **about):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names, **about).configure_cert(context)
        return hostile.HostileServer(script, tls=context)

    return make


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def test_a_refused_connection(client_of, picture, stopping):
    outcome = attempt(client_of(f"http://127.0.0.1:{free_port()}/x"), picture, stopping)
    assert outcome == NeverSent("the service refused the connection")


def test_a_name_that_nobody_knows(client_of, picture, stopping):
    outcome = attempt(client_of("https://nobody.invalid/vinbarcode/v2"), picture, stopping)
    assert outcome == NeverSent(NETWORK_DOWN)


class StalledResolver:
    def __init__(self):
        self.asked = threading.Semaphore(0)
        self.calls = 0
        self.answer = threading.Event()

    def __call__(self, *_args, **_options):
        self.calls += 1
        self.asked.release()
        self.answer.wait(hostile.PATIENCE_S)
        raise socket.gaierror(socket.EAI_AGAIN, "later")


@pytest.fixture
def stalled(monkeypatch):
    resolver = StalledResolver()
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    yield resolver
    resolver.answer.set()


def test_a_stalled_resolver_keeps_the_deadline_and_is_asked_once(
    client_of, picture, stopping, stalled
):
    client = client_of("http://slow.example/x", connect_timeout_s=0.2)
    for _ in range(3):
        outcome = attempt(client, picture, stopping)
        assert outcome == NeverSent(
            "the service's name was not resolved in time: is the network up?"
        )
    assert stalled.calls == 1


def test_a_resolver_that_woke_up_is_asked_afresh(client_of, picture, stopping, stalled):
    client = client_of("http://slow.example/x", connect_timeout_s=0.2)
    attempt(client, picture, stopping)
    stalled.answer.set()
    for thread in threading.enumerate():
        if thread.name == "name look-up":
            thread.join(hostile.PATIENCE_S)
    assert attempt(client, picture, stopping) == NeverSent(NETWORK_DOWN)
    assert stalled.calls == 2


def test_a_stop_ends_the_wait_for_a_name(client_of, picture, stopping, stalled):
    stopper = threading.Thread(target=lambda: stalled.asked.acquire() and stopping.set())
    stopper.start()
    begun = time.monotonic()
    outcome = attempt(client_of("http://slow.example/x", connect_timeout_s=60), picture, stopping)
    assert outcome == NeverSent("stopping", by_us=True)
    assert time.monotonic() - begun < 5
    stopper.join()


def test_a_connection_that_is_neither_taken_nor_refused(client_of, picture, stopping):
    with hostile.unanswered_port() as port:
        client = client_of(f"http://127.0.0.1:{port}/x", connect_timeout_s=0.3)
        assert attempt(client, picture, stopping) == NeverSent(
            "the service could not be reached in time"
        )


def test_a_stop_ends_the_wait_for_a_connection(client_of, picture, stopping):
    with hostile.unanswered_port() as port:
        client = client_of(f"http://127.0.0.1:{port}/x", connect_timeout_s=60)
        threading.Timer(0.1, stopping.set).start()
        begun = time.monotonic()
        assert attempt(client, picture, stopping) == NeverSent("stopping", by_us=True)
        assert time.monotonic() - begun < 5


@pytest.mark.parametrize("dead", ["refusing", "silent"])
def test_every_address_of_the_service_is_tried(client_of, picture, stopping, monkeypatch, dead):
    with hostile.unanswered_port() as silent, hostile.HostileServer(take_and_answer) as server:
        first = silent if dead == "silent" else free_port()
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
            for port in (first, server.port)
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_o: found)
        client = client_of("http://two.example/x", connect_timeout_s=1)
        outcome = attempt(client, picture, stopping, cross=lambda: None)
        assert isinstance(outcome, Answered)


def test_a_service_on_ipv6(client_of, picture, stopping):
    with socket.socket(socket.AF_INET6) as listener:
        try:
            listener.bind(("::1", 0))
        except OSError:
            return  # a machine without IPv6 has nothing to show here
        listener.listen(1)
        client = client_of(f"http://[::1]:{listener.getsockname()[1]}/x")
        assert client.probe() is None


@pytest.mark.parametrize("stop", [False, True])
def test_a_peer_that_never_speaks_tls(client_of, picture, stopping, stop):
    with hostile.HostileServer(hostile.Visit.read_to_end) as server:
        client = client_of(f"https://127.0.0.1:{server.port}/x", connect_timeout_s=0.5)
        if stop:
            threading.Thread(target=lambda: server.visit and stopping.set()).start()
        outcome = attempt(client, picture, stopping)
    words = "stopping" if stop else "the service could not be reached in time"
    assert outcome == NeverSent(words, by_us=stop)
    assert b"accesscode" not in bytes(server.visit.received)


def test_a_peer_that_speaks_something_else(client_of, picture, stopping):
    def greet(visit):
        visit.sock.sendall(b"220 mail.example ESMTP\r\n" * 4)
        visit.read_to_end()

    with hostile.HostileServer(greet) as server:
        outcome = attempt(client_of(f"https://127.0.0.1:{server.port}/x"), picture, stopping)
    assert isinstance(outcome, NeverSent)
    assert outcome.reason.startswith("no secure connection could be agreed on (")


def test_a_peer_that_hangs_up_within_tls(client_of, picture, stopping):
    with hostile.HostileServer(lambda visit: visit.sock.recv(10)) as server:
        outcome = attempt(client_of(f"https://127.0.0.1:{server.port}/x"), picture, stopping)
    assert isinstance(outcome, NeverSent)


LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
FAR_AHEAD = dt.datetime.now(dt.UTC) + dt.timedelta(days=300)


@pytest.mark.parametrize(
    ("name", "validity", "words"),
    [
        ("127.0.0.1", {"not_before": LONG_AGO, "not_after": LONG_AGO}, "has expired"),
        ("127.0.0.1", {"not_before": FAR_AHEAD, "not_after": FAR_AHEAD}, "is not valid yet"),
        ("other.example", {}, "another machine"),
    ],
)
def test_a_certificate_that_does_not_vouch_for_the_service(
    authority, tls_server, client_of, picture, stopping, name, validity, words
):
    with tls_server(authority, name, **validity) as server:
        outcome = attempt(client_of(server.url), picture, stopping)
    assert isinstance(outcome, NeverSent)
    assert outcome.reason.startswith("the service's certificate ")
    assert words in outcome.reason
    assert ("clock" in outcome.reason) == bool(validity)


def test_a_certificate_for_another_name(authority, tls_server, client_of, picture, stopping):
    with tls_server(authority, "other.example") as server:
        url = f"https://localhost:{server.port}/x"
        outcome = attempt(client_of(url), picture, stopping)
    assert outcome == NeverSent(
        "the service's certificate is for another name: "
        "another machine answers in the service's place"
    )


def test_an_authority_that_nobody_trusts(tls_server, client_of, picture, stopping):
    with tls_server(trustme.CA(), "127.0.0.1") as server:
        outcome = attempt(client_of(server.url), picture, stopping)
        bundled = attempt(client_of(server.url, ca_file=None), picture, stopping)
    assert isinstance(outcome, NeverSent)
    assert "unknown authority" in outcome.reason
    assert outcome == bundled


def test_the_probe_connects_and_sends_nothing(make_server, client_of):
    server = make_server(hostile.Visit.read_to_end)
    assert client_of(server.url).probe() is None
    server.finish()
    assert bytes(server.visit.received) == b""


def test_the_probe_says_what_is_wrong(client_of):
    client = client_of(f"http://127.0.0.1:{free_port()}/x")
    assert client.probe() == NeverSent("the service refused the connection")


def test_the_probe_hears_a_stop(client_of, stopping):
    stopping.set()
    client = client_of("http://127.0.0.1:1/x")
    assert client.probe(stopping) == NeverSent("stopping", by_us=True)


def test_the_environment_has_no_say(client_of, picture, stopping, monkeypatch, tmp_path):
    proxy = f"http://127.0.0.1:{free_port()}"
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing"))
    with hostile.HostileServer(take_and_answer) as server:
        outcome = attempt(client_of(server.url), picture, stopping, cross=lambda: None)
    assert isinstance(outcome, Answered)
    assert "Authorization" not in server.visit.headers


def test_tls_traffic_is_never_opened_to_a_key_log(
    authority, tls_server, client_of, picture, stopping, monkeypatch, tmp_path
):
    key_log = tmp_path / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(key_log))
    with tls_server(authority, "127.0.0.1") as server:
        outcome = attempt(client_of(server.url), picture, stopping, cross=lambda: None)
    assert isinstance(outcome, Answered)
    assert not key_log.exists()
