"""Bytes and messages of display families: pure, one module each."""
