"""``vin-kiosk status``: how the lane is doing."""

import click

from kiosk.commands.options import LaneFile, json_option, lane_options
from kiosk.commands.printing import print_facts, print_json
from kiosk.commands.reach import find_daemon
from kiosk.config.schema import LaneConfig
from kiosk.control.facts import status_facts
from kiosk.control.protocol import Facts
from kiosk.errors import LedgerError, MachineError, NoDaemonError
from kiosk.ledger.view import LedgerView

_OF_THE_DAEMON = ("pid", "uptime_s", "lane_state", "camera", "display", "refused")


@click.command("status")
@lane_options
@json_option
def command(config: LaneFile, *, as_json: bool) -> None:
    """Tell how the lane is doing: the daemon, the queue, and what a person should do.

    The queue is read from the ledger; camera, display, the lane's state and why the latest scan
    could not be saved (`refused`) are known only while the daemon runs.
    """
    lane_config = config.load()
    daemon = _daemon_facts(lane_config)
    facts = {"lane": lane_config.lane, **daemon, **_queue_facts(lane_config, daemon)}
    if as_json:
        print_json(facts)
    else:
        print_facts(_for_a_person(facts))


def _queue_facts(config: LaneConfig, daemon: Facts) -> Facts:
    """Read the ledger; who may use the socket but not the ledger's files asks the daemon."""
    try:
        with LedgerView.open(config.state_dir) as view:
            refused = daemon["refused"]
            return status_facts(view.status(), refused if isinstance(refused, str) else None)
    except LedgerError:
        if daemon["running"]:
            return {}
        raise


def _daemon_facts(config: LaneConfig) -> Facts:
    """Ask the daemon; one that cannot be asked is a fact of its own."""
    facts: Facts = dict.fromkeys(_OF_THE_DAEMON)
    try:
        daemon = find_daemon(config)
        live = daemon.status() if daemon is not None else None
    except NoDaemonError:  # it stopped between the two questions
        live = None
    except MachineError as error:
        return {"running": None, "problem": str(error), **facts}
    return {"running": live is not None, "problem": None, **facts, **(live or {})}


def _for_a_person(facts: Facts) -> Facts:
    pause = facts["pause"]
    words = dict(facts)
    words["pause"] = f"{pause['reason']}: {pause['detail']}" if isinstance(pause, dict) else None
    uptime = facts["uptime_s"]
    words["uptime_s"] = None
    if isinstance(uptime, int | float):
        minutes, seconds = divmod(int(uptime), 60)
        hours, minutes = divmod(minutes, 60)
        words["uptime"] = f"{hours} h {minutes:02} min {seconds:02} s"
    return words
