"""Until the ledger has written it down, no server can have the whole picture."""

import threading

import hostile
import pytest

import kiosk.service.request
from kiosk.errors import LedgerFullError, PictureError
from kiosk.model import Answered, NeverSent


class Crossing:
    """A ledger's commit, at which a server that parses as bytes come is asked what it has."""

    def __init__(self, server, picture, tolerance):
        self._server = server
        self._picture = picture
        self._parser = hostile.StreamingParser(tolerance)
        self.calls = 0
        self.delivered = None
        self.picture_bytes = -1

    def __call__(self):
        self.calls += 1
        visit = self._server.visit
        visit.drain()  # acknowledged bytes lie in the receive buffer: all of the head is here
        self._parser.feed(bytes(visit.received))
        self.delivered = self._parser.delivered
        self.picture_bytes = len(self._parser.so_far)
        self._server.proceed.set()

    @property
    def picture_was_held_back(self):
        return self.delivered is None and len(self._picture) - self.picture_bytes >= 64


def take_the_rest(visit):
    assert visit.server.proceed.wait(hostile.PATIENCE_S)
    visit.read_request()
    visit.sock.sendall(hostile.answer(hostile.SUCCESS))


def cross_with(make_server, client_of, picture, stopping, tolerance):
    server = make_server(take_the_rest)
    crossing = Crossing(server, picture, tolerance)
    outcome = client_of(server.url).attempt(picture, "png", cross=crossing, stopping=stopping)
    assert isinstance(outcome, Answered)
    assert crossing.calls == 1
    server.finish()
    parser = hostile.StreamingParser(0)
    parser.feed(bytes(server.visit.received))
    assert parser.delivered == picture
    assert server.visit.missing == 0
    return crossing


@pytest.mark.parametrize("tolerance", [0, 1, 2, 3, 4, 8])
def test_no_streaming_parser_has_the_picture_when_the_ledger_is_asked(
    make_server, client_of, picture, stopping, tolerance
):
    crossing = cross_with(make_server, client_of, picture, stopping, tolerance)
    assert crossing.picture_was_held_back
    assert crossing.picture_bytes > 0  # the cut is inside the picture


@pytest.mark.parametrize("size", [65, 66, 128, 200, 2047, 2048, 2049])
def test_small_pictures_are_held_back_as_well(make_server, client_of, picture, stopping, size):
    crossing = cross_with(make_server, client_of, picture[:size], stopping, 4)
    assert crossing.picture_was_held_back


@pytest.mark.parametrize(
    ("tail_bytes", "delivers"), [(2, True), (4, True), (40, False), (40 + 63, False)]
)
def test_a_client_that_holds_back_too_little_is_caught(
    make_server, client_of, picture, stopping, monkeypatch, tail_bytes, delivers
):
    """The detection works: a tail of only the closing delimiter, or of a part of it, trips it."""
    closing = len("\r\n--") + 32 + len("--\r\n")
    monkeypatch.setattr(kiosk.service.request, "held_back", lambda _size: tail_bytes - closing)
    crossing = cross_with(make_server, client_of, picture, stopping, 4)
    assert not crossing.picture_was_held_back
    assert (crossing.delivered == picture) is delivers


@pytest.mark.parametrize("size", [0, 1, 64])
def test_a_picture_too_small_to_be_cut_is_refused_before_anything_is_sent(
    make_server, client_of, stopping, size
):
    server = make_server(hostile.Visit.read_to_end)
    with pytest.raises(PictureError):
        client_of(server.url).attempt(b"x" * size, "png", cross=pytest.fail, stopping=stopping)
    assert server.connections == 0


def test_a_ledger_error_comes_out_as_it_is_and_the_tail_never_leaves(
    make_server, client_of, picture, stopping
):
    server = make_server(hostile.Visit.read_to_end)
    trouble = LedgerFullError("the disk is full")

    def cross():
        raise trouble

    with pytest.raises(LedgerFullError) as raised:
        client_of(server.url).attempt(picture, "png", cross=cross, stopping=stopping)
    assert raised.value is trouble
    assert trouble.__cause__ is None
    assert trouble.__context__ is None
    server.finish()
    assert server.visit.missing >= 1024
    assert server.connections == 1


@pytest.mark.parametrize("kind", [ConnectionResetError, TimeoutError, OSError, ValueError])
def test_an_error_of_the_ledger_is_never_taken_for_one_of_the_network(
    make_server, client_of, picture, stopping, kind
):
    server = make_server(hostile.Visit.read_to_end)
    trouble = kind("from the ledger")

    def cross():
        raise trouble

    with pytest.raises(kind) as raised:
        client_of(server.url).attempt(picture, "png", cross=cross, stopping=stopping)
    assert raised.value is trouble
    server.finish()
    assert server.visit.missing >= 1024


def test_a_stop_that_comes_with_the_acknowledgement_still_prevents_the_crossing(
    make_server, client_of, picture, stopping, look_after_the_server_acted
):
    def stop_the_lane(visit):
        visit.read_headers()
        assert visit.server.acknowledged.wait(hostile.PATIENCE_S)
        stopping.set()
        visit.acted()
        visit.read_to_end()

    server = make_server(stop_the_lane)
    look_after_the_server_acted(server)
    outcome = client_of(server.url).attempt(picture, "png", cross=pytest.fail, stopping=stopping)
    assert outcome == NeverSent("stopping", by_us=True)
    server.finish()
    assert server.visit.missing >= 1024


def test_a_stop_while_crossing_does_not_break_off_a_paid_attempt(
    make_server, client_of, picture, stopping
):
    def answer_after_the_stop(visit):
        visit.read_request()
        assert stopping.is_set()
        visit.sock.sendall(hostile.answer(hostile.SUCCESS))

    server = make_server(answer_after_the_stop)
    outcome = client_of(server.url).attempt(picture, "png", cross=stopping.set, stopping=stopping)
    assert isinstance(outcome, Answered)


def test_a_stop_while_the_answer_is_awaited_waits_for_it(make_server, client_of, picture, stopping):
    def stop_then_answer(visit):
        visit.read_request()
        stopping.set()
        threading.Event().wait(0.3)  # three of the slices in which a stop would be noticed
        visit.sock.sendall(hostile.answer(hostile.SUCCESS))

    server = make_server(stop_then_answer)
    outcome = client_of(server.url).attempt(picture, "png", cross=lambda: None, stopping=stopping)
    assert isinstance(outcome, Answered)
    assert outcome.answer.vin == "1M8GDM9AXKP042788"
