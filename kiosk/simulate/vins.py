"""Invented VINs that keep the rules: no car has them on purpose, every check passes."""

import random

from kiosk.vin import YEAR_CODES, check_digit_of
from kiosk.wmi import MAKES

_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_ANY = _LETTERS + _DIGITS
_EUROPEAN = ("TMB", "VF1", "VF3", "VSS", "WAU", "WBA", "WDD", "WF0", "WVW", "YV1", "ZFA")
_NEWEST = YEAR_CODES.index("T")  # 1996 in the first cycle, 2026 in the second
_CHECK_DIGIT = 8


def random_vin(rng: random.Random, make: str | None = None, *, european: bool = False) -> str:
    """Invent a VIN. ``make`` as `kiosk.wmi.make_of` names it; any make without.

    With a valid check digit, a model year from 1996 to 2026 and the last four characters
    numeric (49 CFR 565.15); ``european``: fillers ``ZZZ`` in the fourth to sixth place and a
    ``Z`` in the ninth, where Europe has no check digit.

    Raises ValueError for a make that has no identifier here.
    """
    prefixes = [wmi for wmi, name in MAKES.items() if make in {None, name}]
    if european:
        prefixes = [wmi for wmi in prefixes if wmi in _EUROPEAN]
    if not prefixes:
        raise ValueError(f"no {'European ' if european else ''}identifier is known for {make}")
    wmi = rng.choice(prefixes)
    tail = rng.choice(_LETTERS) + _pick(rng, _DIGITS, 6)
    if european:
        return f"{wmi}ZZZ{_pick(rng, _ANY, 2)}Z{rng.choice(YEAR_CODES)}{tail}"
    second_cycle = rng.random() < 0.8  # noqa: PLR2004 - few cars on the road are older than 2010
    first, last = (0, _NEWEST) if second_cycle else (_NEWEST, len(YEAR_CODES) - 1)
    year = YEAR_CODES[rng.randint(first, last)]
    mark = rng.choice(_LETTERS if second_cycle else _DIGITS)
    draft = f"{wmi}{_pick(rng, _ANY, 3)}{mark}{rng.choice(_ANY)}0{year}{tail}"
    return draft[:_CHECK_DIGIT] + check_digit_of(draft) + draft[_CHECK_DIGIT + 1 :]


def _pick(rng: random.Random, chars: str, count: int) -> str:
    return "".join(rng.choices(chars, k=count))
