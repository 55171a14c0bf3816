"""Code 39 (ISO/IEC 16388): from text to the widths of bars and spaces.

A character has five bars and four spaces, three of the nine wide. Forty of the 44 patterns are
two wide bars out of five (ten ways) and one wide space out of four (four groups); the four signs
left have narrow bars and three wide spaces.
"""

_BARS = ("10001", "01001", "11000", "00101", "10100", "01100", "00011", "10010", "01010", "00110")
_GROUPS = {
    "1234567890": "0100",
    "ABCDEFGHIJ": "0010",
    "KLMNOPQRST": "0001",
    "UVWXYZ-. *": "1000",
}
_SIGNS = {"$": "1110", "/": "1101", "+": "1011", "%": "0111"}
_GUARD = "*"


def _interleave(bars: str, spaces: str) -> str:
    return "".join(bar + space for bar, space in zip(bars, spaces, strict=False)) + bars[-1]


_ALL = {
    char: _interleave(bars, spaces)
    for chars, spaces in _GROUPS.items()
    for char, bars in zip(chars, _BARS, strict=True)
} | {sign: _interleave("00000", spaces) for sign, spaces in _SIGNS.items()}

PATTERNS: dict[str, str] = {char: _ALL[char] for char in _ALL if char != _GUARD}
"""The 43 characters: nine elements from bar to bar each, ``1`` wide, ``0`` narrow."""

GUARD: str = _ALL[_GUARD]
"""The start and stop character ``*``, which no text may hold."""


def encode(text: str, wide: float = 2.5) -> tuple[float, ...]:
    """Return the widths, in narrow elements, of ``*text*``: bar, space, bar … bar.

    Start, stop and the narrow gaps between characters are in it, quiet zones are not; there is
    no check character (VIN labels have none, SAE J1877). ``wide`` is the wide:narrow ratio;
    the standard allows 2.0 to 3.0, real labels go a little below.

    Raises ValueError for a character outside the set and for a ratio of 1 or less.
    """
    if wide <= 1:
        raise ValueError(f"wide:narrow must be above 1, not {wide}")
    strangers = sorted(set(text) - PATTERNS.keys())
    if strangers:
        raise ValueError(f"Code 39 has no {' '.join(map(repr, strangers))}")
    patterns = [GUARD, *(PATTERNS[char] for char in text), GUARD]
    return tuple(wide if element == "1" else 1.0 for element in "0".join(patterns))
