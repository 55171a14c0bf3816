"""Vision: pure functions on arrays, composed by prefilter.py."""
