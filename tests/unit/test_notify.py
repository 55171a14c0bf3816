"""systemd's side of the line is a real datagram socket."""

import os
import socket
import time

import pytest

from kiosk.notify import ServiceManager


@pytest.fixture(params=["path", "abstract"])
def systemd(request, tmp_path):
    name = str(tmp_path / "notify") if request.param == "path" else f"@{tmp_path.name}-notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
        line.settimeout(10)
        yield line, name


def test_every_word_is_one_datagram_that_systemd_knows(systemd):
    line, name = systemd
    manager = ServiceManager(name)
    manager.ready()
    manager.status("ready · 2 waiting\nREADY=1")
    manager.reloading()
    manager.alive()
    manager.extend(1.5)
    manager.stopping()
    assert [line.recv(4096).decode() for _ in range(6)] == [
        "READY=1",
        "STATUS=ready · 2 waiting READY=1",  # a status is one line, whatever is in it
        "RELOADING=1",
        "WATCHDOG=1",
        "EXTEND_TIMEOUT_USEC=1500000",
        "STOPPING=1",
    ]


def test_the_socket_is_taken_out_of_what_children_inherit(systemd):
    line, name = systemd
    environ = {"NOTIFY_SOCKET": name, "PATH": "/bin"}
    ServiceManager.from_environment(environ).ready()
    assert line.recv(4096) == b"READY=1"
    assert environ == {"PATH": "/bin"}


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_it_knows_how_long_systemd_waits_for_a_word_of_life(said, seconds):
    environ = {"NOTIFY_SOCKET": "/nowhere", **said}
    assert ServiceManager.from_environment(environ).watchdog_s == seconds
    assert environ == {}, "a child must not think that it is watched"
    assert ServiceManager.from_environment(dict(said)).watchdog_s is None


def test_without_systemd_nobody_hears_and_nothing_fails(caplog):
    ServiceManager.from_environment({}).ready()
    ServiceManager.from_environment({"NOTIFY_SOCKET": ""}).alive()
    assert not caplog.records


def test_a_systemd_that_went_away_is_said_once(tmp_path, caplog):
    manager = ServiceManager(str(tmp_path / "gone"))
    manager.ready()
    manager.alive()
    assert [record.message for record in caplog.records] == [
        "systemd does not hear: [Errno 2] No such file or directory"
    ]


def test_a_systemd_that_reads_nothing_costs_time_but_no_work(tmp_path, caplog):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        manager = ServiceManager(str(tmp_path / "notify"))
        line.setblocking(False)
        before = 0.0
        for _ in range(100):
            before = time.thread_time()
            manager.alive()
            if caplog.records:
                break
        assert caplog.records, "the queue is full, and that is said"
        assert time.thread_time() - before < 0.1, "it waited without spinning"
