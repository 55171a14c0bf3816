"""What happens after the tail: only a complete result, or a refusal without one, is no doubt."""

import threading
import time

import hostile
import pytest

from kiosk.model import Answered, Refused, Unknown
from kiosk.service.wire import Wire

LOST = "the picture was sent, and the connection was lost before the answer was complete"
CUT = "the picture was sent, and the answer was cut short"
SLOW = "the picture was sent, and no answer came in time"


@pytest.fixture
def attempt(make_server, client_of, picture, stopping):
    """Attempt once with a server that takes the whole request and then does as ``script`` says."""

    def run(script, **options):
        def whole(visit):
            visit.read_request()
            assert visit.missing == 0
            script(visit)

        server = make_server(whole)
        crossings = []
        client = client_of(server.url, **options)
        outcome = client.attempt(
            picture, "png", cross=lambda: crossings.append(1), stopping=stopping
        )
        assert crossings == [1]
        assert server.connections == 1
        return outcome

    return run


def sending(*data):
    def script(visit):
        for piece in data:
            visit.sock.sendall(piece)

    return script


@pytest.mark.parametrize("status", [200, 204 + 1, 302, 400, 401, 404, 413, 429, 500, 503])
def test_a_complete_result_decides_whatever_the_status(attempt, status):
    located = "Location: http://[broken"
    outcome = attempt(sending(hostile.answer(hostile.SUCCESS, status, located)))
    assert isinstance(outcome, Answered)
    assert (outcome.status, outcome.early) == (status, False)
    assert outcome.answer.vin == "1M8GDM9AXKP042788"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
@pytest.mark.parametrize("body", [b"", b"<html>no</html>", b'{"error": "no"}'])
def test_a_refusal_without_a_result(attempt, status, body):
    outcome = attempt(sending(hostile.answer(body, status)))
    assert isinstance(outcome, Refused)
    assert outcome.status == status


@pytest.mark.parametrize("status", [101, 200, 204, 301, 302, 304, 307, 402, 405, 429, 500, 503])
def test_any_other_answer_without_a_result_is_a_doubt(attempt, status):
    page = hostile.answer(b"" if status in {101, 204, 304} else b"<html>hm</html>", status)
    outcome = attempt(sending(page))
    assert outcome == Unknown(
        f"the service answered {status} without a result", status, outcome.raw
    )


def test_a_redirect_is_not_followed(attempt, make_server):
    elsewhere = make_server(hostile.Visit.read_to_end)
    outcome = attempt(sending(hostile.answer(b"", 307, f"Location: {elsewhere.url}")))
    assert isinstance(outcome, Unknown)
    assert elsewhere.connections == 0


def test_what_came_is_kept_for_the_person_who_must_decide(attempt):
    outcome = attempt(sending(hostile.answer(b"<html>what?</html>", 500)))
    assert isinstance(outcome, Unknown)
    assert outcome.raw == b"<html>what?</html>"


def close(visit):
    visit.sock.close()


@pytest.mark.parametrize("end", [close, hostile.Visit.reset])
def test_a_connection_lost_after_the_tail_is_a_doubt(attempt, end):
    assert attempt(end) == Unknown(LOST)


CUT_ANSWERS = {
    "length": hostile.answer(hostile.SUCCESS)[:-1],
    "a whole result, but more was promised": hostile.answer(hostile.SUCCESS + b" ")[:-1],
    "chunk": hostile.chunked(hostile.SUCCESS)[:-9],
    "chunks": hostile.chunked(hostile.SUCCESS),
}


@pytest.mark.parametrize("data", CUT_ANSWERS.values(), ids=CUT_ANSWERS.keys())
@pytest.mark.parametrize("end", [close, hostile.Visit.reset])
def test_a_cut_answer_is_a_doubt(attempt, data, end):
    def talk(visit):
        visit.sock.sendall(data)
        end(visit)

    outcome = attempt(talk)
    assert isinstance(outcome, Unknown)
    assert outcome.status in {200, None}  # a reset may overtake the answer's head
    assert outcome.reason in {CUT, LOST}
    assert end is hostile.Visit.reset or outcome.status == 200


def test_a_refusal_that_is_cut_is_a_doubt(attempt):
    """What is missing may be the result that was paid for."""
    outcome = attempt(sending(hostile.answer(hostile.SUCCESS, 400)[:-1]))
    assert isinstance(outcome, Unknown)
    assert outcome.status == 400


@pytest.mark.parametrize(
    "data",
    [
        hostile.chunked(hostile.SUCCESS[:20], hostile.SUCCESS[20:], b""),
        b"HTTP/1.0 200 OK\r\n\r\n" + hostile.SUCCESS,
        b"HTTP/1.1 200 OK\n\n" + hostile.SUCCESS,
    ],
    ids=["chunked", "until the end", "bare line feeds"],
)
def test_every_framing_of_a_result_is_understood(attempt, data):
    assert isinstance(attempt(sending(data)), Answered)


def test_an_answer_that_comes_byte_by_byte_is_understood(attempt):
    page = hostile.answer(hostile.SUCCESS)
    outcome = attempt(sending(*(page[i : i + 1] for i in range(len(page)))))
    assert isinstance(outcome, Answered)


def test_a_silent_service_is_a_doubt_after_the_deadline(attempt):
    begun = time.monotonic()
    outcome = attempt(hostile.Visit.read_to_end, answer_timeout_s=0.4)
    assert outcome == Unknown(SLOW)
    assert 0.4 <= time.monotonic() - begun < 5


@pytest.mark.parametrize("start", [b"", hostile.answer(b"x" * 9000)[:80]], ids=["head", "body"])
def test_a_dripping_answer_does_not_extend_the_deadline(attempt, start):
    gone = threading.Event()

    def drip(visit):
        visit.sock.sendall(start or b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not gone.wait(0.02):
            visit.sock.sendall(b"x")

    begun = time.monotonic()
    outcome = attempt(drip, answer_timeout_s=0.4)
    gone.set()
    assert isinstance(outcome, Unknown)
    assert outcome.reason == SLOW
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "data",
    [
        hostile.answer(b"x" * 300_000),
        hostile.chunked(*[b"x" * 60_000] * 6, b""),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n" + b"x" * 300_000,
        b"HTTP/1.1 200 OK\r\n" + b"X-Filler: x\r\n" * 30_000 + b"\r\n",
        b"HTTP/1.1 103 Hm\r\n\r\n" * 30_000,
    ],
    ids=["length", "chunks", "a claim of 100 TB", "headers", "interim answers"],
)
def test_a_huge_answer_is_a_doubt_and_is_not_read_to_its_end(attempt, data):
    outcome = attempt(sending(data))
    assert isinstance(outcome, Unknown)
    assert outcome.reason == "the picture was sent, and the answer was larger than any real one"
    assert len(outcome.raw) <= 300_000


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\xff garbage \r\n\r\n",
        b"\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
    ],
)
def test_garbage_is_a_doubt(attempt, data):
    assert isinstance(attempt(sending(data)), Unknown)


@pytest.mark.parametrize("end", [hostile.Visit.read_to_end, close, hostile.Visit.reset])
def test_a_result_given_while_the_ledger_wrote_is_found(
    make_server, client_of, picture, stopping, end
):
    """Even where the connection is closed by then: what came before lies in the buffer."""

    def answer_on_cue(visit):
        assert visit.server.proceed.wait(hostile.PATIENCE_S)
        visit.sock.sendall(hostile.answer(hostile.MISSING_PARAMETER, 400))
        if end is not hostile.Visit.read_to_end:
            end(visit)
        visit.acted()
        end(visit)

    server = make_server(answer_on_cue)

    def cross():
        server.proceed.set()
        assert server.acted.wait(hostile.PATIENCE_S)

    outcome = client_of(server.url).attempt(picture, "png", cross=cross, stopping=stopping)
    assert isinstance(outcome, Answered)
    assert (outcome.answer.key, outcome.early, outcome.crossed) == (29, True, True)


@pytest.mark.parametrize("step", ["send", "read"])
def test_an_error_nobody_foresaw_is_a_doubt_from_the_tail_on(
    make_server, client_of, picture, stopping, monkeypatch, step
):
    def surprise(*_):
        raise RuntimeError

    def answer(visit):
        visit.read_request()
        visit.sock.sendall(hostile.answer(hostile.SUCCESS))

    server = make_server(answer)

    def cross():
        monkeypatch.setattr(Wire, step, surprise)

    outcome = client_of(server.url).attempt(picture, "png", cross=cross, stopping=stopping)
    assert outcome == Unknown("the attempt failed in an unexpected way (RuntimeError)")
