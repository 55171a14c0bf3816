"""Why an attempt failed, in words for a person: never the library's text, which may hold the URL.

The words follow the error's type; what the failure means for the money follows the phase alone.
"""

import datetime as dt
import errno
import http.client
import socket
import ssl
import zlib

from kiosk.clock import Clock
from kiosk.service.patience import StoppedError
from kiosk.service.phase import Phase
from kiosk.service.resolve import NameStalledError
from kiosk.service.wire import AnswerTooLargeError

STOPPING = "stopping"
_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}
_TOO_SLOW = {
    Phase.CONNECTING: "the service could not be reached in time",
    Phase.HEAD: "the network was too slow to send the picture",
    Phase.WAITING_ACK: "the picture's beginning was not acknowledged in time",
    Phase.EARLY: "the service answered before it had the picture, and did not finish",
    Phase.TAIL: "the picture was sent, and no answer came in time",
    Phase.ANSWER: "the picture was sent, and no answer came in time",
}
_PLAIN: tuple[tuple[type[OSError], str], ...] = (
    (NameStalledError, "the service's name was not resolved in time: is the network up?"),
    (socket.gaierror, "the service's name could not be resolved: is the network up?"),
    (ConnectionRefusedError, "the service refused the connection"),
)
# OpenSSL's X509_V_ERR_… numbers, as SSLCertVerificationError.verify_code has them.
_UNTIMELY = {9: "is not valid yet", 10: "has expired"}
_CERTIFICATE = {
    18: "is self-signed: another machine answers in the service's place, or ca_file is missing",
    19: "comes from an unknown authority: is a proxy in between, or ca_file missing?",
    20: "comes from an unknown authority: is a proxy in between, or ca_file missing?",
    21: "could not be verified: is a proxy in between, or ca_file missing?",
    62: "is for another name: another machine answers in the service's place",
    64: "is for another address: another machine answers in the service's place",
}


def words_for(error: BaseException, phase: Phase, clock: Clock | None = None) -> str:
    """Say what went wrong in ``phase``; ``clock`` is what a certificate was checked against."""
    if isinstance(error, StoppedError):
        return STOPPING
    if isinstance(error, OSError) and not isinstance(error, http.client.HTTPException):
        return _connection_words(error, phase, clock)
    if isinstance(error, (http.client.HTTPException, AnswerTooLargeError, ValueError, zlib.error)):
        return _answer_words(error, phase)
    return f"the attempt failed in an unexpected way ({type(error).__name__})"


def _connection_words(error: OSError, phase: Phase, clock: Clock | None) -> str:
    for kind, words in _PLAIN:
        if isinstance(error, kind):
            return words
    if isinstance(error, TimeoutError):
        return _TOO_SLOW.get(phase, "the attempt took too long")
    if isinstance(error, ssl.SSLError) and phase is Phase.CONNECTING:
        return _tls_words(error, clock)
    if error.errno in _NO_ROUTE:
        return "no way to the service: is the network up?"
    return _lost_words(phase)


def _tls_words(error: ssl.SSLError, clock: Clock | None) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        code = getattr(error, "verify_code", None) or 0
        if code in _UNTIMELY and clock is not None:
            return _untimely_words(_UNTIMELY[code], clock)
        why = (_UNTIMELY | _CERTIFICATE).get(code, f"was refused (OpenSSL code {code})")
        return f"the service's certificate {why}"
    reason = getattr(error, "reason", None)  # a constant of OpenSSL's; not every error has one
    return f"no secure connection could be agreed on ({reason or 'closed'})"


def _untimely_words(why: str, clock: Clock) -> str:
    """Blame the certificate only where somebody vouches for the clock that it was checked by."""
    shows = dt.datetime.fromtimestamp(clock.wall(), dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    named = f"the service's certificate {why}"
    if not clock.is_set():
        return (
            f"this machine's clock is wrong: it shows {shows}, and nothing has set it yet; the"
            " service's certificate cannot be checked until a time server is reached"
        )
    if not clock.is_synchronised():
        return f"{named}, or this machine's clock is wrong: it shows {shows}"
    return f"{named}: a time server vouches for this machine's clock"


def _lost_words(phase: Phase) -> str:
    if phase.picture_may_be_there:
        return "the picture was sent, and the connection was lost before the answer was complete"
    if phase is Phase.CONNECTING:
        return "the service closed the connection while it was made"
    return "the connection was lost before the picture was complete"


def _answer_words(error: Exception, phase: Phase) -> str:
    if isinstance(error, http.client.RemoteDisconnected):
        return _lost_words(phase)
    if isinstance(error, http.client.IncompleteRead):
        why = "was cut short"
    elif isinstance(error, AnswerTooLargeError):
        why = "was larger than any real one"
    else:
        why = "could not be read"
    if phase.picture_may_be_there:
        return f"the picture was sent, and the answer {why}"
    return f"the service answered before it had the picture, and the answer {why}"
