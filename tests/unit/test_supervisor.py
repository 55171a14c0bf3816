import signal
import subprocess
import sys
import textwrap
import threading

import pytest

from kiosk.clock import ManualClock, SystemClock
from kiosk.notify import ServiceManager
from kiosk.supervisor import Life, Supervisor

UNWATCHED = "nobody watches this lane: if it does not come back, restart it"


class Recorder:
    """A worker that writes down when it starts and stops."""

    def __init__(self, name, book):
        self.name = name
        self.book = book
        self.started = threading.Event()

    def run(self, life):
        self.book.append(f"{self.name} starts")
        self.started.set()
        while not life.wait(60):
            self.book.append(f"{self.name} was nudged")
        self.book.append(f"{self.name} stops")


class Mortal:
    name = "mortal"

    def __init__(self, error):
        self.error = error

    def run(self, life):
        if self.error is not None:
            raise self.error


def test_those_that_serve_the_others_stop_last_and_in_reverse_order():
    book = []
    workers = [Recorder(name, book) for name in ("a", "b", "c")]
    with Supervisor(workers, SystemClock(), serving=workers[:2]):
        for worker in workers:
            assert worker.started.wait(5)
        book.clear()
    assert book == ["c stops", "b stops", "a stops"]


def test_while_one_finishes_the_others_begin_nothing_new():
    asked = threading.Event()

    class Finishing:
        """Ends only when its neighbour has been asked to stop too."""

        name = "finishing"

        def run(self, life):
            life.stopping.wait(10)
            assert asked.wait(10)

    class Eager:
        name = "eager"

        def run(self, life):
            life.stopping.wait(10)
            asked.set()

    with Supervisor([Eager(), Finishing()], SystemClock()) as supervisor:
        pass
    supervisor.raise_if_dead()


def test_a_wedged_worker_is_named_once_and_so_is_its_return(caplog):
    caplog.set_level("INFO")
    clock = ManualClock()
    worker = Recorder("idle", [])
    with Supervisor([worker], clock) as supervisor:
        assert worker.started.wait(5)
        clock.advance(100)
        look(supervisor, times=2)
        clock.advance(-100)
        look(supervisor, times=2)
    assert [r.message for r in caplog.records] == [
        f"worker idle shows no life: nothing heard of it for 100 s; {UNWATCHED}",
        "worker idle shows life again",
    ]


def test_a_wedged_worker_is_told_with_what_systemd_does_about_it(caplog):
    clock = ManualClock()
    worker = Recorder("idle", [])
    manager = ServiceManager(watchdog_s=30.0)
    with Supervisor([worker], clock, manager=manager) as supervisor:
        assert worker.started.wait(5)
        clock.advance(21)
        look(supervisor, times=1)
    assert "for 21 s; if it does not come back within 30 s systemd ends the lane" in caplog.text


def look(supervisor, times):
    """Let the supervisor look at its workers, as often as its wait does."""
    for _ in range(times):
        supervisor._name_wedged_workers()


@pytest.mark.parametrize(
    ("error", "words"), [(KeyError("gone"), "gone"), (None, "ended by itself")]
)
def test_a_dead_worker_ends_the_wait_with_its_error(error, words):
    with (
        Supervisor([Mortal(error)], SystemClock()) as supervisor,
        pytest.raises((KeyError, RuntimeError), match=words),
    ):
        supervisor.wait({signal.SIGUSR1})


def test_a_signal_ends_the_wait_and_stops_the_workers():
    script = """
        import os, signal, threading
        from kiosk.clock import SystemClock
        from kiosk.supervisor import Supervisor
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        class Idle:
            name = "idle"
            def run(self, life):
                os.kill(os.getpid(), signal.SIGTERM)
                while not life.wait(60): pass
                print("stopped well", flush=True)
        with Supervisor([Idle()], SystemClock()) as supervisor:
            supervisor.wait({signal.SIGTERM})
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("stopped well\n", 0), done.stderr


def test_a_nudge_ends_a_wait_and_a_stop_ends_it_for_good():
    life = Life("x", SystemClock())
    life.nudge()
    assert life.wait(60) is False
    life.stop()
    assert life.wait(60) is True
    assert life.wait(60) is True


def test_a_worker_without_a_beat_counts_as_wedged_unless_it_holds_a_lease():
    clock = ManualClock()
    life = Life("x", clock)
    clock.advance(19)
    assert life.seconds_left > 0
    clock.advance(2)
    assert life.seconds_left < 0
    life.lease(60)
    clock.advance(79)
    assert life.seconds_left > 0
    life.beat()
    clock.advance(21)
    assert life.seconds_left < 0


def test_liveness_names_the_wedged_worker(caplog):
    clock = ManualClock()
    worker = Recorder("idle", [])
    with Supervisor([worker], clock) as supervisor:
        assert worker.started.wait(5)
        assert supervisor.liveness() == {"idle": True}
        clock.advance(100)
        assert supervisor.liveness() == {"idle": False}
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)  # pending at the first look
        supervisor.wait({signal.SIGUSR1})
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    assert not supervisor.liveness()["idle"]


def test_a_worker_that_does_not_stop_is_left_behind_and_named():
    clock, released = ManualClock(), threading.Event()

    class Stuck:
        name = "stuck"

        def run(self, life):
            while not released.wait(0.01):
                clock.advance(5)

    with Supervisor([Recorder("fine", []), Stuck()], clock) as supervisor:
        supervisor.stop()
        assert supervisor.left_behind == ("stuck",)
        released.set()
