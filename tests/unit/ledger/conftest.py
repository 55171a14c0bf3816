import pytest

from kiosk.clock import ManualClock
from kiosk.ledger.ledger import Ledger


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def state_dir(tmp_path):
    return tmp_path / "lane1"


@pytest.fixture
def ledger(state_dir, clock):
    with Ledger.open(state_dir, clock) as opened:
        yield opened
