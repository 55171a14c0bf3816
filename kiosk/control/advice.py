"""What a person can do about a queue that stands still or holds doubts."""

from kiosk.model import PauseReason, QueueStatus

_TO_DO = {
    PauseReason.BALANCE: "top up the account's balance, then run `vin-kiosk queue resume`",
    PauseReason.CONFIGURATION: (
        "check the access code and the service's address (`vin-kiosk check-config`), "
        "then run `vin-kiosk queue resume`"
    ),
    PauseReason.DOUBTS: (
        "make sure that the service works, then run `vin-kiosk queue resume`; "
        "decide what is in doubt with `queue resend` or `queue drop`"
    ),
}
_CONSENTS = {
    PauseReason.BALANCE: "You said that the balance is topped up",
    PauseReason.CONFIGURATION: "You said that the configuration is right",
    PauseReason.DOUBTS: "You said that the service works again",
}


_MAKE_ROOM = "make room on the disk: the last scan could not be saved"


def advice_on(status: QueueStatus, refused: str | None = None) -> str | None:
    """Say what a person should do; None where there is nothing to do.

    ``refused`` says why the latest scan could not be saved.
    """
    steps = [_MAKE_ROOM] if refused is not None else []
    about_queue = _advice_on_queue(status)
    return "; ".join(steps + ([about_queue] if about_queue else [])) or None


def _advice_on_queue(status: QueueStatus) -> str | None:
    if status.pause is not None:
        return _TO_DO[status.pause.reason]
    if status.limit_reached and status.waiting:
        return (
            "the day's credits are used up: raise upload.daily_credit_limit, or wait for tomorrow"
        )
    if status.in_doubt:
        return (
            "decide what is in doubt: `vin-kiosk queue list --open`, "
            "then `queue resend ID` (may be paid twice) or `queue drop ID`"
        )
    return None


def consent_words(reason: PauseReason, *, runs: bool = True) -> str:
    """Say what a person consented to by resuming the queue; ``runs``: the lane's daemon does."""
    when = "now" if runs else "when the lane runs"
    return f"{_CONSENTS[reason]}: what waits is sent {when}, and each answer costs one credit."
