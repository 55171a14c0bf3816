"""Signals that ask a command to stop, taken note of until it can do so without leaving a doubt."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

_STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)  # a service, Ctrl-C, a terminal that closed


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
