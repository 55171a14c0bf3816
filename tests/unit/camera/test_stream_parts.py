import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.camera.feeds.live_edge import LiveEdge
from kiosk.camera.feeds.parts import Parts, boundary_of
from kiosk.vision.picture import BYTES_MAX

bodies = st.binary(max_size=60).filter(lambda body: b"--edge" not in body)


def written(bodies, lengths, newline=b"\r\n"):
    """A stream as a camera writes it, and where in it each body begins."""
    stream, begins = b"", []
    for body in bodies:
        head = [b"--edge", b"Content-Type: image/jpeg"]
        if lengths:
            head.append(b"content-length: %d" % len(body))
        stream += newline.join([*head, b"", b""])
        begins.append(len(stream))
        stream += body + newline
    return stream + b"--edge" + newline, begins


@given(
    bodies=st.lists(bodies, max_size=5),
    lengths=st.booleans(),
    newline=st.sampled_from([b"\r\n", b"\n"]),
    cuts=st.lists(st.integers(1, 40), min_size=1, max_size=10),
)
def test_every_body_comes_out_once_however_the_stream_is_cut(bodies, lengths, newline, cuts):
    if newline == b"\n":
        bodies = [body for body in bodies if not body.endswith(b"\r")]
    stream, begins = written(bodies, lengths, newline)
    parts, found, at, turn = Parts("edge"), [], 0, 0
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        found += parts.feed(stream[at : at + size], float(turn))
        at, turn = at + size, turn + 1
    assert [part.body for part in found] == bodies
    for part, begin in zip(found, begins, strict=True):
        assert part.began_at == float(turn_that_brought(begin, cuts))


def turn_that_brought(end, cuts):
    """The number of the piece with which ``end`` bytes were complete."""
    total = turn = 0
    while (total := total + cuts[turn % len(cuts)]) < end:
        turn += 1
    return turn


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_rubbish_is_taken_or_refused_but_never_breaks(pieces):
    parts = Parts("edge")
    for piece in pieces:
        parts.feed(piece, 0.0)


def test_a_camera_that_never_begins_a_part_is_refused():
    parts = Parts("edge")
    assert parts.feed(bytes(10_000), 0.0) == []
    with pytest.raises(ValueError, match="no part begins here"):
        parts.feed(bytes(10_000), 0.0)


def test_a_part_may_not_be_larger_than_any_picture():
    with pytest.raises(ValueError, match="too large"):
        Parts("edge").feed(b"--edge\r\nContent-Length: %d\r\n\r\n" % (BYTES_MAX + 1), 0.0)
    parts = Parts("edge")
    assert parts.feed(b"--edge\r\n\r\n" + bytes(BYTES_MAX), 0.0) == []
    with pytest.raises(ValueError, match="too large"):
        parts.feed(bytes(1), 0.0)


@pytest.mark.parametrize(
    ("kind", "boundary"),
    [
        ("multipart/x-mixed-replace; boundary=edge", "edge"),
        ("Multipart/X-Mixed-Replace;BOUNDARY=edge; charset=x", "edge"),
        ('multipart/x-mixed-replace;boundary="an edge"', "an edge"),
        ("multipart/x-mixed-replace;boundary=--edge", "edge"),
        ("multipart/x-mixed-replace", None),
        ("multipart/x-mixed-replace;boundary=--", None),
        ("video/mp4; boundary=edge", None),
        ("", None),
    ],
)
def test_the_boundary_is_found_as_cameras_write_it(kind, boundary):
    assert boundary_of(kind) == boundary


# ---- time stamps --------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 3), min_size=1, max_size=50))
def test_no_picture_is_taken_for_fresher_than_it_came(delays):
    edge, now = LiveEdge(), 0.0
    for number, delay in enumerate(delays):
        now = max(now, number / 15 + delay)
        assert edge.arrived(number / 15, 100 + now) <= 100 + now


@given(st.lists(st.floats(0.02, 3), min_size=1, max_size=50), st.floats(-1e5, 1e5))
def test_once_one_came_fast_the_late_ones_keep_their_time(delays, began):
    edge, now = LiveEdge(), 0.01
    edge.arrived(began, 100 + now)
    for number, delay in enumerate(delays, start=1):
        now = max(now, number / 15 + delay)
        stamp = edge.arrived(began + number / 15, 100 + now)
        true = 100 + number / 15
        assert true <= stamp + 1e-6
        assert stamp <= true + 0.01 + 0.001 * now + 1e-6


def test_a_sender_that_starts_again_is_taken_at_its_arrival():
    edge = LiveEdge()
    edge.arrived(50.0, 100.0)
    assert edge.arrived(50.0, 101.0) == 101.0
    assert edge.arrived(0.0, 102.0) == 102.0
    assert math.isclose(edge.arrived(0.1, 103.0), 102.1, abs_tol=0.01)
