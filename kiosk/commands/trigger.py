"""``vin-kiosk trigger``: press the lane's button from here."""

import click

from kiosk.clock import SystemClock
from kiosk.commands.options import LaneFile, json_option, lane_options, timeout_option
from kiosk.commands.printing import print_facts, print_json
from kiosk.commands.reach import the_daemon
from kiosk.commands.waiting import Patience, await_answer, end_progress, show_progress
from kiosk.commands.whereabouts import find_lane
from kiosk.config.source import SourceKind
from kiosk.control.client import ControlClient
from kiosk.control.facts import SUBMIT_KEYS
from kiosk.control.protocol import LONGEST_WAIT_S, Facts
from kiosk.errors import OutcomeError, UsageError

_CONTROL_SOURCE = "control"


@click.command("trigger")
@lane_options
@json_option
@click.option("--wait", "wait", is_flag=True, help="Wait for the scan, and for its answer.")
@timeout_option("Seconds to wait at most, with --wait.")
@click.pass_context
def command(
    ctx: click.Context, config: LaneFile, timeout_s: float, *, as_json: bool, wait: bool
) -> None:
    """Press the lane's button from here. Needs the lane's daemon.

    Exit code 0: the press was taken; with --wait, the scan ended with a VIN (recognized, or
    recorded here, or a duplicate of such). 1: a scan was running already, there is no VIN, or
    the scan could not be saved. 3: no daemon runs.
    """
    where = find_lane(config)
    if wait and where.config and where.config.camera.source.kind is SourceKind.FOLDER:
        raise UsageError(
            f"this lane scans what arrives in {where.config.camera.source.path}: copy a picture "
            "there, and see `vin-kiosk scans` (without --wait it looks into the folder at once)"
        )
    daemon = the_daemon(where)
    press = daemon.trigger(_CONTROL_SOURCE)
    facts: Facts = {"outcome": press["outcome"]}
    good = press["outcome"] == "accepted"
    if wait and good:
        patience = Patience(timeout_s, SystemClock())
        show_progress("waiting for the scan and its answer …")
        try:
            facts = _followed(daemon, press, patience)
        finally:
            end_progress()
        good = facts.pop("good") is True
    (print_json if as_json else print_facts)(facts)
    ctx.exit(0 if good else 1)


def _followed(daemon: ControlClient, press: Facts, patience: Patience) -> Facts:
    end = _end_of(daemon, press, patience)
    if end["refused"] is not None:
        return {"scan": None, "outcome": "refused", "reason": end["refused"], "good": False}
    scan = end["scan"]
    if not isinstance(scan, dict):
        raise OutcomeError("the press was taken, but no scan was recorded in time")
    facts = {"scan" if key == "id" else key: value for key, value in scan.items()}
    return {**facts, **_answer_to(daemon, facts, patience)}


def _end_of(daemon: ControlClient, press: Facts, patience: Patience) -> Facts:
    number = press["press"]
    end: Facts = {"scan": None, "refused": None}
    while isinstance(number, int) and not any(end.values()) and (left := patience.left) > 0:
        end = daemon.scan_of(number, min(left, LONGEST_WAIT_S))
    return end


def _answer_to(daemon: ControlClient, scan: Facts, patience: Patience) -> Facts:
    submission_id = scan["submission"]
    if not isinstance(submission_id, int):
        return {"good": False}
    facts = await_answer(daemon, daemon.submission(submission_id), patience)
    return {key: facts[key] for key in (*SUBMIT_KEYS, "good")}
