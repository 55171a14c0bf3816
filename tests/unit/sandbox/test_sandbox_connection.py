"""The HTTP side: what clients and broken clients do to a connection."""

import contextlib
import re
import socket

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_http import BOUNDARY, RawClient, form, paid_request

from kiosk.errors import MachineError
from kiosk.sandbox.head import MAX_BODY_BYTES, MAX_HEAD_BYTES
from kiosk.sandbox.server import Sandbox

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
BODY = form(PICTURE)
REQUEST = paid_request(BODY)
IN_ONE_SANDBOX = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def serves(sandbox) -> bool:
    return requests.get(sandbox.origin + "/", timeout=10).status_code == 200


def test_several_requests_on_one_connection_in_order(sandbox):
    with RawClient(sandbox) as client:
        client.send(REQUEST * 2 + b"GET /favicon.ico HTTP/1.1\r\nConnection: close\r\n\r\n")
        answers = client.rest()
    assert re.findall(rb"HTTP/1.1 (\d+) ", answers) == [b"200", b"200", b"404"]
    assert sandbox.journal().charged == 2


def test_a_kept_connection_takes_one_request_after_the_other(sandbox):
    with requests.Session() as session:
        for _ in range(3):
            files = {"image": ("l.png", PICTURE)}
            answer = session.post(f"{sandbox.url}?accesscode=a", files=files, timeout=10)
            assert answer.headers["connection"] == "keep-alive"
    assert sandbox.journal().charged == 3


def test_a_client_that_asks_for_the_end_gets_it(sandbox):
    with RawClient(sandbox) as client:
        client.send(paid_request(BODY, headers="Connection: close\r\n"))
        assert client.rest().startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_client_that_stops_sending_still_gets_its_answer(sandbox):
    with RawClient(sandbox) as client:
        client.send(REQUEST)
        client.end_of_sending()
        assert client.answer()[0].status == 200


def test_the_body_is_invited_where_the_client_waits(sandbox):
    with RawClient(sandbox) as client:
        client.send(paid_request(b"", headers="Expect: 100-continue\r\n", length=len(BODY)))
        assert client.sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(BODY)
        assert client.answer()[0].status == 200


@st.composite
def _chunkings(draw) -> bytes:
    cuts = sorted(draw(st.sets(st.integers(1, len(BODY) - 1), max_size=6)))
    pieces = [BODY[a:b] for a, b in zip([0, *cuts], [*cuts, len(BODY)], strict=True)]
    extension = draw(st.sampled_from([b"", b";a=b", b" ; x"]))
    chunks = [b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces]
    return b"".join(chunks) + b"0\r\n" + draw(st.sampled_from([b"", b"Trailer: x\r\n"])) + b"\r\n"


def chunked_request(chunks: bytes) -> bytes:
    lines = REQUEST.partition(b"\r\n\r\n")[0].split(b"\r\n")
    fields = [line for line in lines if not line.startswith(b"Content-Length")]
    return b"\r\n".join([*fields, b"Transfer-Encoding: chunked", b"", b""]) + chunks


@IN_ONE_SANDBOX
@given(chunks=_chunkings())
def test_any_chunking_brings_the_same_picture(sandbox, chunks):
    before = len(sandbox.journal().requests)
    with RawClient(sandbox) as client:
        client.send(chunked_request(chunks))
        assert client.answer()[0].status == 200
        client.send(REQUEST)
        assert client.answer()[0].status == 200
    chunked, plain = sandbox.journal().requests[before:]
    assert chunked.sha256 == plain.sha256
    assert chunked.charged


@pytest.mark.parametrize(
    "chunks", [b"zz\r\n", b"-1\r\n", b"2\r\nabcd\r\n", b"0\r\n" + b"A: b\r\n" * 101, b"1" * 1100]
)
def test_broken_chunks_are_refused_and_free(sandbox, chunks):
    with RawClient(sandbox) as client:
        client.send(chunked_request(chunks))
        assert client.answer()[0].status in {400, 431}
    (entry,) = sandbox.journal().requests
    assert (entry.complete, entry.charged) == (False, False)
    assert entry.status in {400, 431}


def test_a_body_too_large_is_refused_before_it_is_sent(sandbox):
    with RawClient(sandbox) as client:
        client.send(paid_request(b"", length=MAX_BODY_BYTES + 1))
        response, _ = client.answer()
    assert (response.status, response.getheader("Connection")) == (413, "close")
    assert sandbox.journal().requests[0].status == 413


def test_a_refusal_is_read_also_by_a_client_that_talks_on(sandbox):
    with RawClient(sandbox) as client:
        client.send(paid_request(b"x" * 3_000_000, length=MAX_BODY_BYTES + 1))
        assert client.answer()[0].status == 413


def test_a_chunked_body_that_grows_too_large_is_refused(sandbox):
    piece = b"%x\r\n%s\r\n" % (2**20, b"x" * 2**20)
    with RawClient(sandbox) as client:
        client.send(chunked_request(b""))
        for _ in range(MAX_BODY_BYTES // 2**20 + 1):
            client.send(piece)
        assert client.answer()[0].status == 413
    assert not sandbox.journal().requests[0].charged


def test_a_head_without_end_is_refused(sandbox):
    with RawClient(sandbox) as client:
        client.send(b"GET / HTTP/1.1\r\nA: " + b"x" * MAX_HEAD_BYTES)
        assert client.answer()[0].status == 431
    assert serves(sandbox)


def test_a_silent_client_is_not_waited_for():
    with Sandbox(timeout_s=0.05) as sandbox:
        with RawClient(sandbox) as client:
            assert client.rest() == b""
        with RawClient(sandbox) as client:
            client.send(REQUEST[:-100])
            assert client.rest() == b""
        (entry,) = sandbox.journal(at_least=1).requests
        assert (entry.complete, entry.charged) == (False, False)


def test_a_connection_that_sends_nothing_is_no_request(sandbox):
    with RawClient(sandbox):
        pass
    with RawClient(sandbox) as client:
        client.send(b"POST")
    assert serves(sandbox)
    assert sandbox.journal().requests == ()


@IN_ONE_SANDBOX
@given(cut=st.integers(len(b"POST /vinbarcode/v2?"), len(REQUEST) - 1))
def test_a_request_cut_anywhere_is_in_the_books_and_free(sandbox, cut):
    before = len(sandbox.journal().requests)
    with RawClient(sandbox) as client:
        client.send(REQUEST[:cut])
        client.end_of_sending()
        assert client.rest() == b""
    journal = sandbox.journal(at_least=before + 1)
    assert len(journal.requests) == before + 1
    entry = journal.requests[before]
    picture_ends = len(REQUEST) - len(f"\r\n--{BOUNDARY}--\r\n")
    assert entry.complete == (cut >= picture_ends + len(f"\r\n--{BOUNDARY}"))
    assert (entry.status, entry.key, entry.charged) == (None, None, False)
    assert (entry.sha256 is None) == (cut <= picture_ends - len(PICTURE))
    assert journal.charged == 0


def test_a_reset_in_the_middle_is_a_cut(sandbox):
    with RawClient(sandbox) as client:
        client.send(REQUEST[:-200])
        client.abort()
    (entry,) = sandbox.journal(at_least=1).requests
    assert (entry.complete, entry.charged) == (False, False)


_FRAGMENTS = st.sampled_from(
    [
        REQUEST,
        REQUEST[:300],
        BODY,
        b"POST /vinbarcode/v2?accesscode=a HTTP/1.1\r\n",
        b"GET /_sandbox/journal HTTP/1.1\r\n\r\n",
        b"POST /_sandbox/faults HTTP/1.1\r\nContent-Length: 1\r\n\r\n{",
        b"Content-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Expect: 100-continue\r\n",
        b"\r\n\r\n",
        b"5\r\nabcde\r\n",
        b"0\r\n\r\n",
        b"\x16\x03\x01",
        b"\x00\xff",
    ]
)


@IN_ONE_SANDBOX
@given(data=st.one_of(st.binary(max_size=300), st.lists(_FRAGMENTS, max_size=6).map(b"".join)))
def test_any_bytes_come_to_an_end(sandbox, data):
    with RawClient(sandbox) as client:
        with contextlib.suppress(OSError):  # refused while it was still talking
            client.send(data)
            client.end_of_sending()
        client.rest()
    assert all(entry.complete for entry in sandbox.journal().requests if entry.charged)


def test_too_many_connections_are_turned_away_and_room_is_made_again():
    with Sandbox() as sandbox:
        clients = [RawClient(sandbox) for _ in range(64)]
        for client in clients:
            client.send(b"GET / HTTP/1.1\r\n\r\n")
            client.answer()
        with pytest.raises(ConnectionResetError), RawClient(sandbox) as one_more:
            one_more.sock.recv(1)
        for client in clients:
            with client:
                client.end_of_sending()
                client.rest()
        assert serves(sandbox)


def test_closing_ends_every_connection_at_once():
    with Sandbox(latency_s=60) as sandbox:
        idle, busy = RawClient(sandbox), RawClient(sandbox)
        idle.send(b"GET / HTTP/1.1\r\n\r\n")
        assert idle.answer()[0].status == 200
        busy.send(REQUEST)
        sandbox.journal(at_least=1)
    for client in (idle, busy):
        with client:
            assert client.rest() == b""


def test_a_port_in_use_is_told(sandbox):
    port = int(sandbox.origin.rpartition(":")[2])
    with pytest.raises(MachineError, match=f"port {port} .* in use"):
        Sandbox(port=port).start()


@pytest.mark.parametrize("host", ["no-such-host.invalid", "203.0.113.1"])
def test_an_address_of_another_machine_is_told(host):
    with pytest.raises(MachineError, match=host):
        Sandbox(host).start()


def test_the_sixth_version_of_the_internet_protocol():
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with Sandbox("::1") as sandbox:
        assert sandbox.url.startswith("http://[::1]:")
        assert serves(sandbox)
