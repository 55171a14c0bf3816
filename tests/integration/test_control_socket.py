"""The control socket as processes see it: real Unix sockets, real threads."""

import json
import logging
import os
import pwd
import resource
import socket
import stat
import subprocess
import sys
import threading
from contextlib import ExitStack, closing, contextmanager, suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kiosk.clock import SystemClock
from kiosk.control import conversation
from kiosk.control.address import is_answered, listening_path, reachable
from kiosk.control.changes import Changes
from kiosk.control.client import ControlClient
from kiosk.control.conversation import Desk, converse
from kiosk.control.protocol import LINE_LIMIT, LONGEST_WAIT_S
from kiosk.control.server import ControlServer
from kiosk.control.who import user_words
from kiosk.errors import (
    KioskError,
    MachineError,
    NoDaemonError,
    PictureError,
    StateLockedError,
    TransitionError,
    UsageError,
)
from kiosk.supervisor import Life


class DoorOfALane:
    """A lane that only remembers what it was asked; one submission, number 7, can be answered."""

    def __init__(self):
        self.asked = []
        self.changes = Changes()
        self.waiting = threading.Semaphore(0)
        self.answered = False
        self.refused = None

    def status(self):
        return {"lane_state": "ready"}

    def trigger(self, source):
        self.asked.append(("trigger", source))
        return {"outcome": "accepted", "press": 1}

    def scan_of(self, press, timeout_s):
        self.waiting.release()
        return {"scan": {"id": press + 1} if self.answered else None, "refused": self.refused}

    def submit(self, data, file_name, *, hurry, pay_again):
        if not data:
            raise PictureError("is no picture")
        if data == b"bug":
            raise ZeroDivisionError("a bug of ours")
        self.asked.append(("submit", data, file_name, hurry, pay_again))
        return {"id": 7, "pending": True}

    def submission(self, submission_id):
        return {"id": submission_id, "pending": not self.answered}

    def wait(self, submission_id, timeout_s):
        mark = self.changes.mark()
        facts = self.submission(submission_id)
        self.waiting.release()
        if facts["pending"] and self.changes.wait_beyond(mark, timeout_s):
            return self.submission(submission_id)
        return facts

    def answer(self):
        self.answered = True
        self.changes.tell()

    def resend(self, submission_id, who):
        self.asked.append(("resend", submission_id, who))
        return {}

    def drop(self, submission_id, who):
        raise TransitionError(f"submission {submission_id} is recognized: it cannot be dropped")

    def pause(self, why, who):
        self.asked.append(("pause", why, who))
        return {"pauses": []}

    def resume(self, who):
        self.asked.append(("resume", who))
        return {"pause": None, "pauses": []}


@contextmanager
def serving(path, lane, state_dir):
    server = ControlServer(path, lane, state_dir, SystemClock())
    server.listen()
    life = Life(server.name, SystemClock())
    thread = threading.Thread(target=server.run, args=(life,))
    thread.start()
    try:
        yield life
    finally:
        life.stop()
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def lane():
    return DoorOfALane()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "control.sock"


@pytest.fixture
def client(path, lane, tmp_path):
    with serving(path, lane, tmp_path):
        yield ControlClient(path, tmp_path)


def raw(path, *pieces):
    """Send bytes, end the sending, and return all that comes back."""
    with socket.socket(socket.AF_UNIX) as peer, reachable(path) as address:
        peer.settimeout(10)
        peer.connect(address)
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before all was sent
            for piece in pieces:
                peer.sendall(piece)
            peer.shutdown(socket.SHUT_WR)
        reply = b""
        with suppress(ConnectionResetError):
            while chunk := peer.recv(65536):
                reply += chunk
    return reply


def test_questions_get_their_answers(client, lane):
    assert client.status() == {"lane_state": "ready"}
    assert client.trigger("control")["outcome"] == "accepted"
    facts = client.submit(b"\x00\xffpicture", "front.jpg", hurry=True, pay_again=False)
    assert facts == {"id": 7, "pending": True}
    assert client.submission(7) == {"id": 7, "pending": True}
    assert lane.asked == [
        ("trigger", "control"),
        ("submit", b"\x00\xffpicture", "front.jpg", True, False),
    ]


def test_a_large_picture_arrives_whole(client, lane):
    picture = os.urandom(12 * 1024 * 1024)
    client.submit(picture, "large.png", hurry=False, pay_again=False)
    assert lane.asked[0][1] == picture


def test_the_lane_s_errors_reach_the_command(client):
    with pytest.raises(TransitionError, match="submission 3 is recognized"):
        client.drop(3, "somebody")
    with pytest.raises(PictureError, match="is no picture"):
        client.submit(b"", "empty.jpg", hurry=True, pay_again=False)


def test_who_did_it_is_what_the_kernel_says_not_what_the_command_says(client, lane):
    client.resend(7, "user mallory (uid 0)")
    client.pause("stock taking", "user mallory (uid 0)")
    client.resume("user mallory (uid 0)")
    uid = os.getuid()
    me = f"user {pwd.getpwuid(uid).pw_name} (uid {uid})"
    assert lane.asked == [("resend", 7, me), ("pause", "stock taking", me), ("resume", me)]


def test_a_wait_ends_with_the_answer(client, lane):
    facts = []
    waiter = threading.Thread(target=lambda: facts.append(client.wait(7, LONGEST_WAIT_S)))
    waiter.start()
    assert lane.waiting.acquire(timeout=10)
    assert client.status(), "others are served while one waits"
    lane.answer()
    waiter.join(10)
    assert facts == [{"id": 7, "pending": False}]


def test_a_wait_without_an_answer_ends_at_its_time_out(client):
    assert client.wait(7, 0.0) == {"id": 7, "pending": True}
    assert client.wait(7, 0.6) == {"id": 7, "pending": True}


def test_a_press_is_followed_to_its_scan(client, lane):
    assert client.scan_of(4, 0.0) == {"scan": None, "refused": None}
    lane.answer()
    assert client.scan_of(4, LONGEST_WAIT_S) == {"scan": {"id": 5}, "refused": None}


def test_a_press_is_followed_to_a_scan_that_could_not_be_saved(client, lane):
    lane.refused = "the disk is full"
    assert client.scan_of(4, LONGEST_WAIT_S) == {"scan": None, "refused": "the disk is full"}


def test_stopping_ends_a_wait_and_still_replies(path, lane, tmp_path):
    facts = []
    with serving(path, lane, tmp_path) as life:
        client = ControlClient(path, tmp_path)
        waiter = threading.Thread(target=lambda: facts.append(client.wait(7, LONGEST_WAIT_S)))
        waiter.start()
        assert lane.waiting.acquire(timeout=10)
        life.stop()
    waiter.join(10)
    assert facts == [{"id": 7, "pending": True}]


def test_those_who_wait_take_no_place_from_those_who_ask(client, lane, path):
    facts = []
    waiters = [
        threading.Thread(target=lambda: facts.append(client.wait(7, LONGEST_WAIT_S)))
        for _ in range(20)
    ]
    for waiter in waiters:
        waiter.start()
    for _ in waiters:
        assert lane.waiting.acquire(timeout=10)
    impatient = ControlClient(path, path.parent, patience_s=5)
    assert impatient.status() == {"lane_state": "ready"}
    assert facts == [], "they still wait"
    lane.answer()
    for waiter in waiters:
        waiter.join(10)
    assert facts == [{"id": 7, "pending": False}] * 20


def test_more_waiters_than_there_is_room_for_are_sent_away(desk):
    peer, connection = socket.socketpair()
    with peer, connection, ExitStack() as crowd:
        while desk.waiters.acquire(blocking=False):
            crowd.callback(desk.waiters.release)
        line = {"verb": "wait", "state_dir": desk.state_dir, "id": 7, "timeout_s": 30}
        peer.sendall(json.dumps(line).encode() + b"\n")
        converse(connection, desk, pytest.fail)
        assert "too many commands wait" in json.loads(peer.recv(1000))["message"]


def test_a_waiter_that_goes_away_frees_its_place(client, lane, path):
    line = json.dumps({"verb": "wait", "state_dir": str(path.parent), "id": 7, "timeout_s": 30})
    for _ in range(8):
        with socket.socket(socket.AF_UNIX) as peer, reachable(path) as address:
            peer.connect(address)
            peer.sendall(line.encode() + b"\n")
            assert lane.waiting.acquire(timeout=10)
    impatient = ControlClient(path, path.parent, patience_s=10)
    assert impatient.status() == {"lane_state": "ready"}


def test_two_commands_at_once(client, lane):
    barrier = threading.Barrier(2, timeout=10)

    def ask():
        barrier.wait()
        for number in range(20):
            client.submit(b"x", f"{number}.jpg", hurry=True, pay_again=False)

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(20)
    names = [asked[2] for asked in lane.asked]
    assert sorted(names) == sorted(f"{number}.jpg" for number in range(20) for _ in range(2))


def test_a_full_house_is_served_as_soon_as_somebody_leaves(client, path):
    with ExitStack() as house:
        guests = []
        for _ in range(8):
            guest = house.enter_context(socket.socket(socket.AF_UNIX))
            with reachable(path) as address:
                guest.connect(address)
            guests.append(guest)
        replies = []
        asker = threading.Thread(target=lambda: replies.append(client.status()))
        asker.start()
        guests[3].close()
        asker.join(8)  # below the time that an idle guest is given
        assert replies == [{"lane_state": "ready"}]


def test_garbage_never_hurts_and_the_next_is_served(client, path):
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.binary(max_size=2000))
    @example(b"")
    @example(b"\n")
    @example(b"{}\n{}\n")
    @example(b"[" * 50_000 + b"\n")
    @example(b"\x00" * 200_000)
    def throw(garbage):
        reply = raw(path, garbage)
        assert json.loads(reply)["error"] == "UsageError"
        assert client.status() == {"lane_state": "ready"}

    throw()


def test_a_line_without_end_is_cut_off_at_the_limit(client, path):
    piece = b"x" * (1024 * 1024)
    reply = raw(path, *([piece] * (LINE_LIMIT // len(piece) + 2)))
    assert json.loads(reply)["error"] == "UsageError"
    assert client.status() == {"lane_state": "ready"}


def test_a_fault_of_ours_is_told_without_details_and_the_lane_goes_on(client, caplog):
    with pytest.raises(KioskError, match="see its log") as caught:
        client.submit(b"bug", "a.jpg", hurry=True, pay_again=False)
    assert "ZeroDivisionError" not in str(caught.value)
    assert "a bug of ours" in caplog.text
    assert client.status() == {"lane_state": "ready"}


def test_the_socket_is_for_the_group_only(client, path):
    mode = path.stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o660


def test_a_strict_umask_does_not_lock_the_group_out(path, lane, tmp_path):
    before = os.umask(0o077)
    try:
        server = ControlServer(path, lane, tmp_path, SystemClock())
        server.listen()
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        server.close()
    finally:
        os.umask(before)


def test_nothing_is_left_behind(path, lane, tmp_path):
    with serving(path, lane, tmp_path):
        assert path.exists()
    assert not path.exists()
    with pytest.raises(NoDaemonError):
        ControlClient(path, tmp_path).status()


def test_a_socket_left_by_a_crash_is_replaced(path, lane, tmp_path):
    with closing(socket.socket(socket.AF_UNIX)) as dead:
        dead.bind(str(path))
    assert path.exists()
    with pytest.raises(NoDaemonError):
        ControlClient(path, tmp_path).ping()
    with serving(path, lane, tmp_path):
        ControlClient(path, tmp_path).ping()


def test_a_second_daemon_refuses_and_the_first_goes_on(client, path, lane, tmp_path):
    second = ControlServer(path, lane, tmp_path, SystemClock())
    with pytest.raises(StateLockedError):
        second.listen()
    second.close()
    client.ping()


def test_a_file_in_the_way_is_not_removed(path, lane, tmp_path):
    path.write_text("somebody's notes")
    with pytest.raises(MachineError, match="in the way"):
        ControlServer(path, lane, tmp_path, SystemClock()).listen()
    assert path.read_text() == "somebody's notes"


def test_a_successor_s_socket_is_not_removed(path, lane, tmp_path):
    first = ControlServer(path, lane, tmp_path, SystemClock())
    first.listen()
    path.unlink()
    with serving(path, lane, tmp_path):
        first.close()
        ControlClient(path, tmp_path).ping()


def test_a_missing_directory_is_said(tmp_path, lane):
    path = tmp_path / "nowhere" / "control.sock"
    with pytest.raises(MachineError, match="cannot listen"):
        ControlServer(path, lane, tmp_path, SystemClock()).listen()


def test_a_state_directory_may_lie_deeper_than_a_socket_s_name_reaches(tmp_path, lane):
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    path = deep / "control.sock"
    with pytest.raises(NoDaemonError):
        ControlClient(path, deep).ping()
    deep.mkdir(parents=True)
    with serving(path, lane, deep):
        ControlClient(path, deep).ping()
        assert is_answered(path)


def test_a_daemon_of_another_state_directory_does_not_answer_for_ours(client, path, tmp_path, lane):
    with pytest.raises(NoDaemonError):
        ControlClient(path, tmp_path / "other").resend(7, "me")
    assert lane.asked == []


def test_a_lane_is_found_in_the_runtime_directory_or_else_in_its_state(tmp_path, lane):
    runtime, state = tmp_path / "run", tmp_path / "state"
    state.mkdir()
    assert listening_path("lane1", state, runtime) == state / "control.sock"
    assert ControlClient.find("lane1", state, runtime) is None
    with serving(state / "control.sock", lane, state):
        assert ControlClient.find("lane1", state, runtime) is not None
    runtime.mkdir()
    assert listening_path("lane1", state, runtime) == runtime / "lane1.sock"
    with serving(runtime / "lane1.sock", lane, state):
        assert ControlClient.find("lane1", state, runtime) is not None


def test_two_lanes_of_one_name_do_not_meet(tmp_path, lane):
    runtime, state, other = tmp_path / "run", tmp_path / "state", tmp_path / "other"
    for directory in (runtime, state, other):
        directory.mkdir()
    with serving(runtime / "lane1.sock", lane, other):
        path = listening_path("lane1", state, runtime)
        assert path == state / "control.sock"
        mine = DoorOfALane()
        with serving(path, mine, state):
            client = ControlClient.find("lane1", state, runtime)
            client.trigger("control")
    assert mine.asked == [("trigger", "control")]
    assert lane.asked == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
@pytest.mark.usefixtures("open_path")
def test_who_may_not_use_the_socket_is_told_which_group_may(client, path):
    program = (
        "import sys, pathlib\n"
        "from kiosk.control.client import ControlClient\n"
        "from kiosk.errors import MachineError\n"
        "import os; os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "try:\n    ControlClient(path, path.parent).ping()\n"
        "except MachineError as error:\n    print(error.exit_code, error)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    assert told.stdout.startswith("4 ")
    assert "group vin-kiosk" in told.stdout


def test_a_daemon_that_dies_under_the_question_is_no_answer(path, tmp_path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def die():
            connection, _ = listener.accept()
            connection.recv(100)
            connection.close()

        dying = threading.Thread(target=die)
        dying.start()
        with pytest.raises(NoDaemonError, match="went away"):
            ControlClient(path, tmp_path).ping()
        dying.join(10)


def test_a_picture_too_large_for_a_line_is_refused_with_a_reason(client, lane):
    with pytest.raises(UsageError, match="bytes at most"):
        client.submit(b"x" * LINE_LIMIT, "huge.bmp", hurry=True, pay_again=False)
    assert lane.asked == []
    client.ping()


def test_a_hung_daemon_is_not_waited_for_without_end(path, tmp_path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        with pytest.raises(MachineError, match="does not answer"):
            ControlClient(path, tmp_path, patience_s=0.05).ping()


class RushingClock(SystemClock):
    """Time flies: each look at it is a minute later."""

    def __init__(self):
        super().__init__()
        self.minutes = 0

    def monotonic(self):
        self.minutes += 1
        return self.minutes * 60.0


@pytest.fixture
def desk(lane, tmp_path):
    return Desk(lane, str(tmp_path), RushingClock(), threading.BoundedSemaphore(1))


def test_who_says_nothing_is_sent_away(desk):
    peer, connection = socket.socketpair()
    with peer, connection:
        converse(connection, desk, pytest.fail)
        assert "no whole line came in time" in json.loads(peer.recv(1000))["message"]


def test_a_picture_waits_its_turn_but_not_for_ever(desk, monkeypatch):
    monkeypatch.setattr(conversation, "_PICTURE_TURN_S", 0.01)
    peer, connection = socket.socketpair()
    with peer, connection, desk.pictures:
        peer.sendall(b"x" * 70_000)
        converse(connection, desk, pytest.fail)
        assert "busy with other pictures" in json.loads(peer.recv(1000))["message"]


def test_a_turn_is_given_back(client):
    for _ in range(3):
        client.submit(b"x" * 200_000, "a.jpg", hurry=True, pay_again=False)


def test_running_out_of_file_descriptors_is_survived(client, path):
    told = threading.Event()

    class Listening(logging.Handler):
        def emit(self, record):
            told.set()

    handler = Listening(logging.WARNING)
    logging.getLogger("kiosk.control.server").addHandler(handler)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        with socket.socket(socket.AF_UNIX) as peer:
            lowest_free = os.dup(peer.fileno())
            os.close(lowest_free)
            resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, before[1]))
            peer.connect(str(path))
            assert told.wait(10)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        logging.getLogger("kiosk.control.server").removeHandler(handler)
    client.ping()


def test_a_user_without_a_name_has_a_number():
    assert user_words(3_999_999_999) == "user unknown (uid 3999999999)"
