"""Opens a lane's ledger as its configuration wants it.

Apart from ``app.py``, so that a command which only decides something need not load OpenCV.
"""

from kiosk.clock import Clock
from kiosk.config import LaneConfig
from kiosk.ledger.ledger import Ledger


def open_ledger(config: LaneConfig, clock: Clock) -> Ledger:
    """Lock the lane's state directory and open its ledger.

    Raises StateLockedError where another process has it, LedgerError where it cannot be used.
    """
    return Ledger.open(
        config.state_dir,
        clock,
        rescan_window_s=config.upload.rescan_window_s,
        daily_credit_limit=config.upload.daily_credit_limit,
    )
