"""The ``vindecode`` of a captured text: make, model and year, or one of the documented keys."""

import re
from dataclasses import dataclass

from kiosk.vin import VIN_LENGTH, check_digit_passes
from kiosk.wmi import make_of, model_year_of

MODEL = "Sandbox"  # the model is the maker's own code: a stand-in cannot know it


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A good decode."""

    make: str
    model: str
    year: int


def decode(text: str) -> Vehicle | int:
    """Decode a captured text; an int is the key of the failure, as the document numbers them.

    The document gives no order of its checks; here the coarser ones come first. Key 0 (database
    errors) does not occur, key 2 (no data) stands for a maker that `kiosk.wmi` does not know.
    """
    failure = _failure_of(text)
    if failure is not None:
        return failure
    make, year = make_of(text), model_year_of(text)
    return 2 if make is None or year is None else Vehicle(make, MODEL, year)


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
