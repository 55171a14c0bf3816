import os

import pytest

from kiosk.clock import ManualClock
from kiosk.errors import LedgerError
from kiosk.ledger.files import file_error
from kiosk.ledger.ledger import Ledger


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files for another user")
def test_what_root_makes_belongs_to_the_lane(state_dir):
    """`sudo vin-kiosk submit` beside a stopped lane must leave nothing that locks the lane out."""
    state_dir.mkdir()
    os.chown(state_dir, 4711, 4712)
    with Ledger.open(state_dir, ManualClock()):
        made = {path.name: path.stat() for path in state_dir.iterdir()}
    assert {"lock", "ledger.sqlite", "ledger.sqlite-wal", "spent.log"} <= set(made)
    assert {(it.st_uid, it.st_gid) for it in made.values()} == {(4711, 4712)}


def test_who_may_not_use_the_state_is_told_who_may():
    error = file_error("cannot open the lock", PermissionError(13, "Permission denied"))
    assert isinstance(error, LedgerError)
    words = "do it as the lane's user: sudo -u vin-kiosk vin-kiosk and the rest of the command"
    assert str(error).endswith(words), "never as root: files could become root's"
