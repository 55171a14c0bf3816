"""Triggers: what can ask for a scan."""
