"""What a person can do about a lane that lacks something, stands still or holds doubts."""

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

from kiosk.devices import DEVICES
from kiosk.model import PauseReason, QueueStatus

_TO_DO = {
    PauseReason.STORAGE: (
        "find out what is wrong with the disk (`sudo vin-kiosk doctor`, the log) and replace the "
        "card if it fails"
    ),
    PauseReason.BALANCE: "top up the account's balance",
    PauseReason.CONFIGURATION: (
        "check the access code and the service's address (`vin-kiosk check-config`)"
    ),
    PauseReason.DOUBTS: "make sure that the service works",
    PauseReason.OPERATOR: "ask whoever stopped the queue whether it may go on",
}
_CONSENTS = {
    PauseReason.STORAGE: "the disk is sound",
    PauseReason.BALANCE: "the balance is topped up",
    PauseReason.CONFIGURATION: "the configuration is right",
    PauseReason.DOUBTS: "the service works again",
    PauseReason.OPERATOR: "sending may go on",
}
_MAKE_ROOM = "make room on the disk: the last scan could not be saved"
_USED_UP = "the day's credits are used up: raise upload.daily_credit_limit, or wait for tomorrow"
_NOTHING_LIVE: Mapping[str, object] = MappingProxyType({})
_OF_A_LANE = re.compile(r"`vin-kiosk (queue \w+|check-config)")


def advice_on(status: QueueStatus, live: Mapping[str, object] = _NOTHING_LIVE) -> str | None:
    """Say what a person should do, steps parted by semicolons; None where there is nothing.

    ``live`` is what only the daemon knows, as `Decisions.status` names it: each of DEVICES ("ok",
    or what is wrong), ``refused`` (why the latest scan could not be saved) and ``service_lost``
    (why the service cannot be reached). What is missing is not spoken of.
    """
    steps = [_MAKE_ROOM] if live.get("refused") else []
    steps += [
        f"see to the {device}: the lane goes on by itself once it is back"
        for device in DEVICES
        if live.get(device, "ok") not in {"ok", None}
    ]
    return "; ".join(steps + _about_queue(status, live.get("service_lost"))) or None


def _about_queue(status: QueueStatus, service_lost: object) -> list[str]:
    steps = []
    if status.pauses:
        to_do = [_TO_DO[pause.reason] for pause in status.pauses]
        steps.append(f"{', '.join(to_do)}, then `vin-kiosk queue resume`")
    elif status.waiting and status.limit_reached:
        steps.append(_USED_UP)
    elif status.waiting and service_lost:
        waiting = f"{status.waiting} {'waits' if status.waiting == 1 else 'wait'}"
        steps.append(
            f"{waiting} while the service cannot be reached ({service_lost}): "
            "nothing to do, it is sent by itself once the service answers"
        )
    if status.in_doubt:
        steps.append(_about_doubts(status))
    return steps


def _about_doubts(status: QueueStatus) -> str:
    which = status.first_in_doubt
    if which is None:
        return "decide what is in doubt: `vin-kiosk queue list --open`"
    resend, drop = (f"`vin-kiosk queue {verb} {which}`" for verb in ("resend", "drop"))
    decide = f"{resend} (may be paid twice) or {drop}"
    if status.in_doubt == 1:
        return f"decide what is in doubt: `vin-kiosk queue show {which}`, then {decide}"
    return f"decide what is in doubt (`vin-kiosk queue list --open`), each by itself: {decide}"


def with_lane(advice: str, option: str) -> str:
    """Write a lane's option (such as ``--lane lane2``) into each command that needs to know it."""
    return _OF_A_LANE.sub(lambda found: f"{found[0]} {option}".rstrip(), advice)


def consent_words(reasons: Collection[PauseReason], *, runs: bool = True) -> str:
    """Say what a person consented to by resuming the queue; ``runs``: the lane's daemon does."""
    when = "now" if runs else "when the lane runs"
    said = " and that ".join(_CONSENTS[reason] for reason in reasons)
    return f"You said that {said}: what waits is sent {when}, and each answer costs one credit."
