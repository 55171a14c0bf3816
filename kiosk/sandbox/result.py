"""The service's results in both formats, field by field as its document shows them.

The document's samples differ among themselves in versions, in the case of ``version`` and in the
form of the date; each kind of result here is written as its own sample is.
"""

import datetime as dt
import json
from dataclasses import dataclass
from html import escape

from kiosk.sandbox.decode import Vehicle

NO_BALANCE = 23
NO_IMAGE = 25
NOT_RECOGNIZED = 26
UNKNOWN_ERROR = 27
PARAMETER_MISSING = 29

MESSAGES = {
    0: "Database Errors.",
    NO_BALANCE: "Insufficient balance for Recognition.",
    NO_IMAGE: "No image has been uploaded.",
    NOT_RECOGNIZED: "Recognition failed.",
    UNKNOWN_ERROR: "Unknown error(s) occured.",
    PARAMETER_MISSING: "One or more required parameters missing.",
}
_DECODE_MESSAGES = {
    2: "Valid VIN number. However, no data available for it at this moment.",
    3: "Invalid VIN number: This VIN number did not pass checksum test.",
    4: "Invalid VIN number: A valid VIN number must be exactly 17 digits",
    5: "Invalid VIN number: This VIN number contains invalid letters: I,O or Q.",
    7: "Invalid VIN number: The last 4 digits of a VIN number must be numeric..",
    14: "Invalid VIN number: The 10th digit of a VIN number cannot be letter U, letter Z or"
    " number 0.",
    16: "A VIN can only contain alphanumeric characters.",
}
_DECLARATION = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>'


@dataclass(frozen=True, slots=True)
class Capture:
    """What the service captured: the text, and its box in whole pixels of the sent picture."""

    text: str
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Recognized:
    """Something was captured; ``decode`` is None where it was not asked for, an int its key."""

    capture: Capture
    decode: Vehicle | int | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A complete result that says FAILED, with one of MESSAGES."""

    key: int


Result = Recognized | Failed


def as_xml(result: Result, now: dt.datetime) -> bytes:
    """Write the result as the document's XML samples are written."""
    if isinstance(result, Failed):
        root = ('version="2.0"', "FAILED")
        lines = [_xml_message(result.key, MESSAGES[result.key])]
    else:
        box = result.capture
        root = (_xml_version(result.decode), "SUCCESS")
        lines = [
            f"<VIN_Captured>{escape(box.text)}</VIN_Captured>",
            *_xml_decode(result.decode),
            f"<Left>{box.left}</Left>",
            f"<Top>{box.top}</Top>",
            f"<Width>{box.width}</Width>",
            f"<Height>{box.height}</Height>",
        ]
    opening = f'<VINbarcode {root[0]} Date="{_long_date(now)}" Status="{root[1]}">'
    return "\n".join([_DECLARATION, opening, *lines, "</VINbarcode>"]).encode()


def as_json(result: Result, now: dt.datetime) -> bytes:
    """Write the result as the document's JSON samples are written."""
    fields: dict[str, object] = {"service": "vinbarcode", "version": "2.0"}
    if isinstance(result, Failed):
        fields |= {"date": _short_date(now), "status": "FAILED"}
        fields |= {"message_key": result.key, "message": MESSAGES[result.key]}
    else:
        box = result.capture
        date = _short_date(now) if isinstance(result.decode, int) else _long_date(now)
        fields |= {"date": date, "status": "SUCCESS", "vin_captured": box.text}
        if result.decode is not None:
            fields["vindecode"] = _json_decode(result.decode)
        fields |= {"left": float(box.left), "top": float(box.top)}
        fields |= {"width": float(box.width), "height": float(box.height)}
    return json.dumps(fields, indent=1).encode()


def _xml_version(decode: Vehicle | int | None) -> str:
    if decode is None:
        return 'Version="1.0.0"'
    return 'version="2.0"' if isinstance(decode, int) else 'Version="2.0.0"'


def _xml_decode(decode: Vehicle | int | None) -> list[str]:
    if decode is None:
        return []
    if isinstance(decode, int):
        return ["<VINdecode>", _xml_message(decode, _DECODE_MESSAGES[decode]), "</VINdecode>"]
    return [
        '<VINdecode Status="SUCCESS">',
        f"<Make>{escape(decode.make)}</Make>",
        f"<Model>{escape(decode.model)}</Model>",
        f"<Year>{decode.year}</Year>",
        "</VINdecode>",
    ]


def _xml_message(key: int, message: str) -> str:
    return f'<Message Key="{key}" Value="{escape(message)}" />'


def _json_decode(decode: Vehicle | int) -> dict[str, object]:
    if isinstance(decode, int):
        message = _DECODE_MESSAGES[decode]
        return {"status": "FAILED", "message_key": decode, "message": message}
    return {
        "status": "SUCCESS",
        "make": decode.make,
        "model": decode.model,
        "year": decode.year,
    }


def _long_date(now: dt.datetime) -> str:
    return f"{now.month}/{now.day}/{now.year} {_time_of_day(now)}"


def _short_date(now: dt.datetime) -> str:
    return f"{now:%m/%d/%y} {_time_of_day(now)}"


def _time_of_day(now: dt.datetime) -> str:
    half = "AM" if now.hour < 12 else "PM"  # noqa: PLR2004 - noon; %p would follow the locale
    return f"{now.hour % 12 or 12}:{now:%M:%S} {half}"
