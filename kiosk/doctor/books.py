"""The ledger: whether it opens, what it waits for, and what was set aside as damaged."""

from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from kiosk.control.advice import advice_on
from kiosk.doctor.daemon import Daemon
from kiosk.doctor.finding import Finding, fail, ok, unknown, warn
from kiosk.errors import LedgerError, UsageError
from kiosk.ledger.view import LedgerView

_ASIDE = "*.damaged-*"  # of the database and of the spent log


def ledger_findings(state_dir: Path, daemon: Daemon) -> Iterator[Finding]:
    """Open the ledger read-only, as `vin-kiosk status` does."""
    yield _state(state_dir, daemon)
    try:
        aside = sorted(path.name for path in state_dir.glob(_ASIDE) if "-wal" not in path.name)
    except PermissionError:
        return
    if aside:
        words = (
            f"damaged before and mended ({', '.join(aside)} kept): what could be read was saved; "
            "the card or disk may be failing"
        )
        yield warn(words, f"vin-kiosk queue list --open\nsudo ls -l {quote(str(state_dir))}")


def _state(state_dir: Path, daemon: Daemon) -> Finding:
    try:
        with LedgerView.open(state_dir) as view:
            status = view.status()
    except UsageError:
        return ok("none yet: it is made at the first start")
    except LedgerError as error:
        if "no permission" in str(error):
            has = "the running lane has it open" if daemon.is_there else "only the lane may"
            return unknown(f"you may not read it; {has}", "sudo vin-kiosk doctor")
        return fail(str(error), "vin-kiosk status")
    words = (
        f"opens; {status.waiting} waiting, {status.in_doubt} in doubt, "
        f"{status.credits_today} credits today"
    )
    advice = advice_on(status)
    return warn(words, advice) if advice else ok(words)
