"""The service's message keys: what they are, and what a person needs to hear.

Source: the tables "Error Code (Key)" of the service's document.
"""

from enum import IntEnum, StrEnum
from typing import Self


class Meaning(StrEnum):
    """What a recognition key means for a lane."""

    FINAL = "final"  # for this picture; a credit is gone
    SERVICE_TROUBLE = "service_trouble"  # a credit is gone; only a person sends it again
    EMPTY_ACCOUNT = "empty_account"  # nothing was charged; the whole queue stops
    WRONG_REQUEST = "wrong_request"  # ours; stop and say so


class _Key(IntEnum):
    @classmethod
    def of(cls, number: int | None) -> Self | None:
        """Return the key with this number, None for a number the document does not have."""
        return next((key for key in cls if key == number), None)


class RecognitionKey(_Key):
    """Why the service did not recognise a picture."""

    DATABASE_ERRORS = 0
    INSUFFICIENT_BALANCE = 23
    NO_IMAGE = 25
    RECOGNITION_FAILED = 26
    UNKNOWN_ERROR = 27
    PARAMETER_MISSING = 29

    @property
    def meaning(self) -> Meaning:
        """What the key means for a lane."""
        return _MEANINGS[self]


class DecodeKey(_Key):
    """Why the service has no make, model and year for a VIN it captured."""

    DATABASE_ERRORS = 0
    NO_DATA = 2
    CHECK_DIGIT = 3
    LENGTH = 4
    FORBIDDEN_LETTERS = 5
    SERIAL_NUMBER = 7
    MODEL_YEAR = 14
    CHARACTERS = 16


_MEANINGS = {
    RecognitionKey.DATABASE_ERRORS: Meaning.SERVICE_TROUBLE,
    RecognitionKey.INSUFFICIENT_BALANCE: Meaning.EMPTY_ACCOUNT,
    RecognitionKey.NO_IMAGE: Meaning.WRONG_REQUEST,
    RecognitionKey.RECOGNITION_FAILED: Meaning.FINAL,
    RecognitionKey.UNKNOWN_ERROR: Meaning.SERVICE_TROUBLE,
    RecognitionKey.PARAMETER_MISSING: Meaning.WRONG_REQUEST,
}
_RECOGNITION_WORDS = {
    RecognitionKey.DATABASE_ERRORS: (
        "The service had trouble with its database; the credit is gone. "
        "Scan the label again, or `vin-kiosk submit --pay-again` its picture: one more credit"
    ),
    RecognitionKey.INSUFFICIENT_BALANCE: (
        "The account is empty: buy credits, then `vin-kiosk queue resume`. Nothing is lost"
    ),
    RecognitionKey.NO_IMAGE: (
        "The service found no picture in the request: check service.url, and report this"
    ),
    RecognitionKey.RECOGNITION_FAILED: (
        "The service could not read the picture: scan the label again, or type the VIN"
    ),
    RecognitionKey.UNKNOWN_ERROR: (
        "The service failed for a reason it does not name; the credit is gone. "
        "Scan the label again, or `vin-kiosk submit --pay-again` its picture: one more credit"
    ),
    RecognitionKey.PARAMETER_MISSING: (
        "The service misses a parameter: check the access code and service.url, "
        "then `vin-kiosk queue resume`"
    ),
}
_DECODE_WORDS = {
    DecodeKey.DATABASE_ERRORS: "the service's vehicle data is out of order",
    DecodeKey.NO_DATA: "the service has no data on this vehicle yet",
    DecodeKey.CHECK_DIGIT: (
        "the check digit does not fit: compare the VIN with the label (European VINs carry none)"
    ),
    DecodeKey.LENGTH: "the text has not 17 characters",
    DecodeKey.FORBIDDEN_LETTERS: "the text holds I, O or Q, which no VIN has",
    DecodeKey.SERIAL_NUMBER: "the last four characters are not all digits",
    DecodeKey.MODEL_YEAR: "the 10th character is U, Z or 0, which no model year has",
    DecodeKey.CHARACTERS: "the text holds other characters than letters and digits",
}


def recognition_words(key: int | None, message: str | None = None) -> str:
    """Say what a failed recognition means; ``message`` is the service's own, for unknown keys."""
    known = RecognitionKey.of(key)
    if known is not None:
        return _RECOGNITION_WORDS[known]
    said = f' and says "{message}"' if message else ""
    named = "no key" if key is None else f"the unknown key {key}"
    return f"The service did not recognise the picture: it gives {named}{said}"


def decode_words(key: int | None, message: str | None = None) -> str:
    """Say why there is no make, model and year; ``message`` is the service's own."""
    known = DecodeKey.of(key)
    if known is not None:
        return _DECODE_WORDS[known]
    return message or "the service could not decode the VIN, and does not say why"
