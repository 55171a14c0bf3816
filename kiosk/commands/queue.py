"""``vin-kiosk queue``: what waits for the service, what is in doubt, and what a person decides."""

import sys
from pathlib import Path

import click

from kiosk.commands import flow
from kiosk.commands.options import LaneFile, json_option, lane_options
from kiosk.commands.printing import (
    plain,
    print_facts,
    print_json,
    print_json_lines,
    print_table,
    short_time,
)
from kiosk.commands.reach import find_daemon, lane_that_keeps
from kiosk.commands.whereabouts import Whereabouts, find_lane
from kiosk.control.facts import (
    act_facts,
    attempt_facts,
    damaged_facts,
    detail_facts,
    queue_facts,
)
from kiosk.control.protocol import Facts
from kiosk.control.who import this_user
from kiosk.errors import OutcomeError, UsageError
from kiosk.ledger.view import LedgerView
from kiosk.model import State, Submission

_OPEN = (State.QUEUED, State.SENDING, State.COMMITTED, State.IN_DOUBT, State.REJECTED)
_COLUMNS = ("id", "state", "paid", "tries", "time", "vin", "reason")
_ATTEMPT_COLUMNS = ("time", "seconds", "outcome", "status", "credits", "reason")
_DECISION_COLUMNS = ("time", "what", "who", "before")


class _SubmissionId(click.ParamType[int]):
    """The number by which a person calls a submission."""

    name = "id"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Take a number from 1 on; say where to find it where it is none."""
        words = str(value)
        if not words.isascii() or not words.isdecimal() or not 1 <= int(words) <= _LARGEST_ID:
            self.fail(f"{plain(words)!r} is no submission's number: {_WHERE}", param, ctx)
        return int(words)


_LARGEST_ID = 2**63 - 1  # SQLite's integer
_WHERE = "`vin-kiosk queue list` shows it in its first column"
_yes_option = click.option("--yes", is_flag=True, help="Do it without asking.")
_id_argument = click.argument("submission_id", metavar="ID", type=_SubmissionId())


@click.group("queue")
def command() -> None:
    """See and change what waits for the service."""


@command.command("list")
@lane_options
@json_option
@click.option("--open", "only_open", is_flag=True, help="Only what is not settled.")
@click.option("--all", is_flag=True, hidden=True, expose_value=False)  # what it does anyway
def list_(config: LaneFile, *, as_json: bool, only_open: bool) -> None:
    """List every submission, in the order of the sequence numbers.

    With --open only those that wait, are in doubt or were rejected. "paid" counts credits,
    "tries" the attempts to send it; `vin-kiosk queue show ID` tells more of one.
    """
    with LedgerView.open(find_lane(config).state_dir) as view:
        damaged: list[int] = []
        submissions = view.submissions(_OPEN if only_open else None, damaged=damaged)
    rows = [queue_facts(submission) for submission in submissions]
    rows += [damaged_facts(submission_id) for submission_id in damaged]
    if as_json:
        print_json_lines(rows)
    elif rows:
        print_table(_COLUMNS, map(_for_a_person, rows), stacked=2)
    else:
        click.echo("Nothing waits, nothing is in doubt." if only_open else "Nothing here yet.")


@command.command("show")
@lane_options
@json_option
@_id_argument
def show(config: LaneFile, submission_id: int, *, as_json: bool) -> None:
    """Show everything that is known of one submission: every attempt, and who decided what.

    ID is the number in the first column of `vin-kiosk queue list`.
    """
    with LedgerView.open(find_lane(config).state_dir) as view:
        facts = detail_facts(_existing(view, submission_id))
        history = [attempt_facts(attempt) for attempt in view.attempts_of(submission_id)]
        decisions = [act_facts(act) for act in view.acts_of(submission_id)]
    if as_json:
        print_json({**facts, "history": history, "decisions": decisions})
        return
    print_facts(facts)
    if history:
        click.echo()
        print_table(_ATTEMPT_COLUMNS, map(_attempt_for_a_person, history))
    if decisions:
        click.echo()
        print_table(_DECISION_COLUMNS, map(_decision_for_a_person, decisions))


@command.command("resend")
@lane_options
@json_option
@_yes_option
@_id_argument
def resend(config: LaneFile, submission_id: int, *, as_json: bool, yes: bool) -> None:
    """Send again what is in doubt or was rejected: it may be paid for twice.

    Exit code 1: the submission is in no state to be sent again.
    """
    where = find_lane(config)
    _ask(f"{_resend_words(_look_up(where, submission_id))}\nSend it again?", yes=yes)
    with lane_that_keeps(where) as lane:
        facts = lane.resend(submission_id, this_user())
    _confirm(facts, f"Submission {submission_id} is queued again.", as_json=as_json)


@command.command("drop")
@lane_options
@json_option
@_yes_option
@_id_argument
def drop(config: LaneFile, submission_id: int, *, as_json: bool, yes: bool) -> None:
    """Give up a submission: it will never be sent, and its place in the ledger stays.

    Exit code 1: the submission is in no state to be dropped.
    """
    where = find_lane(config)
    _ask(
        f"{_name(_look_up(where, submission_id))} will get no official reading.\nDrop it?",
        yes=yes,
    )
    with lane_that_keeps(where) as lane:
        facts = lane.drop(submission_id, this_user())
    _confirm(facts, f"Submission {submission_id} is dropped.", as_json=as_json)


@command.command("export")
@lane_options
@json_option
@click.option(
    "--out",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Where to write the picture; - is the standard output.",
)
@_id_argument
def export(config: LaneFile, submission_id: int, out: Path, *, as_json: bool) -> None:
    """Write the exact bytes that were, or would be, uploaded.

    Exit code 1: the picture is not kept any more, or there never was one.
    """
    if as_json and str(out) == "-":
        raise UsageError("--json and --out - would both write to the standard output")
    with LedgerView.open(find_lane(config).state_dir) as view:
        _existing(view, submission_id)
        crop = view.crop_of(submission_id)
    if crop is None:
        raise OutcomeError(f"no picture is kept of submission {submission_id}")
    if str(out) == "-":
        sys.stdout.buffer.write(crop.data)
        return
    try:
        out.write_bytes(crop.data)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written: {error.strerror}") from error
    size = {"bytes": len(crop.data), "width": crop.width, "height": crop.height}
    if as_json:
        print_json({"id": submission_id, "file": str(out), **size, "format": crop.format})
    else:
        click.echo(
            f"{plain(out)}: {len(crop.data)} bytes, {crop.width}×{crop.height}, {crop.format}"
        )


command.add_command(flow.pause)
command.add_command(flow.resume)


def _existing(view: LedgerView, submission_id: int) -> Submission:
    submission = view.submission(submission_id)
    if submission is None:
        raise UsageError(f"there is no submission {submission_id}: {_WHERE}")
    return submission


def _for_a_person(facts: Facts) -> Facts:
    """Put a submission into columns that fit a terminal of 80."""
    names = {"paid": facts["credits"], "tries": facts["attempts"]}
    return facts | names | {"time": short_time(facts["created"])}


def _attempt_for_a_person(facts: Facts) -> Facts:
    return facts | {
        "time": short_time(facts["started"]),
        "outcome": facts["outcome"] or "under way",
    }


def _decision_for_a_person(facts: Facts) -> Facts:
    return facts | {"time": short_time(facts["time"]), "before": facts["detail"]}


def _look_up(where: Whereabouts, submission_id: int) -> Facts:
    """Ask the daemon, or the ledger where none runs; nothing is locked while a person thinks."""
    daemon = find_daemon(where)
    if daemon is not None:
        return daemon.submission(submission_id)
    with LedgerView.open(where.state_dir) as view:
        return queue_facts(_existing(view, submission_id))


def _name(facts: Facts) -> str:
    return f"Submission {facts['id']} ({plain(facts['vin']) or 'no VIN read'})"


def _resend_words(facts: Facts) -> str:
    if facts["state"] == State.IN_DOUBT:
        return (
            f"{_name(facts)} is in doubt: {plain(facts['reason']) or 'its answer was lost'}.\n"
            "The service may have charged a credit for it already; it may be paid for twice."
        )
    state = plain(facts["state"]).replace("_", " ")
    return f"{_name(facts)} is {state}. Sent again, it costs a credit once the service answers."


def _ask(question: str, *, yes: bool) -> None:
    """Ask a person; where there is none, only ``--yes`` will do."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("nobody can be asked here: say --yes to do it without asking")
    click.confirm(question, abort=True, err=True)


def _confirm(facts: Facts, words: str, *, as_json: bool) -> None:
    if as_json:
        print_json(facts)
    else:
        click.echo(words)
