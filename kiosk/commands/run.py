"""``vin-kiosk run``: the daemon of one lane."""

import faulthandler
import signal
import sys

import click

from kiosk.commands.options import LaneFile, lane_options
from kiosk.hardening import forbid_core_dumps
from kiosk.logs import configure_logging
from kiosk.notify import ServiceManager

_STOP = frozenset({signal.SIGTERM, signal.SIGINT})


@click.command()
@lane_options
@click.option("-v", "--verbose", is_flag=True, help="Say more (never the access code).")
def command(config: LaneFile, *, verbose: bool) -> None:
    """Run the lane until SIGTERM or SIGINT: the daemon that systemd starts.

    A stop waits for an answer that was paid for, up to service.answer_timeout_s. SIGHUP reads the
    lane's file again: a wrong one is refused, and the lane goes on as it was.
    """
    forbid_core_dumps()
    # The watchdog ends a wedged lane with SIGABRT: where each thread stood goes into the journal.
    faulthandler.enable()
    # before any thread starts
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP | {signal.SIGHUP})
    lane = config.load()
    configure_logging(verbose=verbose)
    from kiosk.daemon import Daemon  # noqa: PLC0415 - OpenCV loads only once all is checked

    # A terminal that is closed sends SIGHUP, too: its lane shall end with it.
    on_terminal = sys.stdin is not None and sys.stdin.isatty()
    daemon = Daemon(
        config.load,
        ServiceManager.from_environment(),
        stop_at=_STOP | {signal.SIGHUP} if on_terminal else _STOP,
        reload_at=frozenset() if on_terminal else frozenset({signal.SIGHUP}),
    )
    daemon.run(lane)
