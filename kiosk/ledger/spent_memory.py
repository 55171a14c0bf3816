"""What the spent log's lines amount to: small enough for years of them."""

from binascii import unhexlify
from collections import OrderedDict
from dataclasses import replace

from kiosk.ledger.spent_lines import Glance, Spent, guess_line, parse_line

NEWEST = 10_000
"""Payments whose VIN and time are kept in memory: more than a lane makes within any window.

The longest rescan window is a day, and a car every eight seconds is faster than any lane. It is a
count and no age, for an age needs a clock that was set.
"""
_DIGEST_BYTES = 32


class SpentMemory:
    """The digests of every crop and file that was ever spent, and the newest payments by VIN."""

    def __init__(self) -> None:
        self.highest_seq = 0
        self._is_spent: dict[bytes, bool] = {}  # by crop, by its last line
        self._crops_of: dict[bytes, bytes] = {}  # digests one after the other, by source file
        # VIN and line, by crop, oldest first: of a plain dict the first is ever harder to find.
        self._newest: OrderedDict[bytes, tuple[str, bytes]] = OrderedDict()
        self._by_vin: dict[str, list[bytes]] = {}  # crops among the newest, oldest first

    def is_spent(self, sha256: str) -> bool:
        """Tell whether the crop was or may have been paid for, and nothing released it since."""
        return self._is_spent.get(unhexlify(sha256), False)

    def knows(self, sha256: str) -> bool:
        """Tell whether the crop was ever spent or released."""
        return unhexlify(sha256) in self._is_spent

    def knows_file(self, file_sha256: str) -> bool:
        """Tell whether a crop of this source file is spent."""
        crops = self._crops_of.get(unhexlify(file_sha256), b"")
        return any(self._is_spent[one] for one in _digests(crops))

    def spent_for_vin(self, vin: str) -> list[Spent]:
        """List the spent crops in which ``vin`` was read here, oldest first; the newest only."""
        crops = [crop for crop in self._by_vin.get(vin, ()) if self._is_spent[crop]]
        lines = (self._newest[crop][1] for crop in crops)
        entries = (parse_line(line) or guess_line(line) for line in lines)
        return [replace(entry, vin=vin) for entry in entries if isinstance(entry, Spent)]

    def learn(self, seen: Glance, line: bytes) -> None:
        """Take a line (without its end) into account."""
        if seen.spent is None:
            return
        self._is_spent[seen.sha256] = seen.spent
        if not seen.spent:
            return
        self.highest_seq = max(self.highest_seq, seen.seq)
        if seen.file_sha256 is not None:
            crops = self._crops_of.get(seen.file_sha256, b"")
            if seen.sha256 not in _digests(crops):
                # Mostly a file has one crop: then its digest is there once, as a key above.
                self._crops_of[seen.file_sha256] = crops + seen.sha256 if crops else seen.sha256
        vin = self._forget(seen.sha256) or seen.vin  # a damaged line shows no VIN
        if vin is not None:
            self._newest[seen.sha256] = (vin, line)
            self._by_vin.setdefault(vin, []).append(seen.sha256)
            if len(self._newest) > NEWEST:
                self._forget(next(iter(self._newest)))

    def _forget(self, crop: bytes) -> str | None:
        """Remove a crop from the newest; return its VIN if it was among them."""
        vin, _ = self._newest.pop(crop, (None, b""))
        if vin is not None:
            self._by_vin[vin].remove(crop)
            if not self._by_vin[vin]:
                del self._by_vin[vin]
        return vin


def _digests(joined: bytes) -> list[bytes]:
    return [joined[at : at + _DIGEST_BYTES] for at in range(0, len(joined), _DIGEST_BYTES)]
