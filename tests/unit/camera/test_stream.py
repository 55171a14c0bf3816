import logging
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
import trustme

from kiosk.camera import stream as stream_module
from kiosk.camera.feeds import Arrival
from kiosk.camera.feeds import address as address_module
from kiosk.camera.feeds import film as film_module
from kiosk.camera.feeds import mjpeg as mjpeg_module
from kiosk.camera.feeds.address import Address
from kiosk.camera.feeds.film import FilmFeed
from kiosk.camera.feeds.line import Line
from kiosk.camera.feeds.mjpeg import MjpegFeed
from kiosk.camera.feeds.reader import Reader
from kiosk.camera.simulated_stream import Login, SimulatedHttpStream, SimulatedRtspStream
from kiosk.camera.stream import StreamCamera
from kiosk.clock import SystemClock
from kiosk.errors import CameraError

CLOCK = SystemClock()
PATIENCE_S = 10.0
SILENCE_S = 0.8  # instead of three seconds
KINDS = [SimulatedHttpStream, SimulatedRtspStream]
SECRETS = ("canary-user", "canary-password", "canary-token")

every_kind = pytest.mark.parametrize("kind", KINDS, ids=["http", "rtsp"])


def flat(grey):
    return np.full((48, 64, 3), grey, np.uint8)


def brightness(frame):
    return round(float(frame.look().mean()), -1)


@pytest.fixture
def watch():
    """Open a camera at an address; it is closed when the test ends."""
    cameras = []

    def opened(url, latency_s=0.0):
        camera = StreamCamera(url, CLOCK, latency_s=latency_s)
        cameras.append(camera)
        camera.open()
        return camera

    yield opened
    for camera in cameras:
        camera.close()


@pytest.fixture
def impatient(monkeypatch):
    """Cameras that say nothing are given up sooner."""
    for feed in (film_module, mjpeg_module):
        monkeypatch.setattr(feed, "SILENCE_S", SILENCE_S)


def frame_of(camera, wanted=lambda frame: True):
    end = CLOCK.monotonic() + PATIENCE_S
    while CLOCK.monotonic() < end:
        frame = camera.read(CLOCK.monotonic() + 1.0)
        if frame is not None and wanted(frame):
            return frame
    raise AssertionError("no such frame came")


def why_not(watch, url):
    """What is said of an address where no camera is; it must hold no secret."""
    with pytest.raises(CameraError) as told:
        watch(url)
    assert not any(secret in str(told.value) + repr(told.value) for secret in SECRETS)
    return str(told.value)


def why_lost(watch, url):
    """What is said of a camera that opens and gives nothing; or does not even open."""
    with pytest.raises(CameraError) as told:
        frame_of(watch(url))
    return str(told.value)


# ---- pictures -----------------------------------------------------------------------------------


@every_kind
def test_the_view_follows_the_camera(watch, kind):
    with kind(flat(50)) as stream:
        camera = watch(stream.url)
        assert brightness(frame_of(camera)) == 50
        stream.show(flat(200))
        assert frame_of(camera, lambda frame: brightness(frame) == 200)


@every_kind
@pytest.mark.parametrize("manner", ["basic", "digest"])
def test_a_camera_with_a_password_opens_to_who_knows_it(watch, kind, manner):
    with kind(flat(50), login=Login("the user", "p@ss:w/rd", manner)) as stream:
        assert frame_of(watch(stream.url_for("the%20user", "p%40ss%3Aw%2Frd")))


@every_kind
def test_what_the_camera_itself_takes_is_not_counted_as_ours(watch, kind):
    with kind(flat(50)) as stream:
        camera = watch(stream.url, latency_s=5.0)
        frame_of(camera)
        frame = frame_of(camera)
        assert 5.0 <= CLOCK.monotonic() - frame.taken_at < 6.5


def test_parts_without_a_length_end_where_the_next_begins(watch):
    with SimulatedHttpStream(flat(50), lengths=False) as stream:
        assert brightness(frame_of(watch(stream.url))) == 50


def test_a_damaged_picture_is_passed_over(watch):
    with SimulatedHttpStream(flat(50), fps=50) as stream:
        camera = watch(stream.url)
        frame_of(camera)
        stream.show(b"no picture at all")
        came = [camera.read(CLOCK.monotonic() + 0.2) for _ in range(5)]
        assert came[-1] is None  # though one comes every 20 ms
        stream.show(flat(200))
        assert brightness(frame_of(camera)) == 200


def test_a_film_over_rtsp_is_decoded(watch, tmp_path):
    path = tmp_path / "film.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 15.0, (64, 48))
    for grey in (50, 200):
        for _ in range(8):
            writer.write(flat(grey))
    writer.release()
    with SimulatedRtspStream(flat(0), film=path) as stream:
        camera = watch(stream.url)
        for grey in (200, 50, 200):
            frame = frame_of(camera, lambda frame, grey=grey: brightness(frame) == grey)
            assert CLOCK.monotonic() - frame.taken_at < 2.0


def test_a_stream_that_is_no_multipart_is_read_by_ffmpeg(watch):
    with SimulatedHttpStream(flat(50), kind="application/octet-stream") as stream:
        frame = frame_of(watch(stream.url))
        assert brightness(frame) == 50
        assert frame.taken_at <= CLOCK.monotonic()


def test_only_the_newest_picture_is_given(watch):
    with SimulatedHttpStream(flat(50), fps=200) as stream:
        camera = watch(stream.url)
        frame_of(camera)
        stream.show(flat(200))
        frame_of(camera, lambda frame: brightness(frame) == 200)
        stream.stall()
        while camera.read(CLOCK.monotonic() + 0.3) is not None:
            pass
        stream.show(flat(50))
        stream.resume()
        assert brightness(frame_of(camera)) == 50


def test_pictures_that_waited_in_a_buffer_are_not_taken_for_fresh():
    jpeg = cv2.imencode(".jpg", flat(50))[1].tobytes()
    part = b"--x\r\nContent-Type: image/jpeg\r\n\r\n" + jpeg + b"\r\n"
    sent = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            server.accept()[0].close()  # the one that only looks whether anybody is there
            line, _ = server.accept()
            with line:
                line.recv(65_536)
                head = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=x\r\n"
                line.sendall(head + b"\r\n")
                opened.wait(PATIENCE_S)
                line.sendall(part * 4)
                sent.set()
                done.wait(PATIENCE_S)

        opened, done = threading.Event(), threading.Event()
        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        feed = MjpegFeed(Address.parse(url), CLOCK, Line())
        assert feed.open()
        opened_at = CLOCK.monotonic()
        opened.set()
        assert sent.wait(PATIENCE_S)
        arrivals = [feed.next() for _ in range(3)]
        feed.close()
        done.set()
        thread.join(PATIENCE_S)
    assert all(arrival.at <= opened_at for arrival in arrivals)


# ---- losses -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("impatient")
@every_kind
def test_a_silent_camera_keeps_the_deadline_and_is_lost_after_a_while(watch, kind):
    with kind(flat(50)) as stream:
        camera = watch(stream.url)
        frame_of(camera)
        stream.stall()
        began = CLOCK.monotonic()
        while camera.read(CLOCK.monotonic() + 0.1) is not None:
            pass
        before = CLOCK.monotonic()
        assert camera.read(before + 0.1) is None
        assert CLOCK.monotonic() - before < 0.5
        with pytest.raises(CameraError, match=r"nothing|silent"):
            camera.read(CLOCK.monotonic() + PATIENCE_S)
        assert CLOCK.monotonic() - began < SILENCE_S + 2.0


@every_kind
def test_a_camera_that_hangs_up_is_lost_at_once(watch, kind):
    with kind(flat(50)) as stream:
        camera = watch(stream.url)
        frame_of(camera)
        stream.hang_up()
        with pytest.raises(CameraError, match=r"hung up|ended"):
            frame_of(camera, lambda frame: False)


@every_kind
def test_the_reasons_are_told_apart(watch, kind):
    with kind(flat(50), login=Login("canary-user", "canary-password")) as stream:
        right = stream.url_for(*SECRETS[:2], query="canary-token")
        wrong = stream.url_for("canary-user", "wrong", query="canary-token")
        assert "does not accept the user and password" in why_not(watch, wrong)
        assert "wants a user and a password" in why_not(watch, stream.url)
        stream.login = None
        assert "at this path" in why_not(watch, right.replace(stream.path, "/nowhere"))
        assert "its name is not known" in why_not(
            watch, right.replace("127.0.0.1", "no-such-camera.invalid")
        )
        assert "its name is not known" in why_not(watch, right.replace("127.0.0.1", "a..b"))
        stream.refuse()
        assert "it refuses the connection" in why_not(watch, right)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("text/html; charset=utf-8", "no stream at this path"),
        ("image/jpeg", "no stream at this path"),
        ("multipart/x-mixed-replace; boundary=another", "no MJPEG"),
    ],
)
def test_other_answers_than_a_stream_are_told(watch, kind, says):
    with SimulatedHttpStream(b"x" * 20_000, kind=kind) as stream:
        assert says in why_lost(watch, stream.url)


@contextmanager
def answering(data):
    """A server that says the same to everybody and hangs up; gives its host and port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = f"127.0.0.1:{server.getsockname()[1]}"
        ended = threading.Event()

        def serve():
            while not ended.is_set():
                line, _ = server.accept()
                with line, suppress(OSError):
                    line.sendall(data)
                    line.shutdown(socket.SHUT_WR)
                    while line.recv(65_536):
                        pass

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield host
        finally:
            ended.set()
            socket.create_connection(server.getsockname()).close()
            thread.join(PATIENCE_S)


def test_somebody_who_speaks_neither_http_nor_rtsp_is_told(watch):
    with answering(b"SSH-2.0-OpenSSH_9.2\r\n") as host:
        assert "does not answer as an HTTP camera" in why_not(watch, f"http://{host}/x")
        assert "no picture came" in why_not(watch, f"rtsp://{host}/x")


@pytest.mark.parametrize("status", [b"503 Service Unavailable", b"302 Found"])
def test_an_answer_that_is_no_stream_is_told_by_its_number(watch, status):
    answer = b"HTTP/1.1 %s\r\nLocation: http://canary-token/\r\nContent-Length: 0\r\n\r\n" % status
    with answering(answer) as host:
        assert f"HTTP {status[:3].decode()}" in why_not(watch, f"http://{host}/x")


def test_a_garbled_question_for_the_password_is_told(watch):
    asked = b"HTTP/1.1 401 No\r\nWWW-Authenticate: Digest x\r\nContent-Length: 0\r\n\r\n"
    with answering(asked) as host:
        assert "no stream from" in why_not(watch, f"http://canary-user:canary-password@{host}/")


@pytest.mark.parametrize(
    ("head", "body"),
    [(b"Content-Length: 80", b"%b"), (b"Transfer-Encoding: chunked", b"50\r\n%b\r\n0\r\n\r\n")],
)
def test_a_camera_that_ends_its_answer_is_lost(watch, head, body):
    kind = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=x\r\n%b\r\n\r\n"
    part = b"--x\r\nContent-Length: 2\r\n\r\nno\r\n--x\r\n".ljust(80)
    with answering(kind % head + body % part) as host:
        assert "hung up" in why_lost(watch, f"http://{host}/")


def recording(folder):
    """Forty seconds of film."""
    path = folder / "film.mkv"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 5.0, (64, 48))
    for _ in range(200):
        writer.write(flat(50))
    writer.release()
    return path.read_bytes()


def test_a_recording_is_no_live_camera(watch, tmp_path):
    film = recording(tmp_path)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: video/x-matroska\r\nContent-Length: %d\r\n\r\n"
    with answering(head % len(film) + film) as host:
        assert "sends a recording" in why_not(watch, f"http://{host}/film.mkv")


def test_a_camera_that_does_not_answer_at_all_is_told(watch, monkeypatch):
    monkeypatch.setattr(address_module, "CONNECT_S", 0.1)
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = server.getsockname()
        stack.enter_context(socket.create_connection(address))  # the one that there is room for
        said = why_not(watch, f"rtsp://127.0.0.1:{address[1]}/x")
    assert "it does not answer: check its power" in said


def test_a_network_that_is_not_there_is_told(watch):
    assert "check the network cable" in why_not(watch, "rtsp://255.255.255.255:5554/x")


OK = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=x\r\n"
A_WHILE = b"\r\n--x\r\nContent-Length: 99999\r\n\r\n"
DRIPPING = {
    "a handshake": ("https", b"\x16\x03\x03\x40\x00"),
    "a header": ("http", b"HTTP/1.1 200 OK\r\nX: "),
    "a refusal": ("http", b"HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=x, nonce="),
    "a picture": ("http", OK + A_WHILE),
    "a part's head": ("http", OK + b"\r\n--x\r\nX: "),
    "a chunk": ("http", OK + b"Transfer-Encoding: chunked\r\n\r\n"),
}


@contextmanager
def dripping(begin):
    """A sick camera: it never ends what it began, but sends a byte of it now and then."""
    ended = threading.Event()

    def serve(line):
        with line, suppress(OSError):
            if begin.startswith(b"HTTP") and not line.recv(65_536):
                return
            line.sendall(begin)
            while not ended.wait(0.05):
                line.sendall(b"0")

    def accept():
        while not ended.is_set():
            line, _ = server.accept()
            threads.append(threading.Thread(target=serve, args=(line,)))
            threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threads = [threading.Thread(target=accept)]
        threads[0].start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            ended.set()
            socket.create_connection(server.getsockname()).close()
            for thread in threads:
                thread.join(PATIENCE_S)


@pytest.mark.parametrize("what", DRIPPING)
def test_a_sick_camera_does_not_hold_the_thread(monkeypatch, what):
    monkeypatch.setattr(stream_module, "_OPEN_S", 0.4)
    scheme, begin = DRIPPING[what]
    with dripping(begin) as host:
        camera = StreamCamera(f"{scheme}://{host}/x", CLOCK, latency_s=0.0)
        for _ in range(2):
            with suppress(CameraError):
                camera.open()
                assert camera.read(CLOCK.monotonic() + 0.3) is None
            began = time.monotonic()
            camera.close()
            assert time.monotonic() - began < 1.0
            assert stream_threads() == []


def test_a_camera_that_is_too_slow_with_a_picture_is_lost(watch, monkeypatch):
    monkeypatch.setattr(mjpeg_module, "_PICTURE_S", 0.3)
    with dripping(DRIPPING["a picture"][1]) as host:
        assert "no whole picture came" in why_lost(watch, f"http://{host}/x")


def test_a_slow_refusal_of_the_password_is_still_told(watch, monkeypatch):
    """FFmpeg gets no answer in its time; whoever asks afterwards does."""
    monkeypatch.setattr(stream_module, "_OPEN_S", 3.0)
    answered = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            server.accept()[0].close()  # the one that only looks whether anybody is there
            silent, _ = server.accept()
            asking, _ = server.accept()
            with silent, asking:
                asking.recv(65_536)
                asking.sendall(b"RTSP/1.0 4")
                answered.wait(0.9)
                asking.sendall(b"01 Unauthorized\r\n")
                answered.wait(PATIENCE_S)

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"rtsp://canary-user:canary-password@127.0.0.1:{server.getsockname()[1]}/x"
        assert "does not accept the user and password" in why_not(watch, url)
        answered.set()
        thread.join(PATIENCE_S)


def test_a_reader_that_must_stop_does_not_read_all_that_is_old(tmp_path):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: video/x-matroska\r\nContent-Length: %d\r\n\r\n"
    film = recording(tmp_path)
    line = Line()
    with answering(head % len(film) + film) as host:
        feed = FilmFeed(Address.parse(f"http://{host}/film.mkv"), StopsAtOnce(line), line)
        with closing(feed):
            feed.open(CLOCK.monotonic() + PATIENCE_S)  # else: a recording is no live picture
        with pytest.raises(CameraError, match="no longer wanted"):
            feed.open(CLOCK.monotonic() + PATIENCE_S)


class StopsAtOnce(SystemClock):
    """A clock at whose first look somebody cuts the line."""

    def __init__(self, line):
        super().__init__()
        self.line = line

    def monotonic(self):
        self.line.cut()
        return super().monotonic()


# ---- time ---------------------------------------------------------------------------------------


def test_a_camera_whose_clock_is_wrong_is_taken_at_its_word_for_a_second_only(watch):
    with SimulatedRtspStream(flat(50), fps=50, clock_rate=0.02) as stream:
        camera = watch(stream.url)
        began = frame_of(camera).taken_at
        ages = []
        while CLOCK.monotonic() - began < 2.5:
            frame = frame_of(camera)
            ages.append(CLOCK.monotonic() - frame.taken_at)
    assert max(ages) < 2.0
    assert min(ages[len(ages) // 2 :]) < 0.5


def test_pictures_that_come_much_too_late_are_a_lost_camera(watch, monkeypatch):
    monkeypatch.setattr(film_module, "_BEHIND_MAX_S", 0.3)
    with SimulatedRtspStream(flat(50)) as stream:
        feed = FilmFeed(Address.parse(stream.url), CLOCK, Line())
        feed.open(CLOCK.monotonic() + PATIENCE_S)
        assert feed.next() is not None
        other = watch(stream.url)
        for _ in range(10):  # meanwhile nobody reads the first
            frame_of(other)
        with pytest.raises(CameraError, match="s behind: this machine or the network is too slow"):
            feed.next()
        feed.close()


def test_an_http_camera_that_cannot_be_followed_is_lost(watch, monkeypatch):
    monkeypatch.setattr(mjpeg_module, "_BEHIND_MAX_S", -1.0)
    with SimulatedHttpStream(flat(50)) as stream:
        assert "this machine is too slow" in why_lost(watch, stream.url)


# ---- TLS ----------------------------------------------------------------------------------------


def server_context(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_https_is_for_cameras_whose_certificate_this_machine_trusts(watch, tmp_path, monkeypatch):
    authority = trustme.CA()
    with SimulatedHttpStream(flat(50), tls=server_context(authority)) as stream:
        assert "its certificate is not trusted" in why_not(watch, stream.url)
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert brightness(frame_of(watch(stream.url))) == 50


def test_rtsps_plays(watch):
    with SimulatedRtspStream(flat(50), tls=server_context(trustme.CA())) as stream:
        assert brightness(frame_of(watch(stream.url))) == 50


# ---- the thread ---------------------------------------------------------------------------------


def stream_threads():
    return [thread for thread in threading.enumerate() if thread.name == "camera-stream"]


@pytest.mark.usefixtures("impatient")
@every_kind
def test_closing_ends_the_thread_even_of_a_silent_camera(watch, kind):
    with kind(flat(50)) as stream:
        camera = watch(stream.url)
        frame_of(camera)
        stream.stall()
        began = time.monotonic()
        camera.close()
        assert time.monotonic() - began < SILENCE_S + 1.0
        assert stream_threads() == []


def test_a_name_server_that_does_not_answer_blocks_nobody(monkeypatch):
    answered, asked = threading.Event(), []

    def connect(address, clock, line):
        asked.append(address)
        answered.wait(PATIENCE_S)
        raise CameraError("late")

    monkeypatch.setattr(stream_module, "_connect", connect)
    monkeypatch.setattr(stream_module, "_OPEN_S", 0.05)
    monkeypatch.setattr(stream_module, "_STOP_S", 0.05)
    camera = StreamCamera("rtsp://user:canary-password@camera.lane/x", CLOCK, latency_s=0.0)
    for _ in range(3):
        with pytest.raises(CameraError, match=r"no stream from rtsp://camera\.lane: nothing came"):
            camera.open()
        camera.close()
    assert len(asked) == 1  # one thread waits, however often the camera is opened
    answered.set()
    monkeypatch.setattr(stream_module, "_OPEN_S", PATIENCE_S)
    with pytest.raises(CameraError, match="late"):
        camera.open()
    assert len(asked) == 2
    camera.close()
    assert stream_threads() == []


def test_a_fault_of_our_own_reaches_the_owner_of_the_camera():
    class Broken:
        def __init__(self, line):
            pass

        def next(self):
            raise ZeroDivisionError

        def close(self):
            pass

    reader = Reader(Broken, CLOCK)
    with pytest.raises(ZeroDivisionError):
        reader.newest(CLOCK.monotonic() + PATIENCE_S)
    assert reader.stop(PATIENCE_S)


def test_a_camera_that_is_not_open_says_so():
    with pytest.raises(CameraError, match="is not open"):
        StreamCamera("rtsp://camera.lane/x", CLOCK, latency_s=0.0).read(0.0)


def test_frames_rise_even_where_the_estimate_of_their_time_falls(monkeypatch):
    arrivals = iter([Arrival(lambda: flat(1), 10.0), Arrival(lambda: flat(2), 9.5)])

    class Feed:
        def next(self):
            taken.wait(PATIENCE_S)
            taken.clear()
            return next(arrivals, None)

        def close(self):
            pass

    taken = threading.Event()
    monkeypatch.setattr(stream_module, "_connect", lambda address, clock, line: Feed())
    camera = StreamCamera("rtsp://camera.lane/x", CLOCK, latency_s=0.0)
    camera.open()
    taken.set()
    first = camera.read(CLOCK.monotonic() + PATIENCE_S)
    taken.set()
    second = camera.read(CLOCK.monotonic() + PATIENCE_S)
    taken.set()
    camera.close()
    assert first.taken_at == 10.0
    assert first.taken_at < second.taken_at < 10.01


# ---- secrets ------------------------------------------------------------------------------------

LEAK = """
import logging, sys
logging.basicConfig(stream=sys.stderr, level=logging.DEBUG)
for library in ("urllib3", "requests"):
    logging.getLogger(library).setLevel(logging.WARNING)  # as `vin-kiosk run` has it
from kiosk.camera.stream import StreamCamera
from kiosk.clock import SystemClock
from kiosk.errors import CameraError
for url in sys.argv[1:]:
    camera = StreamCamera(url, SystemClock(), latency_s=0.0)
    try:
        camera.open()
        camera.read(SystemClock().monotonic() + 5)
    except CameraError:
        logging.exception("camera lost: %r", camera._address)
    else:
        print("a picture came")
    camera.close()
"""


@pytest.mark.parametrize("level", [None, "DEBUG"])
def test_nothing_of_an_address_that_is_secret_is_ever_written(level):
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith("OPENCV_")
    } | ({"OPENCV_LOG_LEVEL": level} if level else {})
    login = Login("canary-user", "canary-password")
    with (
        SimulatedHttpStream(flat(50), login=login) as http,
        SimulatedHttpStream(flat(50), kind="video/mp4") as film,
        SimulatedHttpStream(flat(50), kind="text/x\r\nno header at all") as odd,
        SimulatedRtspStream(flat(50), login=login) as rtsp,
    ):
        streams = (http, film, odd, rtsp)
        right = [stream.url_for(*SECRETS[:2], query=SECRETS[2]) for stream in streams]
        wrong = [url.replace("canary-password", "canary-password2") for url in right]
        nowhere = [url.replace("127.0.0.1", "no-such-camera.invalid") for url in right]
        lost = [url.replace("/live", "/canary-path").replace("/video", "/canary") for url in right]
        done = subprocess.run(
            [sys.executable, "-c", LEAK, *right, *wrong, *nowhere, *lost],
            env=clean,
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    assert done.stdout.count("a picture came") >= 2
    assert done.stderr.count("camera lost") >= 10
    assert "canary" not in done.stdout + done.stderr
    assert "rtsp @" not in done.stderr  # FFmpeg's own words


def test_an_address_shows_only_where_the_camera_is():
    address = Address.parse("http://user:pass@[fe80::1]:8080/user=a&password=b?token=c")
    assert str(address) == "http://[fe80::1]:8080"
    shown = f"{address!r}"
    assert not any(secret in shown for secret in ("pass@", "password=b", "token=c"))
    assert address.without_login == "http://[fe80::1]:8080/user=a&password=b?token=c"
    assert str(Address.parse("rtsps://camera.lane")) == "rtsps://camera.lane"


def test_the_libraries_of_others_are_told_to_be_quiet():
    StreamCamera("http://camera.lane/", CLOCK, latency_s=0.0)
    assert cv2.utils.logging.getLogLevel() <= cv2.utils.logging.LOG_LEVEL_ERROR
    assert os.environ["OPENCV_FFMPEG_LOGLEVEL"] == "-8"
    MjpegFeed(Address.parse("http://camera.lane/"), CLOCK, Line()).close()
    assert logging.getLogger("urllib3.connectionpool").getEffectiveLevel() >= logging.ERROR
