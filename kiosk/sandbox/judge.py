"""What a whole request deserves: a result, or an HTTP status without one."""

from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus

from kiosk.sandbox.asked import Asked
from kiosk.sandbox.decode import decode
from kiosk.sandbox.multipart import Upload
from kiosk.sandbox.reader import capture
from kiosk.sandbox.result import (
    NO_IMAGE,
    NOT_RECOGNIZED,
    PARAMETER_MISSING,
    Failed,
    Recognized,
    Result,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``charges``: whether it costs a credit. Without a result ``reason`` says why."""

    result: Result | None
    charges: bool
    status: HTTPStatus = HTTPStatus.OK
    reason: str = ""


def judge(asked: Asked, upload: Upload, codes: Collection[str] | None) -> Verdict:
    """Judge a whole request as the document says, and where it is silent, as decided here.

    - No access code: key 29. Free, for nobody is there who could be charged.
    - A wrong one (only with ``codes``): HTTP 401 without a result.
    - Several files, or a body that breaks off: HTTP 400 without a result.
    - All else is a complete result and costs a credit: no file (key 25), a file that is no
      picture or in which nothing is read (key 26), success.
    """
    if not asked.access_code:
        return Verdict(Failed(PARAMETER_MISSING), charges=False)
    if codes is not None and asked.access_code.reveal() not in codes:
        return _refused(HTTPStatus.UNAUTHORIZED, "this access code is not known")
    if not upload.closed:
        return _refused(HTTPStatus.BAD_REQUEST, "the form data has no end")
    if len(upload.files) > 1:
        return _refused(HTTPStatus.BAD_REQUEST, "only one file may be sent")
    return Verdict(_result_of(asked, upload), charges=True)


def _result_of(asked: Asked, upload: Upload) -> Result:
    if not upload.files:
        return Failed(NO_IMAGE)
    captured = capture(upload.files[0].data)
    if captured is None:
        return Failed(NOT_RECOGNIZED)
    return Recognized(captured, decode(captured.text) if asked.vin_decode else None)


def _refused(status: HTTPStatus, reason: str) -> Verdict:
    return Verdict(None, charges=False, status=status, reason=reason)
