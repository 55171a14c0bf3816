"""Every fault, over a real connection: what the client sees, and what it costs."""

import contextlib
import hashlib
import json
import socket

import pytest
import requests
from defusedxml import ElementTree
from raw_http import RawClient, form, paid_request

from kiosk.sandbox.faults import FAULTS, Stage
from kiosk.sandbox.server import Sandbox

VIN = "1HGCM82633A004352"
PAID_EARLY = {"early_result", "early_success"}


@pytest.fixture
def request_for(label):
    def build(**more) -> bytes:
        return paid_request(form(label()), **more)

    return build


def exchange(sandbox, data: bytes, timeout: float = 10) -> bytes:
    """Send all, then read to the end; b"" where the sandbox said nothing."""
    with RawClient(sandbox, timeout) as client:
        client.send(data)
        try:
            return client.rest()
        except TimeoutError:
            return b""


def is_reset(sandbox, data: bytes) -> bool:
    with RawClient(sandbox) as client:
        try:
            client.send(data)
            return client.sock.recv(1) == b"never"
        except ConnectionError:
            return True


def parsed(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *fields = head.decode().split("\r\n")
    headers = dict(field.split(": ", 1) for field in fields)
    return int(first.split()[1]), headers, body


@pytest.mark.parametrize("name", sorted(set(FAULTS) - {"refuse"}))
def test_every_fault_costs_what_it_says(name, request_for):
    with Sandbox(faults={name: 1}, slow_s=0.01) as sandbox:
        request = request_for(headers="Connection: close\r\n")
        try:
            answer = exchange(sandbox, request, timeout=0.5 if "stall" in name else 10)
        except ConnectionError:
            answer = b""  # reset while sending
        (entry,) = sandbox.journal(at_least=1).requests
        assert entry.charged == FAULTS[name].charges
        assert sandbox.journal().credits == 1000 - entry.charged
        assert entry.status == (parsed(answer)[0] if answer else None)
        if FAULTS[name].stage is Stage.END:
            assert entry.complete


@pytest.mark.parametrize("name", sorted(set(FAULTS) - {"refuse"}))
def test_no_fault_charges_an_empty_account(name, request_for):
    with Sandbox(faults={name: 1}, slow_s=0.01, credits=0) as sandbox:
        with contextlib.suppress(ConnectionError):
            exchange(sandbox, request_for(headers="Connection: close\r\n"), timeout=0.2)
        (entry,) = sandbox.journal(at_least=1).requests
        assert not entry.charged
        assert sandbox.journal().credits == 0
        assert entry.key == (23 if FAULTS[name].charges else FAULTS[name].key)


@pytest.mark.parametrize("name", sorted(set(FAULTS) - {"refuse", *PAID_EARLY}))
def test_no_fault_charges_a_request_cut_half_way(name, request_for):
    with Sandbox(faults={name: 1}) as sandbox:
        with RawClient(sandbox) as client:
            with contextlib.suppress(OSError):  # reset while it was still talking
                client.send(request_for()[:-200])
                client.end_of_sending()
            client.rest()
        (entry,) = sandbox.journal(at_least=1).requests
        assert (entry.complete, entry.charged) == (False, False)


def test_refusing_resets_at_the_first_bytes_and_can_be_ended(request_for):
    with Sandbox(faults={"refuse": 1}) as sandbox:
        assert is_reset(sandbox, request_for())
        assert sandbox.journal().requests == ()
        requests.post(sandbox.control_url + "faults", json={}, timeout=10)
        assert parsed(exchange(sandbox, request_for(headers="Connection: close\r\n")))[0] == 200


def test_an_early_503_comes_before_the_body(request_for):
    request = request_for(headers="Expect: 100-continue\r\n")
    head, body = request[: request.index(b"\r\n\r\n") + 4], request.partition(b"\r\n\r\n")[2]
    with Sandbox(faults={"early_503": 1}) as sandbox:
        with RawClient(sandbox) as client:
            client.send(head)
            status, headers, _ = parsed(client.rest())
            assert (status, headers["Retry-After"], headers["Connection"]) == (503, "1", "close")
            client.send(body[:-100])
        (entry,) = sandbox.journal(at_least=1).requests
        assert (entry.status, entry.complete, entry.charged) == (503, False, False)


def test_the_books_say_if_the_picture_came_after_an_early_answer(request_for, label, tmp_path):
    with Sandbox(faults={"early_503": 1}, journal_file=tmp_path / "journal") as sandbox:
        exchange(sandbox, request_for())
    with Sandbox(journal_file=tmp_path / "journal") as sandbox:
        (entry,) = sandbox.journal().requests
    assert entry.complete
    assert entry.sha256 == hashlib.sha256(label()).hexdigest()


def test_an_early_result_is_a_result_and_is_paid(request_for):
    with Sandbox(faults={"early_result": 1}) as sandbox:
        with RawClient(sandbox) as client:
            client.send(request_for()[:-200])
            assert json.loads(client.answer()[1])["message_key"] == 27
        (entry,) = sandbox.journal().requests
        assert (entry.key, entry.charged) == (27, True)


def test_an_early_success_is_a_result_and_is_paid(request_for):
    with Sandbox(faults={"early_success": 1}) as sandbox:
        with RawClient(sandbox) as client:
            client.send(request_for()[:-200])
            assert json.loads(client.answer()[1])["status"] == "SUCCESS"
        assert sandbox.journal().charged == 1


def test_an_echo_repeats_the_access_code(request_for):
    with Sandbox(faults={"echo": 1}) as sandbox:
        request = request_for(query="accesscode=a%26b&format=JSON", headers="Connection: close\r\n")
        status, _, body = parsed(exchange(sandbox, request))
    assert (status, b"accesscode=a%26b" in body) == (500, True)


def test_a_reset_before_the_tail_has_seen_half_at_most(request_for):
    with Sandbox(faults={"reset_before_tail": 1}) as sandbox:
        assert is_reset(sandbox, request_for()[:-200])
        (entry,) = sandbox.journal().requests
        assert (entry.complete, entry.charged, entry.status) == (False, False, None)
        assert entry.sha256 is not None


@pytest.mark.parametrize("name", ["reset_after_tail", "reset_uncharged"])
def test_a_reset_after_the_tail_has_seen_all(name, request_for, label):
    with Sandbox(faults={name: 1}) as sandbox:
        assert is_reset(sandbox, request_for())
        (entry,) = sandbox.journal().requests
        assert entry.complete
        assert entry.sha256 == hashlib.sha256(label()).hexdigest()


@pytest.mark.parametrize("name", ["stall", "stall_before_tail"])
def test_a_stall_lasts_until_the_client_leaves_or_the_sandbox_ends(name, request_for):
    with Sandbox(faults={name: 1}) as sandbox:
        with RawClient(sandbox, timeout=0.1) as client:
            client.send(request_for())
            with pytest.raises(TimeoutError):
                client.sock.recv(1)
        patient = RawClient(sandbox)
        patient.send(request_for())
        sandbox.journal(at_least=2)
    with patient:
        assert patient.rest() == b""


def test_a_cut_answer_is_half_of_it(request_for):
    with Sandbox(faults={"cut_answer": 1}) as sandbox:
        status, headers, body = parsed(exchange(sandbox, request_for()))
    assert status == 200
    assert len(body) == int(headers["Content-Length"]) // 2


def test_garbage_is_neither_xml_nor_json(request_for):
    with Sandbox(faults={"garbage": 1}) as sandbox:
        _, headers, body = parsed(exchange(sandbox, request_for(headers="Connection: close\r\n")))
    assert len(body) == int(headers["Content-Length"])
    with pytest.raises(ValueError):
        json.loads(body)
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(body)


def test_a_huge_answer_can_be_left(request_for):
    with Sandbox(faults={"huge_answer": 1}) as sandbox:
        with RawClient(sandbox) as client:
            client.send(request_for())
            assert b"Content-Length: 67108864\r\n" in client.sock.recv(4096)
        assert requests.get(sandbox.origin, timeout=10).ok


@pytest.mark.parametrize(
    ("name", "captured"), [("wrong_vin", VIN[:-1] + "0"), ("stray_character", VIN + "<")]
)
def test_a_captured_vin_can_be_wrong(name, captured, request_for):
    with Sandbox(faults={name: 1}) as sandbox:
        for query in ("accesscode=a&format=JSON", "accesscode=a"):
            request = request_for(query=query, headers="Connection: close\r\n")
            body = parsed(exchange(sandbox, request))[2]
            if query.endswith("JSON"):
                assert json.loads(body)["vin_captured"] == captured
            else:
                assert ElementTree.fromstring(body)[0].text == captured


def test_a_result_can_come_with_http_500(request_for):
    with Sandbox(faults={"result_500": 1}) as sandbox:
        status, _, body = parsed(exchange(sandbox, request_for(headers="Connection: close\r\n")))
    assert status == 500
    assert json.loads(body)["vin_captured"] == VIN


def test_a_slow_answer_is_booked_before_it_goes_out(request_for):
    with (
        Sandbox(faults={"slow": 1}, slow_s=60) as sandbox,
        RawClient(sandbox, timeout=0.1) as client,
    ):
        client.send(request_for())
        assert sandbox.journal(at_least=1).charged == 1
        with pytest.raises(TimeoutError):
            client.sock.recv(1)


def test_latency_passes_before_every_answer(request_for):
    with Sandbox(latency_s=0.2) as sandbox, RawClient(sandbox, timeout=0.1) as client:
        client.send(request_for())
        with pytest.raises(TimeoutError):
            client.sock.recv(1)
        client.sock.settimeout(10)
        assert client.answer()[0].status == 200


@pytest.mark.parametrize(
    ("name", "status", "header"),
    [
        ("redirect", 302, ("Location", "/elsewhere")),
        ("redirect_301", 301, ("Location", "/elsewhere")),
        ("redirect_303", 303, ("Location", "/elsewhere")),
        ("redirect_307", 307, ("Location", "/elsewhere")),
        ("redirect_308", 308, ("Location", "/elsewhere")),
        ("charged_502", 502, None),
        ("early_401", 401, None),
        ("early_413", 413, None),
        ("early_429", 429, ("Retry-After", "1")),
        ("http_503", 503, ("Retry-After", "1")),
        ("http_429", 429, ("Retry-After", "1")),
        ("http_500", 500, None),
        ("http_502", 502, None),
        ("status_400", 400, None),
        ("status_401", 401, None),
        ("status_403", 403, None),
        ("status_404", 404, None),
        ("status_413", 413, None),
    ],
)
def test_a_bare_status_has_no_result(name, status, header, request_for):
    with Sandbox(faults={name: 1}) as sandbox:
        answer = parsed(exchange(sandbox, request_for(headers="Connection: close\r\n")))
    assert answer[0] == status
    assert header is None or header in answer[1].items()
    assert b"VINbarcode" not in answer[2]
    assert b"vinbarcode" not in answer[2]


def test_a_fault_between_never_and_always_strikes_now_and_then(request_for):
    with Sandbox(faults={"key_26": 0.5}, seed=3) as sandbox, RawClient(sandbox) as client:
        for _ in range(30):
            client.send(request_for())
            client.answer()
        keys = [entry.key for entry in sandbox.journal().requests]
    assert 5 < keys.count(26) < 25
    assert set(keys) == {26, None}


def test_tcp_alone_is_not_refused_before_it_speaks():
    """A probe that only connects cannot see this fault: nothing it could tell apart happens."""
    with Sandbox(faults={"refuse": 1}) as sandbox, RawClient(sandbox, timeout=0.05) as client:
        with pytest.raises(TimeoutError):
            client.sock.recv(1)
        client.sock.shutdown(socket.SHUT_WR)
        client.sock.settimeout(10)
        assert client.rest() == b""


def test_one_at_a_time_resets_the_first_when_a_second_comes(request_for):
    """The first is charged all the same."""
    request = request_for(headers="Connection: close\r\n")
    with (
        Sandbox(faults={"one_at_a_time": 1}, slow_s=60) as sandbox,
        RawClient(sandbox) as first,
        RawClient(sandbox) as second,
    ):
        first.send(request)
        second.send(request[:-9])
        with pytest.raises(ConnectionError):
            first.sock.recv(1)
        entry = sandbox.journal(at_least=1).requests[0]
        assert (entry.complete, entry.charged, entry.status) == (True, True, None)
