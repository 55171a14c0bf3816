"""Takes the access code out of what the service sends back, before anybody keeps it.

Error pages like to repeat the URL they were asked for, and answers are kept in the ledger. An
answer is read first and redacted then: a VIN that was paid for may hold the code's characters.
"""

import re
import urllib.parse
from dataclasses import replace

from kiosk.model import Answer, VehicleDecode
from kiosk.secret import Secret

_MASK = "****"
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
_PARAMETER = re.compile(rb"(?i)(acc+esscode(?:=|%3d|&#61;|\\u003d))[^&\"'<>\s\\]+")
_SHORTEST_LITERAL = 6  # anything shorter (a sandbox's code) is in innocent text by chance
_MAY_BE_CUT = 400  # characters; an answer's words are cut somewhat above


def redacted(body: bytes, access_code: Secret, *, keep: str = "") -> bytes:
    """Return ``body`` without the access code: as a URL's parameter, and wherever it stands.

    ``keep`` is a captured text that stays whole where the code is but a part of it.
    """
    code = access_code.reveal()
    if keep != code and code in keep:
        for kept in (keep.encode(encoding) for encoding in _ENCODINGS):
            if kept in body:
                return kept.join(redacted(part, access_code) for part in body.split(kept))
    body = _PARAMETER.sub(rb"\1" + _MASK.encode(), body)
    if len(code) < _SHORTEST_LITERAL:
        return body
    for form in _forms(code):
        for encoding in _ENCODINGS:
            body = body.replace(form.encode(encoding), _MASK.encode(encoding))
    return body


def redacted_answer(answer: Answer, access_code: Secret) -> Answer:
    """Return ``answer`` with everything masked but a captured VIN, for which a credit is gone."""
    shown = replace(
        answer,
        version=_masked(answer.version, access_code),
        message=_masked(answer.message, access_code),
        decode=_masked_decode(answer.decode, access_code),
        raw=redacted(answer.raw, access_code, keep=(answer.text or "") if answer.vin else ""),
    )
    if answer.vin is not None:
        return shown
    return replace(
        shown,
        text=_masked(answer.text, access_code),
        captured=_masked(answer.captured, access_code),
    )


def _masked_decode(decode: VehicleDecode | None, access_code: Secret) -> VehicleDecode | None:
    if decode is None:
        return None
    return replace(
        decode,
        make=_masked(decode.make, access_code),
        model=_masked(decode.model, access_code),
        message=_masked(decode.message, access_code),
    )


def _masked(words: str | None, access_code: Secret) -> str | None:
    """Mask the code in ``words``, and its beginning where words that were cut end in it."""
    if words is None:
        return None
    shown = redacted(words.encode("utf-8", "replace"), access_code).decode("utf-8", "replace")
    if len(words) < _MAY_BE_CUT:
        return shown
    for form in _forms(access_code.reveal()):
        for length in range(len(form) - 1, _SHORTEST_LITERAL - 1, -1):
            if shown.endswith(form[:length]):
                return shown[:-length] + _MASK
    return shown


def _forms(code: str) -> set[str]:
    return {code, urllib.parse.quote(code, safe=""), urllib.parse.quote_plus(code)}
