"""``vin-kiosk run``: the daemon of one lane."""

import logging
import signal
import sys

import click

from kiosk.commands.options import LaneFile, lane_options
from kiosk.hardening import forbid_core_dumps

_STOP = {signal.SIGTERM, signal.SIGINT}
_FORMAT = "%(levelname)-7s %(name)s: %(message)s"


@click.command()
@lane_options
@click.option("-v", "--verbose", is_flag=True, help="Say more (never the access code).")
def command(config: LaneFile, *, verbose: bool) -> None:
    """Run the lane until SIGTERM or SIGINT: the daemon that systemd starts.

    A stop waits for an answer that was paid for, up to service.answer_timeout_s.
    """
    forbid_core_dumps()
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)  # before any thread starts
    lane = config.load()
    logging.basicConfig(
        stream=sys.stderr, level=logging.DEBUG if verbose else logging.INFO, format=_FORMAT
    )
    for library in ("urllib3", "requests"):
        logging.getLogger(library).setLevel(logging.WARNING)  # their debug lines hold URLs
    from kiosk.app import running_lane  # noqa: PLC0415 - OpenCV loads only once all is checked

    with running_lane(lane) as running:
        running.supervisor.wait(_STOP)
