"""Turns a body into the service's answer, or says that it holds no complete result."""

import codecs
import datetime as dt
import math
import re
import string

from kiosk.model import Answer, VehicleDecode
from kiosk.service.answer_json import read_json
from kiosk.service.answer_xml import read_xml
from kiosk.service.result import NotAResultError, RawDecode, RawResult
from kiosk.vin import vin_of

_MAX_BYTES = 1024 * 1024  # four times what the transport takes: a bound for every caller
_LONGEST_WORDS = 500
_AROUND = " \t\r\n\0\ufeff"
_UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
_WITHIN_STRAYS = re.compile(r"[A-Z0-9](?:.*[A-Z0-9])?", re.DOTALL)
_DATE = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2}),?\s+(\d{1,2}):(\d{2}):(\d{2})\s*([AP])\.?M\.?",
    re.ASCII | re.IGNORECASE,
)
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"} | {
    first.encode(encoding): encoding for first in "<{" for encoding in ("utf-16-le", "utf-16-be")
}


def parse_answer(body: bytes) -> Answer | None:
    """Return the result in ``body``, XML or JSON as its first character tells, or None.

    None means that no complete result of the service is there: nothing, an error page, a cut or
    contradictory document, a status other than SUCCESS and FAILED. Never raises. A SUCCESS
    without a captured VIN is a result all the same (a credit is gone): ``success`` with ``text``
    and ``vin`` None. ``box`` is None unless all four numbers are there.
    """
    if len(body) > _MAX_BYTES:
        return None
    text = _text_of(body)
    try:
        if text.startswith("<"):
            return _answer(read_xml(text), body)
        return _answer(read_json(text), body)
    except NotAResultError:
        return None


def _text_of(body: bytes) -> str:
    encoding = _UTF16.get(body[:2])
    if encoding:
        return body.decode(encoding, "replace").strip(_AROUND)
    try:
        return body.decode("utf-8").strip(_AROUND)
    except UnicodeDecodeError:  # the names of some makers, from a server of the old school
        return body.decode("latin-1").strip(_AROUND)


def _answer(raw: RawResult, body: bytes) -> Answer:
    status = (raw.status or "").strip().upper()
    if status not in {"SUCCESS", "FAILED"}:
        raise NotAResultError
    success = status == "SUCCESS"
    text = _cleaned(raw.captured) if success else None
    return Answer(
        success=success,
        version=_words(raw.version),
        date=_date(raw.date),
        text=text,
        vin=vin_of(text) if text else None,
        captured=_storable(raw.captured),
        box=_box(raw),
        decode=_decode(raw.decode),
        key=_whole(raw.key),
        message=_words(raw.message),
        raw=body,
    )


def _decode(raw: RawDecode | None) -> VehicleDecode | None:
    if raw is None:
        return None
    key = _whole(raw.key)
    status = (raw.status or "").strip().upper()
    failed = key is not None or raw.message is not None  # the XML of a failure has no Status
    return VehicleDecode(
        success=status == "SUCCESS" if status else not failed,
        make=_words(raw.make),
        model=_words(raw.model),
        year=_whole(raw.year),
        key=key,
        message=_words(raw.message),
    )


def _cleaned(captured: str | None) -> str | None:
    """Strip what is no letter or digit from the ends only: inside, it would be a misread VIN."""
    match = _WITHIN_STRAYS.search((captured or "").translate(_UPPER))
    return _storable(match[0]) if match else None


def _box(raw: RawResult) -> tuple[float, float, float, float] | None:
    left, top, width, height = map(_number, (raw.left, raw.top, raw.width, raw.height))
    if left is None or top is None or width is None or height is None:
        return None
    return left, top, width, height


def _date(text: str | None) -> dt.datetime | None:
    """Read ``12/14/2015 3:23:58 PM`` or ``03/08/21 3:23:27 PM``, whatever the locale's AM is."""
    match = _DATE.fullmatch((text or "").strip())
    if match is None:
        return None
    month, day, year, hour, minute, second = (int(match[group]) for group in range(1, 7))
    if not 1 <= hour <= 12:  # noqa: PLR2004 - the hours of a twelve-hour clock
        return None
    hour = hour % 12 + (12 if match[7] in "pP" else 0)
    year += 2000 if len(match[3]) == len("yy") else 0
    try:
        return dt.datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - none is stated
    except ValueError:
        return None


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _whole(text: str | None) -> int | None:
    number = _number(text)
    if number is None or not number.is_integer() or abs(number) >= 2**31:
        return None
    return int(number)


def _words(text: str | None) -> str | None:
    """Return ``text`` as one printable line (it goes to logs and displays), None when empty."""
    if text is None:
        return None
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:_LONGEST_WORDS] or None


def _storable(text: str | None) -> str | None:
    """Replace lone surrogates, which JSON can spell and no file can hold."""
    return None if text is None else text.encode("utf-8", "replace").decode("utf-8")
