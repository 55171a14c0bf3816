"""``vin-kiosk queue pause|resume``: whether anything is sent at all."""

import click

from kiosk.commands.options import LaneFile, json_option, lane_options
from kiosk.commands.printing import plain, print_json
from kiosk.commands.reach import lane_that_keeps
from kiosk.commands.whereabouts import find_lane
from kiosk.control.advice import consent_words
from kiosk.control.client import ControlClient
from kiosk.control.who import this_user
from kiosk.model import PauseReason


@click.command("pause")
@lane_options
@json_option
@click.option("--reason", metavar="TEXT", default="", help="Why, for who looks at it later.")
def pause(config: LaneFile, *, as_json: bool, reason: str) -> None:
    """Stop sending, until `vin-kiosk queue resume`.

    Scans go on and are saved; the display says that the office stopped sending. A picture that is
    on its way is not called back: its answer is waited for. A restart does not end the pause.
    """
    with lane_that_keeps(find_lane(config)) as lane:
        facts = lane.pause(reason, this_user())
    if as_json:
        print_json(facts)
    else:
        click.echo("Nothing more is sent; scans are saved. `vin-kiosk queue resume` goes on.")


@click.command("resume")
@lane_options
@json_option
def resume(config: LaneFile, *, as_json: bool) -> None:
    """Let a paused queue go on.

    By this you say that what stopped it is mended: the balance is topped up, the configuration
    is right, the disk is sound, or the service works again. Everything that waits is then sent,
    and each answer costs one credit. What is in doubt stays so until it is resent or dropped. Where
    the lane's daemon does not run, what waits is sent once it does.
    """
    with lane_that_keeps(find_lane(config)) as lane:
        facts = lane.resume(this_user())
        runs = isinstance(lane, ControlClient)
    if as_json:
        print_json(facts)
        return
    reasons = _reasons(facts["pauses"])
    if not reasons:
        click.echo("The queue was not paused.")
        return
    for reason, detail in reasons.items():
        click.echo(f"It was paused for {reason.value}: {plain(detail)}")
    click.echo(f"The queue goes on. {consent_words(reasons, runs=runs)}")


def _reasons(pauses: object) -> dict[PauseReason, object]:
    told = pauses if isinstance(pauses, list) else []
    return {PauseReason(one["reason"]): one["detail"] for one in told}
