"""The ``vindecode`` of a captured text: make, model and year, or one of the documented keys."""

import re
from dataclasses import dataclass

from kiosk.vin import VIN_LENGTH, check_digit_passes

MODEL = "Sandbox"  # the model is the maker's own code: a stand-in cannot know it
_YEAR_CODES = "ABCDEFGHJKLMNPRSTVWXY123456789"  # 49 CFR 565.15(d)(1), a cycle of 30 years
_MAKES = {
    "Acura": "19U JH4",
    "Audi": "TRU WAU WA1",
    "BMW": "5UX WBA WBS",
    "Chevrolet": "1G1 1GC 1GN 2G1 3GC KL7",
    "Chrysler": "1C3 2C3 2C4",
    "Dodge": "1B3 1D7 2B3",
    "Ford": "1FA 1FD 1FM 1FT 2FM 3FA WF0",
    "Honda": "19X 1HG 2HG 2HK 5FN JHM",
    "Hyundai": "5NP KM8 KMH",
    "Jeep": "1C4 1J4 1J8",
    "Kia": "5XY KNA KND",
    "Land Rover": "SAL",
    "Lexus": "2T2 JTH",
    "Mazda": "1YV JM1 JM3",
    "Mercedes-Benz": "4JG 55S WDB WDD",
    "Nissan": "1N4 1N6 3N1 JN1 JN8",
    "Porsche": "WP0 WP1",
    "Ram": "1C6 3C6",
    "Subaru": "4S3 4S4 JF1 JF2",
    "Tesla": "5YJ 7SA",
    "Toyota": "2T1 4T1 5TD 5TF JTD JTE JTM",
    "Volkswagen": "1VW 3VW WVG WVW",
    "Volvo": "YV1 YV4",
}
_MAKE_OF = {wmi: make for make, wmis in _MAKES.items() for wmi in wmis.split()}


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A good decode."""

    make: str
    model: str
    year: int


def decode(text: str) -> Vehicle | int:
    """Decode a captured text; an int is the key of the failure, as the document numbers them.

    The document gives no order of its checks; here the coarser ones come first. Key 0 (database
    errors) does not occur, key 2 (no data) stands for a maker that the small table lacks.
    """
    failure = _failure_of(text)
    if failure is not None:
        return failure
    make = _MAKE_OF.get(text[:3])
    return 2 if make is None else Vehicle(make, MODEL, model_year(text))


def model_year(vin: str) -> int:
    """Return the model year that the tenth character states (49 CFR 565.15(d)).

    The code repeats after 30 years: a letter in seventh place marks 2010 to 2039.
    """
    cycle = 1980 if vin[6].isdigit() else 2010
    return cycle + _YEAR_CODES.index(vin[9])


def _failure_of(text: str) -> int | None:
    checks = (
        (16, bool(re.fullmatch(r"[A-Z0-9]+", text))),
        (4, len(text) == VIN_LENGTH),
        (5, not set("IOQ") & set(text)),
        (14, text[9:10] not in {"U", "Z", "0"}),
        (7, bool(re.search(r"[0-9]{4}\Z", text))),
    )
    failed = next((key for key, passes in checks if not passes), None)
    if failed is None and not check_digit_passes(text):
        return 3
    return failed
