"""Signals that ask a command to stop: taken note of until it can do so, or obeyed at once."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import click

_STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)  # a service, Ctrl-C, a terminal that closed
_LEAVE = (signal.SIGTERM, signal.SIGHUP)  # Ctrl-C is KeyboardInterrupt already
_TICK_S = 0.25


@contextmanager
def leaves_tidily() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the command as Ctrl-C does, through every ``finally``.

    The exit code is then 128 and the signal's number. Whoever chose to ignore one (nohup) is
    obeyed. Signals are the main thread's: on another one nothing is changed.
    """

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    is_ours = threading.current_thread() is threading.main_thread()
    heard = [number for number in _LEAVE if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, leave) for number in heard} if is_ours else {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def heard_while_reading() -> Iterator[None]:
    """Let no signal wait for the answer to a question, whenever it comes.

    Python looks for signals before a read and after it: one that falls between the look and the
    read itself would be obeyed only once somebody has typed. A timer ends the read now and then;
    Python then looks, and reads on (PEP 475). On another thread than the main one nothing is done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, lambda _number, _frame: None)
    signal.setitimer(signal.ITIMER_REAL, _TICK_S, _TICK_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def stops_noted() -> Iterator[Callable[[], bool]]:
    """Note the signals to stop; gives the question whether one came. For the main thread.

    Handlers, not a mask: NumPy has threads of its own by now, which would take a signal that is
    blocked elsewhere. Whoever chose to ignore one (nohup) is obeyed.
    """
    came = told = False

    def note(_number: int, _frame: object) -> None:
        nonlocal came
        came = True  # nothing else: whatever the main thread holds stays held meanwhile

    def asked() -> bool:
        nonlocal told
        if came and not told:
            told = True
            click.echo("Stopping; an answer that was paid for is still waited for.", err=True)
        return came

    noted = [number for number in _STOP if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, note) for number in noted}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
