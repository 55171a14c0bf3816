"""``vin-kiosk submit``: pictures through the whole way, and their answers."""

from pathlib import Path

import click

from kiosk.clock import SystemClock
from kiosk.commands.options import LaneFile, json_option, lane_options, timeout_option
from kiosk.commands.printing import plain, print_json
from kiosk.commands.reach import lane_that_sends
from kiosk.commands.waiting import Patience, await_answer, end_progress, show_progress
from kiosk.commands.whereabouts import find_lane
from kiosk.control.facts import SUBMIT_KEYS
from kiosk.control.protocol import PICTURE_LIMIT, Facts, Sending
from kiosk.errors import PictureError
from kiosk.hardening import forbid_core_dumps


@click.command("submit")
@lane_options
@json_option
@timeout_option("Seconds without any answer after which the rest is only saved.")
@click.option(
    "--pay-again",
    is_flag=True,
    help="Consent to pay for pictures and VINs that were scanned before.",
)
@click.argument(
    "files",
    metavar="FILE…",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, readable=False),
)
@click.pass_context
def command(
    ctx: click.Context,
    config: LaneFile,
    files: tuple[Path, ...],
    timeout_s: float,
    *,
    as_json: bool,
    pay_again: bool,
) -> None:
    """Send pictures through the whole way and wait for the answers.

    A picture is examined here, and only its crop is sent; each answer costs one credit, and
    what was scanned before costs nothing. What is still waiting at the time-out is saved and
    sent later. A signal to stop (Ctrl-C) ends the waiting, but not before an answer that was
    paid for is written down.

    Exit code 0: every file has its VIN (recognized, or recorded here, or a duplicate of such).
    1: at least one has not. 3: the lane's state is locked and no daemon answers.
    """
    forbid_core_dumps()
    all_good = True
    where = find_lane(config)
    show_progress("opening the lane …")
    try:
        with lane_that_sends(where) as lane:
            patience = Patience(timeout_s, SystemClock())
            for path in files:
                facts = _submit(lane, path, patience, pay_again=pay_again)
                end_progress()
                _print(path, facts, as_json=as_json)
                all_good = all_good and facts.get("good") is True
    finally:
        end_progress()
    ctx.exit(0 if all_good else 1)


def _submit(lane: Sending, path: Path, patience: Patience, *, pay_again: bool) -> Facts:
    show_progress(f"{path}: looking …")
    try:
        data = _read(path)
        facts = lane.submit(data, path.name, hurry=patience.left > 0, pay_again=pay_again)
    except PictureError as error:
        return {"error": str(error)}
    show_progress(f"{path}: saved, waiting for the answer …")
    return await_answer(lane, facts, patience)


def _read(path: Path) -> bytes:
    if path.exists() and not path.is_file():  # a pipe would hang, a directory holds no picture
        raise PictureError("is no file")
    try:
        with path.open("rb") as file:
            data = file.read(PICTURE_LIMIT + 1)
    except OSError as error:
        raise PictureError(f"cannot be read: {error.strerror}") from error
    if len(data) > PICTURE_LIMIT:
        raise PictureError(f"is larger than {PICTURE_LIMIT // 1024**2} MiB")
    return data


def _print(path: Path, facts: Facts, *, as_json: bool) -> None:
    if as_json:
        keys = ("error",) if "error" in facts else SUBMIT_KEYS
        print_json({"file": str(path), **{key: facts[key] for key in keys}})
    else:
        click.echo(f"{plain(path)}: {_words(facts)}")


def _words(facts: Facts) -> str:
    """Say in one line what became of a picture."""
    if "error" in facts:
        return plain(facts["error"])
    what = [plain(facts["state"]).replace("_", " ") or "not submitted"]
    if facts["vin"] is not None:
        source = "the service" if facts["vin_source"] == "service" else "read here"
        what.append(f"{plain(facts['vin'])} ({source})")
    if facts["credits"]:
        what.append(f"credits: {facts['credits']}")
    if facts["reason"]:
        what.append(plain(facts["reason"]))
    return ", ".join(what)
