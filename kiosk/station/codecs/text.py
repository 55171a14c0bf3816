"""What may reach a serial port as text: printable ASCII of a fixed width, and nothing else."""

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

COLUMNS = 20
"""Columns of one row; every display of this version has two rows of twenty."""

Lines = tuple[str, str]
"""The upper and the lower row."""

HD44780: Mapping[int, str] = MappingProxyType({ord("\\"): "/", ord("~"): "-"})
"""What to show for the characters that this controller of LCDs draws otherwise (¥ and →)."""

_NOTHING: Mapping[int, str] = MappingProxyType({})
_SPELT_OUT = str.maketrans(
    {
        "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ẞ": "SS",
        "Æ": "AE", "Œ": "OE", "Ø": "O", "Đ": "D", "Ł": "L",
        "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l",
        "¡": "!", "¿": "?", "«": '"', "»": '"', "“": '"', "”": '"', "„": '"',
        "‘": "'", "’": "'", "‚": "'", "–": "-", "—": "-", "−": "-", "×": "x", "€": "EUR",
    }
)  # fmt: skip


def printable(text: str) -> str:
    """Turn ``text`` into printable ASCII (0x20-0x7E), as a person would write it without accents.

    Umlauts are spelt out (``ü``: ue), other accents are dropped (``ñ``: n), and each character
    that has no such likeness becomes ``?``. Text from a barcode or an answer may carry control
    characters that command a display (or worse, a printer on the same line).
    """
    spelt = unicodedata.normalize("NFC", text).translate(_SPELT_OUT)
    if text.isupper():
        spelt = spelt.upper()
    unaccented = (c for c in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(c))
    return "".join(c if " " <= c <= "~" else "?" for c in unaccented)


def cut(text: str) -> str:
    """Return ``text`` as printable ASCII of at most 20 columns, without blanks at its end."""
    return printable(text)[:COLUMNS].rstrip()


def row(text: str, instead: Mapping[int, str] = _NOTHING) -> bytes:
    """Return ``text`` as the exactly 20 bytes of one row: printable ASCII, padded or cut.

    ``instead`` has a character to show for each that the display cannot: one for one.
    """
    return cut(text).translate(instead).ljust(COLUMNS).encode("ascii")
