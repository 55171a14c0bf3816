"""Renders door-jamb scenes for the demo, the tests and the benchmark."""
