"""Named worker threads: started in order, stopped in reverse; a dead worker ends the process."""

import logging
import signal
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from kiosk.clock import Clock
from kiosk.notify import ServiceManager

_log = logging.getLogger(__name__)
_STALE_AFTER_S = 20.0  # a worker that neither beats nor holds a lease this long is wedged
_CHECK_EVERY_S = 1.0
_JOIN_GRACE_S = 5.0  # past its lease a worker that must stop gets this long


class Life:
    """A worker's side of the supervisor: when to stop, and how to show that it is alive."""

    def __init__(self, name: str, clock: Clock, stopping: threading.Event | None = None) -> None:
        self.name = name
        self.stopping = stopping or threading.Event()
        self._signal = threading.Event()
        self._clock = clock
        self._heard_at = clock.monotonic()
        self._alive_until = self._heard_at + _STALE_AFTER_S

    def beat(self) -> None:
        """Show life now; ends a lease."""
        self.lease(0.0)

    def lease(self, seconds: float) -> None:
        """Announce that the worker may block for ``seconds``, say for a paid answer."""
        self._heard_at = self._clock.monotonic()
        self._alive_until = self._heard_at + seconds + _STALE_AFTER_S

    def wait(self, seconds: float) -> bool:
        """Beat, then wait until nudged, stopped or ``seconds`` passed; True means stop.

        Only the worker's own thread waits here.
        """
        self.beat()
        if not self.stopping.is_set():
            self._signal.wait(seconds)
        self._signal.clear()
        return self.stopping.is_set()

    def nudge(self) -> None:
        """Wake the worker from its wait: there is something to do."""
        self._signal.set()

    def stop(self) -> None:
        """Ask the worker to end."""
        self.stopping.set()
        self._signal.set()

    @property
    def silent_s(self) -> float:
        """Seconds since the last beat, or since a lease was taken."""
        return self._clock.monotonic() - self._heard_at

    @property
    def seconds_left(self) -> float:
        """Seconds until the last beat or lease runs out; negative for a wedged worker."""
        return self._alive_until - self._clock.monotonic()


class Worker(Protocol):
    """A part of the lane that runs on a thread of its own."""

    @property
    def name(self) -> str:
        """The thread's name, as logs and the watchdog know it."""

    def run(self, life: Life) -> None:
        """Work until ``life.stopping`` is set; every wait also waits on it, or is short."""


@dataclass(slots=True)
class _Running:
    worker: Worker
    life: Life
    thread: threading.Thread
    error: BaseException | None = None


class Supervisor:
    """Runs the workers of one lane. A context manager: leaving it stops them."""

    def __init__(
        self,
        workers: Sequence[Worker],
        clock: Clock,
        *,
        serving: Collection[Worker] = (),
        manager: ServiceManager | None = None,
    ) -> None:
        """Take the workers in the order of their start.

        ``serving`` workers work for the others (the display, the camera) and are asked to stop
        only when those have ended. All others are asked at once: while one of them finishes what
        it must, none of them may begin anything new. ``manager`` hears of life while every worker
        shows it.
        """
        self._workers = tuple(workers)
        self._serving = tuple(serving)
        self._unwell: set[str] = set()
        self._clock = clock
        self._manager = manager or ServiceManager()
        self._running: list[_Running] = []
        self._ended = threading.Event()  # a worker ended by itself
        self.left_behind: tuple[str, ...] = ()  # workers that a stop could not end

    def __enter__(self) -> Self:
        for worker in self._workers:
            self._start(worker)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait(
        self,
        signals: Collection[signal.Signals],
        each_second: Callable[[], None] = lambda: None,
    ) -> signal.Signals | None:
        """Block until one of ``signals`` comes, and return it; raises what a worker died of.

        The caller has blocked the signals in every thread (pthread_sigmask) before any started:
        they are waited for here, since a handler may not touch a lock the main thread holds.
        """
        while not self._ended.is_set():
            caught = signal.sigtimedwait(signals, _CHECK_EVERY_S)
            if caught is not None:
                self.raise_if_dead()
                return signal.Signals(caught.si_signo)
            self._name_wedged_workers()
            if not self._unwell:
                self._manager.alive()
            each_second()
        self.raise_if_dead()
        return None

    def raise_if_dead(self) -> None:
        """Raise the error of the first worker that died, if one did."""
        for running in self._running:
            if running.error is not None:
                raise running.error

    def stop(self) -> None:
        """Stop the workers, the last started first; each is waited for as long as its lease."""
        for running in self._running:
            if running.worker not in self._serving:
                running.life.stop()
        for running in reversed(self._running):
            running.life.stop()
            self._join(running)
            if running.thread.is_alive():
                _log.error("%s does not stop; leaving it behind", running.worker.name)
                self.left_behind += (running.worker.name,)

    def liveness(self) -> dict[str, bool]:
        """Tell for each worker whether it shows life; the systemd watchdog needs them all."""
        return {
            running.worker.name: running.thread.is_alive() and running.life.seconds_left >= 0
            for running in self._running
        }

    def _join(self, running: _Running) -> None:
        """Wait for a worker as long as its lease; systemd is told that this takes its time."""
        deadline = self._clock.monotonic() + max(0.0, running.life.seconds_left) + _JOIN_GRACE_S
        while running.thread.is_alive():
            left = deadline - self._clock.monotonic()
            if left <= 0:
                return
            running.thread.join(min(left, _CHECK_EVERY_S))
            self._manager.alive()
            self._manager.extend(left + _JOIN_GRACE_S)

    def _start(self, worker: Worker) -> None:
        life = Life(worker.name, self._clock)
        thread = threading.Thread(name=worker.name, target=self._run, daemon=True)
        running = _Running(worker, life, thread)
        self._running.append(running)
        # The thread finds its own record by name: a target must not run before it is listed.
        thread.start()

    def _run(self) -> None:
        name = threading.current_thread().name
        _name_for_the_kernel(name)
        running = next(r for r in self._running if r.worker.name == name)
        try:
            running.worker.run(running.life)
            if not running.life.stopping.is_set():
                running.error = RuntimeError(f"worker {name} ended by itself")
        except BaseException as error:  # noqa: BLE001 - kept, and raised by wait() on the main thread
            running.error = error
        if running.error is not None:
            _log.critical("worker %s died: %s", name, running.error)
            self._ended.set()

    def _name_wedged_workers(self) -> None:
        unwell = {name for name, alive in self.liveness().items() if not alive}
        for name in sorted(unwell - self._unwell):
            _log.error("worker %s shows no life: %s", name, self._what_follows(name))
        for name in self._unwell - unwell:
            _log.info("worker %s shows life again", name)
        self._unwell = unwell

    def _what_follows(self, name: str) -> str:
        """Say since when a worker is silent, and who does what about it."""
        life = next(r.life for r in self._running if r.worker.name == name)
        words = f"nothing heard of it for {life.silent_s:.0f} s"
        watchdog_s = self._manager.watchdog_s
        if watchdog_s is None:
            return f"{words}; nobody watches this lane: if it does not come back, restart it"
        return (
            f"{words}; if it does not come back within {watchdog_s:.0f} s systemd ends the lane "
            "and starts it again"
        )


def _name_for_the_kernel(name: str) -> None:
    """Let ``top -H`` and a debugger know the thread by its name; Python does so from 3.14 on."""
    with suppress(OSError):
        Path(f"/proc/self/task/{threading.get_native_id()}/comm").write_text(name[:15], "ascii")
