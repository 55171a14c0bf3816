"""A button that speaks bytes: finds its pattern in whatever the serial line brings."""


class ByteStringMatcher:
    """Counts a byte string in a stream, as ``bytes.count`` would in the whole of it.

    The stream comes in chunks of any size: a pattern may be cut anywhere, and noise may stand
    between two of them. Memory is bounded by the pattern's length.
    """

    def __init__(self, pattern: bytes) -> None:
        if not pattern:
            raise ValueError("a button's byte string must not be empty")
        self._pattern = bytes(pattern)
        self._tail = b""  # the end of the stream that may yet begin a pattern

    def feed(self, chunk: bytes) -> int:
        """Take the next bytes; return how many patterns (not overlapping) were completed."""
        # The bytes after the last match are the last piece of a split: searching backwards
        # instead would cut overlapping candidates (`aaa` in `aaaa`) at another place.
        pieces = (self._tail + chunk).split(self._pattern)
        keep = len(self._pattern) - 1
        self._tail = pieces[-1][-keep:] if keep else b""
        return len(pieces) - 1
