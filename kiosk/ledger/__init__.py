"""The ledger: the durable truth about every scan and every credit."""
