"""Any order of scans, attempts, people's acts, restarts and losses, against a simple model."""

from hypothesis import settings
from ledger_machine import LedgerMachine

TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
