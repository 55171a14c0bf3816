"""A watched folder: which picture files lie in it, which of them are new, and when one is whole."""
