"""VIN rules: data identifier, character set, check digit (49 CFR 565; SAE J1877)."""

import re

VIN_LENGTH = 17
_TRANSLITERATION = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True)
) | {str(digit): digit for digit in range(10)}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_CHECKED_REGIONS = "12345"  # North America (ISO 3780)
_CHECK_DIGIT, _MODEL_YEAR = 8, 9  # zero-based: the ninth and the tenth character
YEAR_CODES = "ABCDEFGHJKLMNPRSTVWXY123456789"
"""The tenth character over thirty model years, from 1980 (49 CFR 565.15, table VII)."""
CHARACTERS = rf"[A-HJ-NPR-Z0-9]{{{VIN_LENGTH}}}"
"""A VIN's, as a regular expression: the letters I, O and Q never occur (49 CFR 565.13)."""
_VIN = re.compile(CHARACTERS)
_WITH_IDENTIFIER = re.compile(rf"I({CHARACTERS})")


def vin_of(text: str) -> str | None:
    """Return the 17 characters of a VIN label's text, or None where it holds no VIN.

    ``text`` is the barcode's content as read: 17 characters, or 18 with the data identifier
    ``I`` (SAE J1877) before them.
    """
    if _VIN.fullmatch(text):
        return text
    match = _WITH_IDENTIFIER.fullmatch(text)
    return match[1] if match else None


def follows_standard(vin: str) -> bool:
    """Tell whether 17 characters can be a VIN, and not a part's number as long as one.

    No region begins with 0 (ISO 3780), and the last four characters are digits (ISO 3779:2009;
    49 CFR 565.15(d)). A VIN of digits alone has at least its check digit right, wherever it is
    from: the descriptions that the places before it hold need letters.
    """
    numbered = vin.isdecimal() and not check_digit_passes(vin)
    return vin[0] != "0" and vin[-4:].isdecimal() and not numbered


def breaks_its_region(vin: str) -> bool:
    """Tell whether ``vin`` lacks what its region asks for.

    North America asks for the check digit and for a model year (49 CFR 565.15(c), (d)(1)).
    """
    sound = check_digit_passes(vin) and vin[_MODEL_YEAR] in YEAR_CODES
    return vin[0] in _CHECKED_REGIONS and not sound


def check_digit_of(vin: str) -> str:
    """Compute the check digit that ``vin`` (17 characters) should carry (49 CFR 565.15(c))."""
    total = sum(_TRANSLITERATION[char] * weight for char, weight in zip(vin, _WEIGHTS, strict=True))
    remainder = total % 11
    return "X" if remainder == 10 else str(remainder)  # noqa: PLR2004 - the regulation's X


def check_digit_passes(vin: str) -> bool:
    """Tell whether the ninth character is the right check digit.

    A failure is a warning (European VINs carry none), a pass is no proof: the check is blind to
    confusions such as A/1 or B/2, which Code 39 makes.
    """
    return vin[_CHECK_DIGIT] == check_digit_of(vin)
