"""Reads a result in the JSON format."""

import json
from typing import Any, NoReturn

from kiosk.service.result import NotAResultError, RawDecode, RawResult

_SERVICE = "vinbarcode"
_TELLTALES = {"vin_captured", "message_key"}  # of an envelope that does not name its service


def read_json(text: str) -> RawResult:
    """Read one JSON object; raise NotAResultError for anything but an envelope of the service.

    Numbers that JSON does not have (NaN) and keys that occur twice make it none: an answer that
    says two things is a doubt.
    """
    try:
        document = json.loads(
            text, object_pairs_hook=_object, parse_constant=_refuse_constant, strict=False
        )
    except (ValueError, RecursionError) as error:
        raise NotAResultError from error
    if not isinstance(document, dict) or not _is_ours(document):
        raise NotAResultError
    return RawResult(
        status=_text(document.get("status")),
        version=_text(document.get("version")),
        date=_text(document.get("date")),
        captured=_text(document.get("vin_captured")),
        left=_text(document.get("left")),
        top=_text(document.get("top")),
        width=_text(document.get("width")),
        height=_text(document.get("height")),
        decode=_decode(document.get("vindecode")),
        key=_text(document.get("message_key")),
        message=_text(document.get("message")),
    )


def _is_ours(document: dict[str, Any]) -> bool:
    service = document.get("service")
    if service is None:
        return bool(_TELLTALES & document.keys())
    return isinstance(service, str) and service.strip().lower() == _SERVICE


def _decode(part: object) -> RawDecode | None:
    if not isinstance(part, dict) or not part:
        return None
    return RawDecode(
        status=_text(part.get("status")),
        make=_text(part.get("make")),
        model=_text(part.get("model")),
        year=_text(part.get("year")),
        key=_text(part.get("message_key")),
        message=_text(part.get("message")),
    )


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = {name.lower(): value for name, value in pairs}
    if len(members) != len(pairs):
        raise ValueError("a key occurs twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
