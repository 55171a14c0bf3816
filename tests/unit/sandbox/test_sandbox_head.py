from http import HTTPStatus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.sandbox.head import RequestError, parse_head


def head_of(*lines: str) -> bytes:
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def test_a_request_is_understood():
    head = parse_head(
        head_of(
            "POST /vinbarcode/v2?accesscode=a%20b&format=JSON&empty= HTTP/1.1",
            "Content-Length:  12 ",
            "Accept: a",
            "ACCEPT: b",
        )
    )
    assert (head.method, head.path, head.length) == ("POST", "/vinbarcode/v2", 12)
    assert head.query == {"accesscode": "a b", "format": "JSON", "empty": ""}
    assert head.headers["accept"] == "a, b"
    assert head.keep_alive


def test_the_first_of_two_equal_parameters_counts():
    assert parse_head(head_of("GET /?a=1&a=2 HTTP/1.1")).query == {"a": "1"}


def test_a_proxy_s_absolute_target_is_understood():
    assert parse_head(head_of("GET http://host/path?a=1 HTTP/1.1")).path == "/path"


@pytest.mark.parametrize(
    ("version", "connection", "keeps"),
    [
        ("1.1", None, True),
        ("1.1", "close", False),
        ("1.0", None, False),
        ("1.0", "Keep-Alive", True),
    ],
)
def test_who_keeps_the_connection(version, connection, keeps):
    fields = [f"Connection: {connection}"] if connection else []
    assert parse_head(head_of(f"GET / HTTP/{version}", *fields)).keep_alive is keeps


def test_a_chunked_body_has_no_length():
    assert parse_head(head_of("POST / HTTP/1.1", "Transfer-Encoding: Chunked")).length is None
    assert parse_head(head_of("GET / HTTP/1.1")).length == 0


@pytest.mark.parametrize(
    ("status", "lines"),
    [
        (400, ["nonsense"]),
        (400, ["GET  / HTTP/1.1"]),
        (400, ["GET http://[broken/ HTTP/1.1"]),
        (400, ["GET / HTTP/1.1", "no colon"]),
        (400, ["GET / HTTP/1.1", "A: b", " folded"]),
        (400, ["POST / HTTP/1.1", "Content-Length: -1"]),
        (400, ["POST / HTTP/1.1", "Content-Length: 1", "Content-Length: 2"]),
        (400, ["POST / HTTP/1.1", "Content-Length: 1", "Transfer-Encoding: chunked"]),
        (431, ["GET / HTTP/1.1", *(f"A{number}: b" for number in range(101))]),
        (501, ["POST / HTTP/1.1", "Transfer-Encoding: gzip, chunked"]),
        (505, ["PRI * HTTP/2.0"]),
    ],
)
def test_what_is_in_doubt_is_refused(status, lines):
    with pytest.raises(RequestError) as refusal:
        parse_head(head_of(*lines))
    assert refusal.value.status == HTTPStatus(status)


def test_a_refusal_never_repeats_the_access_code():
    with pytest.raises(RequestError) as refusal:
        parse_head(head_of("POST http://[x?accesscode=SECRET HTTP/1.1"))
    assert "SECRET" not in str(refusal.value)
    assert refusal.value.__suppress_context__


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_parsed_or_refused(raw):
    try:
        head = parse_head(raw + b"\r\n\r\n")
    except RequestError:
        return
    assert head.length is None or head.length >= 0


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="latin-1"), max_size=80), st.binary(max_size=80))
def test_any_target_and_fields_are_parsed_or_refused(target, fields):
    raw = f"POST /{target} HTTP/1.1\r\n".encode("latin-1") + fields + b"\r\n\r\n"
    try:
        head = parse_head(raw)
    except RequestError:
        return
    assert head.method == "POST"
