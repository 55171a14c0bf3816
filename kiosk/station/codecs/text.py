"""What may reach a serial port as text: printable ASCII of a fixed width, and nothing else."""

import unicodedata

COLUMNS = 20
"""Columns of one row; every display of this version has two rows of twenty."""

Lines = tuple[str, str]
"""The upper and the lower row."""


def printable(text: str) -> str:
    """Turn ``text`` into printable ASCII (0x20-0x7E), one ``?`` for each other character.

    Accents are dropped first (``Š`` becomes ``S``). Text from a barcode or an answer may carry
    control characters that command a display (or worse, a printer on the same line).
    """
    unaccented = (c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return "".join(c if " " <= c <= "~" else "?" for c in unaccented)


def cut(text: str) -> str:
    """Return ``text`` as printable ASCII of at most 20 columns, without blanks at its end."""
    return printable(text)[:COLUMNS].rstrip()


def row(text: str) -> bytes:
    """Return ``text`` as the exactly 20 bytes of one row: printable ASCII, padded or cut."""
    return cut(text).ljust(COLUMNS).encode("ascii")
