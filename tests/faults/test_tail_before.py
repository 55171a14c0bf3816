"""What happens before the tail: the picture is provably incomplete, and free to try again."""

import threading
import time

import hostile
import pytest

from kiosk.model import Answered, NeverSent

SMALL_BUFFER = 4096


def attempt(client, picture, stopping):
    """Attempt with a ledger that fails the test when it is asked."""
    return client.attempt(picture, "png", cross=pytest.fail, stopping=stopping)


def answering(*answers):
    def script(visit):
        visit.read_headers()
        for data in answers:
            visit.sock.sendall(data)
        visit.acted()
        visit.read_to_end()

    return script


def test_a_busy_service_is_heard_before_the_tail(
    make_server, client_of, picture, stopping, look_after_the_server_acted
):
    busy = hostile.answer(b"busy", 503, "Retry-After: 120")
    server = make_server(answering(busy))
    look_after_the_server_acted(server)
    outcome = attempt(client_of(server.url), picture, stopping)
    assert outcome == NeverSent(
        "the service answered 503 before it had the picture", status=503, retry_after_s=120
    )
    server.finish()
    assert server.visit.missing >= 1024


def test_retry_after_may_be_a_date(
    make_server, client_of, picture, stopping, look_after_the_server_acted
):
    dates = (
        "Date: Wed, 21 Oct 2026 07:28:00 GMT",
        "Retry-After: Wed, 21 Oct 2026 07:29:30 GMT",
    )
    server = make_server(answering(hostile.answer(b"", 429, *dates)))
    look_after_the_server_acted(server)
    outcome = attempt(client_of(server.url), picture, stopping)
    assert isinstance(outcome, NeverSent)
    assert (outcome.status, outcome.retry_after_s) == (429, 90)


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("body", [hostile.MISSING_PARAMETER, hostile.SUCCESS])
def test_an_early_result_is_a_result(
    make_server, client_of, picture, stopping, look_after_the_server_acted, body, status
):
    server = make_server(answering(hostile.answer(body, status)))
    look_after_the_server_acted(server)
    outcome = attempt(client_of(server.url), picture, stopping)
    assert isinstance(outcome, Answered)
    assert (outcome.early, outcome.status, outcome.answer.raw) == (True, status, body)
    server.finish()
    assert server.visit.missing >= 1024


@pytest.mark.parametrize("cut_off", [False, True])
def test_what_comes_while_the_ledger_writes_still_stops_the_tail(
    make_server, client_of, picture, stopping, cut_off
):
    """A slow disk leaves the service time: its refusal must not turn into a doubt."""

    def refuse_at_last(visit):
        visit.read_headers()
        assert visit.server.proceed.wait(hostile.PATIENCE_S)
        if cut_off:
            visit.reset()
        else:
            visit.sock.sendall(hostile.answer(b"busy", 503, "Retry-After: 7"))
        visit.acted()
        if not cut_off:
            visit.read_to_end()

    server = make_server(refuse_at_last)

    def write_slowly():
        server.proceed.set()
        assert server.acted.wait(hostile.PATIENCE_S)

    outcome = client_of(server.url).attempt(picture, "png", cross=write_slowly, stopping=stopping)
    assert isinstance(outcome, NeverSent)
    assert outcome.crossed
    assert outcome.status == (None if cut_off else 503)
    server.finish()
    assert server.visit.missing >= 1024


def test_an_early_answer_is_heard_while_the_service_does_not_read(
    make_server, client_of, large_picture, stopping
):
    """The head is stuck: nobody would look for an answer who waits for it to be out."""
    busy = hostile.answer(b"busy", 503, "Retry-After: 7")

    def refuse_without_reading(visit):
        visit.read_headers()
        visit.sock.sendall(busy)
        assert visit.server.proceed.wait(hostile.PATIENCE_S)

    server = make_server(refuse_without_reading, receive_buffer=SMALL_BUFFER)
    outcome = attempt(client_of(server.url), large_picture, stopping)
    assert isinstance(outcome, NeverSent)
    assert (outcome.status, outcome.retry_after_s) == (503, 7)


def test_interim_answers_are_no_answers(
    make_server, client_of, picture, stopping, look_after_the_server_acted
):
    def announce(visit):
        visit.read_headers()
        visit.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        visit.sock.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
        visit.acted()
        visit.read_request()
        visit.sock.sendall(b"HTTP/1.1 102 Processing\r\n\r\n")
        visit.sock.sendall(hostile.answer(hostile.SUCCESS))

    server = make_server(announce)
    look_after_the_server_acted(server)
    outcome = client_of(server.url).attempt(picture, "png", cross=lambda: None, stopping=stopping)
    assert isinstance(outcome, Answered)
    assert (outcome.early, outcome.status) == (False, 200)


def hang_up(visit):
    visit.read_headers()
    visit.sock.close()
    visit.acted()


def reset(visit):
    visit.read_headers()
    visit.reset()
    visit.acted()


@pytest.mark.parametrize("end", [hang_up, reset])
def test_a_connection_lost_before_the_tail_is_free(
    make_server, client_of, picture, stopping, look_after_the_server_acted, end
):
    server = make_server(end)
    look_after_the_server_acted(server)
    outcome = attempt(client_of(server.url), picture, stopping)
    assert outcome == NeverSent("the connection was lost before the picture was complete")


@pytest.mark.parametrize("end", [hang_up, reset])
def test_a_connection_lost_within_the_head_is_free(
    make_server, client_of, large_picture, stopping, end
):
    server = make_server(end, receive_buffer=SMALL_BUFFER)
    outcome = attempt(client_of(server.url), large_picture, stopping)
    assert outcome == NeverSent("the connection was lost before the picture was complete")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "the answer could not be read"),
        (hostile.answer(b"x" * 300_000, 503), None),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nshort", None),
        (b"HTTP/1.1 503 Busy\r\n" + b"X-Filler: " + b"x" * 400_000, "larger than any real one"),
    ],
    ids=["not HTTP", "huge", "cut", "endless headers"],
)
def test_an_unusable_early_answer_is_free(
    make_server, client_of, picture, stopping, look_after_the_server_acted, data, words
):
    def talk_and_leave(visit):
        visit.read_headers()
        visit.sock.sendall(data[:40])
        visit.acted()
        visit.sock.sendall(data[40:])  # may wait for the client to read
        visit.sock.close()

    server = make_server(talk_and_leave)
    look_after_the_server_acted(server)
    outcome = attempt(client_of(server.url), picture, stopping)
    assert isinstance(outcome, NeverSent)
    assert outcome.status == (None if words else 503)
    assert words is None or words in outcome.reason


def wait_for_the_test(visit):
    visit.read_headers()
    assert visit.server.proceed.wait(hostile.PATIENCE_S)


def test_a_head_that_is_never_acknowledged_is_free(make_server, client_of, large_picture, stopping):
    server = make_server(wait_for_the_test, receive_buffer=SMALL_BUFFER)
    client = client_of(server.url, answer_timeout_s=0.4)
    outcome = attempt(client, large_picture, stopping)
    assert isinstance(outcome, NeverSent)
    assert outcome.reason in {
        "the network was too slow to send the picture",
        "the picture's beginning was not acknowledged in time",
    }


def test_the_acknowledgement_is_waited_for(make_server, client_of, stopping):
    """Here the kernel takes all of the head at once: only the acknowledgement tells the truth."""
    server = make_server(wait_for_the_test, receive_buffer=SMALL_BUFFER)
    client = client_of(server.url, answer_timeout_s=0.5)
    outcome = attempt(client, bytes(300_000), stopping)
    assert outcome == NeverSent("the picture's beginning was not acknowledged in time")


@pytest.mark.parametrize("size", [12_000_000, 300_000], ids=["sending", "acknowledgement"])
def test_a_stop_ends_the_wait_for_a_stuck_head(make_server, client_of, stopping, size):
    server = make_server(wait_for_the_test, receive_buffer=SMALL_BUFFER)
    client = client_of(server.url, answer_timeout_s=60)
    stopper = threading.Thread(target=lambda: server.visit and stopping.set())
    stopper.start()
    begun = time.monotonic()
    outcome = attempt(client, bytes(size), stopping)
    assert time.monotonic() - begun < 5
    assert outcome == NeverSent("stopping", by_us=True)
    stopper.join()


def test_a_stop_does_not_throw_away_an_early_result_that_is_under_way(
    make_server, client_of, picture, stopping, look_after_the_server_acted
):
    """It may have cost a credit, and the rest of it is on its way."""
    page = hostile.answer(hostile.MISSING_PARAMETER, 400)

    def answer_in_two_halves(visit):
        visit.read_headers()
        visit.sock.sendall(page[:60])
        visit.acted()
        stopping.set()
        threading.Event().wait(0.3)  # three of the slices in which a stop would be noticed
        visit.sock.sendall(page[60:])
        visit.read_to_end()

    server = make_server(answer_in_two_halves)
    look_after_the_server_acted(server)
    outcome = attempt(client_of(server.url), picture, stopping)
    assert isinstance(outcome, Answered)
    assert (outcome.early, outcome.answer.key) == (True, 29)
