"""Letters of five by seven dots, as a character display draws them."""

from collections.abc import Iterator, Mapping

PITCH = 2
"""Units from dot to dot."""

COLUMNS, ROWS = 5, 7
"""Dots of a letter."""

_DOT = 1.7
STYLE = f"stroke-width:{_DOT};stroke-dasharray:{_DOT} {PITCH - _DOT:.1f};fill:none"
"""What turns the lines of ``outline`` into dots."""

_LETTERS: Mapping[str, str] = {
    "A": "0e11111f111111", "B": "1e11111e11111e", "C": "0e11101010110e", "D": "1e11111111111e",
    "E": "1f10101e10101f", "F": "1f10101e101010", "G": "0e11101711110f", "H": "1111111f111111",
    "I": "0e04040404040e", "J": "0702020202120c", "K": "11121418141211", "L": "1010101010101f",
    "M": "111b1515111111", "N": "11111915131111", "O": "0e11111111110e", "P": "1e11111e101010",
    "Q": "0e11111115120d", "R": "1e11111e141211", "S": "0f10100e01011e", "T": "1f040404040404",
    "U": "1111111111110e", "V": "11111111110a04", "W": "1111111515150a", "X": "11110a040a1111",
    "Y": "11110a04040404", "Z": "1f01020408101f", "0": "0e11131519110e", "1": "040c040404040e",
    "2": "0e11010204081f", "3": "0e11010601110e", "4": "02060a121f0202", "5": "1f101e0101110e",
    "6": "0608101e11110e", "7": "1f010204080808", "8": "0e11110e11110e", "9": "0e11110f01020c",
    "-": "0000001f000000", "!": "04040404040004", "?": "0e110102040004", ":": "000c0c000c0c00",
    ",": "000000000c0408", ".": "00000000000c0c", "+": "0004041f040400", "=": "00001f001f0000",
}  # fmt: skip
"""A row of dots in two hexadecimal digits, the leftmost dot is worth 16."""


def outline(letter: str) -> str:
    """Return a letter as an SVG path of level strokes, its upper left corner at 0, 0.

    Raises KeyError for a letter that is not drawn yet.
    """
    rows = bytes.fromhex(_LETTERS[letter])
    strokes = (
        f"M{start * PITCH} {row * PITCH + PITCH // 2}h{size * PITCH - PITCH + _DOT:.1f}"
        for row, dots in enumerate(rows)
        for start, size in _runs(dots)
    )
    return "".join(strokes)


def _runs(dots: int) -> Iterator[tuple[int, int]]:
    """Yield where dots stand side by side, and how many."""
    start: int | None = None
    for column in range(COLUMNS + 1):
        is_lit = column < COLUMNS and bool(dots & (1 << (COLUMNS - 1 - column)))
        if is_lit and start is None:
            start = column
        elif not is_lit and start is not None:
            yield start, column - start
            start = None
