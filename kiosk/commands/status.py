"""``vin-kiosk status``: how the lane is doing."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from shlex import quote

import click

from kiosk.commands.lanes import lane_files, lanes_dir
from kiosk.commands.options import LaneFile, json_option, lane_options
from kiosk.commands.printing import print_facts, print_json
from kiosk.commands.reach import runs_elsewhere
from kiosk.commands.whereabouts import Whereabouts, find_lane
from kiosk.control.address import RUNTIME_DIR
from kiosk.control.advice import with_lane
from kiosk.control.client import ControlClient
from kiosk.control.facts import status_facts
from kiosk.control.protocol import Facts
from kiosk.devices import DEVICES
from kiosk.errors import MachineError, NoDaemonError, UsageError
from kiosk.ledger.view import LedgerView

_OF_THE_DAEMON = (
    *("pid", "uptime_s", "lane_state", *DEVICES),
    *("refused", "service_lost"),
)
_OF_THE_QUEUE = (
    "waiting",
    "in_doubt",
    "first_in_doubt",
    "credits_today",
    "limit_reached",
    "pause",
    "pauses",
)
_ELSEWHERE = "the lane runs, but with another state_dir than its file names now"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What asking the daemon gave; ``running`` is None where it cannot be told."""

    running: bool | None
    live: Facts = field(default_factory=dict)
    problem: str | None = None
    step: str | None = None  # what to do about it


@click.command("status")
@lane_options
@json_option
def command(config: LaneFile, *, as_json: bool) -> None:
    """Tell how the lane is doing: the daemon, the queue, and what a person should do.

    Where no daemon runs the queue is read from the ledger. The devices, the lane's state, why
    the latest scan could not be saved (`refused`) and why the service cannot be reached
    (`service_lost`) are known only while it runs. What is in doubt counts as spent today.
    """
    facts = look_at(find_lane(config))
    if isinstance(facts["advice"], str):
        facts["advice"] = with_lane(facts["advice"], _lane_option(config))
    if as_json:
        print_json(facts)
    else:
        print_facts(_for_a_person(facts))


def look_at(where: Whereabouts, runtime_dir: Path = RUNTIME_DIR) -> Facts:
    """Gather the lane's facts; the last one is ``advice``. Raises UsageError, LedgerError."""
    asked = _ask(where, runtime_dir)
    told = asked.live
    queue = {} if "waiting" in told else _queue_of(where, may_be_none=asked.running is not False)
    facts: Facts = {"lane": where.lane, "running": asked.running, "problem": asked.problem}
    facts |= dict.fromkeys((*_OF_THE_DAEMON, *_OF_THE_QUEUE)) | told | queue
    steps = (asked.step, facts.pop("advice", None))
    return {**facts, "advice": "; ".join(str(step) for step in steps if step) or None}


def _ask(where: Whereabouts, runtime_dir: Path) -> _Asked:
    try:
        daemon = ControlClient.find(where.lane, where.state_dir, runtime_dir)
        if daemon is not None:
            mend = "mend the lane's file: `vin-kiosk check-config`" if where.mistakes else None
            return _Asked(running=True, live=daemon.status(), problem=where.trouble, step=mend)
    except NoDaemonError:  # it stopped between the two questions
        pass
    except MachineError as error:
        return _Asked(running=None, problem=str(error), step=str(error))
    if runs_elsewhere(where, runtime_dir):
        step = f"let the lane take its file's settings over: {where.restart_words}"
        return _Asked(running=True, problem=_ELSEWHERE, step=step)
    return _Asked(running=False, step=f"the lane does not run: `{where.start_words}`")


def _queue_of(where: Whereabouts, *, may_be_none: bool) -> Facts:
    try:
        with LedgerView.open(where.state_dir) as view:
            status = view.status()
    except UsageError:  # none yet, which is no news beside a daemon that could not be asked
        if may_be_none:
            return {}
        raise
    limit = where.config.upload.daily_credit_limit if where.config else None
    limit_reached = limit is not None and status.credits_today >= limit
    return status_facts(replace(status, limit_reached=limit_reached))


def _lane_option(config: LaneFile) -> str:
    """Write the option without which a command of this lane would find another, or none."""
    if config.config is not None:
        return f"--config {quote(str(config.config))}"
    return f"--lane {config.path().stem}" if len(lane_files(lanes_dir())) > 1 else ""


def _for_a_person(facts: Facts) -> Facts:
    words = dict(facts)
    advice, pauses = words.pop("advice"), words.pop("pauses")
    told = pauses if isinstance(pauses, list) else []
    words["pause"] = "; ".join(f"{one['reason']}: {one['detail']}" for one in told) or None
    if facts["credits_today"]:
        words["credits_today"] = f"{facts['credits_today']} (each doubt counts as spent)"
    words["uptime_s"] = words["first_in_doubt"] = None
    uptime = facts["uptime_s"]
    if isinstance(uptime, int | float):
        minutes, seconds = divmod(int(uptime), 60)
        hours, minutes = divmod(minutes, 60)
        words["uptime"] = f"{hours} h {minutes:02} min {seconds:02} s"
    return {**words, "advice": advice}
