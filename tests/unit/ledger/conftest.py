import os
import tempfile
from pathlib import Path

import pytest

from kiosk.clock import ManualClock
from kiosk.ledger.ledger import Ledger

# Hundreds of fsyncs on a disk take long and show nothing here: memory where there is some.
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def state_dir():
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        yield Path(folder) / "lane1"


@pytest.fixture
def ledger(state_dir, clock):
    with Ledger.open(state_dir, clock) as opened:
        yield opened
