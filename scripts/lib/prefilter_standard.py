"""What the standards ask of a VIN, stated anew: the bench does not ask what it measures.

ISO 3779:2009 (alphabet, length, last four characters), ISO 3780 (regions), 49 CFR 565.15 (check
digit and model year, for North America alone); SAE J1877 allows the identifier ``I`` before it.
"""

import re

_SHAPE = re.compile(r"I?([A-HJ-NPR-Z0-9]{17})")
_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "12345678123457923456789"), strict=True))
_VALUES |= {str(digit): digit for digit in range(10)}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_DIGITS_OF_CHECK = "0123456789X"
_YEARS = frozenset("ABCDEFGHJKLMNPRSTVWXY123456789")
_AMERICAS = "12345"


def broken_rule(text: str) -> str | None:
    """Name the first rule of VINs that a symbol's text breaks; None where it keeps all of them.

    What keeps all of them is a VIN as far as anybody can tell from the text.
    """
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        return "not 17 characters of a VIN's alphabet"
    vin = shape[1]
    if vin[0] == "0":
        return "of no region"
    if not vin[-4:].isdecimal():
        return "letters among the last four"
    if vin[0] not in _AMERICAS:
        return None
    total = sum(_VALUES[char] * weight for char, weight in zip(vin, _WEIGHTS, strict=True))
    if vin[8] != _DIGITS_OF_CHECK[total % 11]:
        return "wrong check digit"
    return None if vin[9] in _YEARS else "no model year"
