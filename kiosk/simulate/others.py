"""What else is printed in bars on a car and in its lane: part numbers, cartons, codes of makers."""

import random
from dataclasses import dataclass

from kiosk.simulate.spec import Symbology
from kiosk.simulate.vins import random_vin

_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LENGTHS = 5, 20  # characters of a part number
_VIN_LENGTH = 17
_AS_LONG_AS_A_VIN = 0.35  # shares
_VIN_IN_IT = 0.3
_KINDS = {
    Symbology.CODE39: 12,  # in twenty
    Symbology.CODE128: 3,
    Symbology.ITF: 1,
    Symbology.EAN13: 1,
    Symbology.UPCA: 1,
    Symbology.QRCODE: 1,
    Symbology.DATAMATRIX: 1,
}


@dataclass(frozen=True, slots=True)
class OtherCode:
    """A symbol that is no VIN label's: no Code 39, or one that holds no VIN."""

    symbology: Symbology
    text: str


def other_code(rng: random.Random) -> OtherCode:
    """Draw a symbol: six in ten are Code 39 part numbers, a third of these as long as a VIN.

    Of the Code 128, QR and Data Matrix symbols three in ten hold a VIN.
    """
    (symbology,) = rng.choices(list(_KINDS), list(_KINDS.values()))
    return OtherCode(symbology, _text_of(symbology, rng))


def _text_of(symbology: Symbology, rng: random.Random) -> str:
    match symbology:
        case Symbology.EAN13:
            return _checked(_pick(rng, _DIGITS, 12))
        case Symbology.UPCA:
            return _checked(_pick(rng, _DIGITS, 11))
        case Symbology.ITF:
            return _pick(rng, _DIGITS, 2 * rng.randint(3, 10))
        case Symbology.CODE39:
            return part_number(rng)
    return random_vin(rng) if rng.random() < _VIN_IN_IT else part_number(rng)


def part_number(rng: random.Random) -> str:
    """Invent a part number of 5 to 20 characters, as its maker would: VINs are none of his concern.

    So some of 17 characters keep every rule of VINs by chance, and nothing in them tells that they
    are none.
    """
    length = _VIN_LENGTH if rng.random() < _AS_LONG_AS_A_VIN else rng.randint(*_LENGTHS)
    return rng.choice((_serial, _prefixed, _dashed, _mixed))(rng, length)


def _serial(rng: random.Random, length: int) -> str:
    return _pick(rng, _DIGITS, length)


def _prefixed(rng: random.Random, length: int) -> str:
    letters = rng.randint(1, 4)
    return _pick(rng, _LETTERS, letters) + _pick(rng, _DIGITS, length - letters)


def _dashed(rng: random.Random, length: int) -> str:
    text = list(_mixed(rng, length))
    for place in range(rng.randint(2, 5), length - 1, rng.randint(4, 7)):
        text[place] = "-"
    return "".join(text)


def _mixed(rng: random.Random, length: int) -> str:
    return _pick(rng, _LETTERS + _DIGITS, length)


def _checked(digits: str) -> str:
    """Append the check digit of EAN and UPC: weights 3 and 1 from the right (ISO/IEC 15420)."""
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def _pick(rng: random.Random, chars: str, count: int) -> str:
    return "".join(rng.choices(chars, k=count))
