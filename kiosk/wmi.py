"""Who made a car, and for which model year: what the first and the tenth character say."""

from kiosk.vin import YEAR_CODES, check_digit_passes

# World Manufacturer Identifiers as registered with SAE International (public lists); the
# longest prefix that fits wins.
MAKES: dict[str, str] = {
    "1C4": "Chrysler",
    "1FA": "Ford",
    "1FM": "Ford",
    "1FT": "Ford",
    "1G1": "Chevrolet",
    "1GC": "Chevrolet",
    "1GT": "GMC",
    "1HG": "Honda",
    "2HG": "Honda",
    "19X": "Honda",
    "JHM": "Honda",
    "1N4": "Nissan",
    "JN1": "Nissan",
    "2T1": "Toyota",
    "4T1": "Toyota",
    "JTD": "Toyota",
    "JTM": "Toyota",
    "3FA": "Ford",
    "3VW": "Volkswagen",
    "WVW": "Volkswagen",
    "WAU": "Audi",
    "WBA": "BMW",
    "WDD": "Mercedes-Benz",
    "4JG": "Mercedes-Benz",
    "WP0": "Porsche",
    "WF0": "Ford",
    "4S3": "Subaru",
    "JF1": "Subaru",
    "5NP": "Hyundai",
    "KMH": "Hyundai",
    "KNA": "Kia",
    "5YJ": "Tesla",
    "JM1": "Mazda",
    "SAL": "Land Rover",
    "TMB": "Skoda",
    "VF1": "Renault",
    "VF3": "Peugeot",
    "VSS": "Seat",
    "YV1": "Volvo",
    "ZFA": "Fiat",
    "ZFF": "Ferrari",
}

_FIRST_YEAR = 1980
_CYCLE = len(YEAR_CODES)
_CYCLE_MARK = 6  # zero-based: the seventh character
_YEAR = 9  # zero-based: the tenth character


def make_of(vin: str) -> str | None:
    """Name the make by the World Manufacturer Identifier, None where it is not known here."""
    return MAKES.get(vin[:3])


def model_year_of(vin: str) -> int | None:
    """Return the model year (1980 … 2039), None where the VIN does not tell.

    The tenth character repeats every thirty years; the seventh is a digit up to 2009 and a
    letter from 2010 (49 CFR 565.15(b), for cars and light trucks). Only a VIN with a right
    check digit follows that regulation: a European one may carry anything in its tenth place.
    """
    code = vin[_YEAR]
    if code not in YEAR_CODES or not check_digit_passes(vin):
        return None
    second_cycle = vin[_CYCLE_MARK].isalpha()
    return _FIRST_YEAR + YEAR_CODES.index(code) + (_CYCLE if second_cycle else 0)
