"""Takes the access code out of what the service sends back, before anybody keeps it.

Error pages like to repeat the URL they were asked for, and answers are kept in the ledger.
"""

import re
import urllib.parse

from kiosk.secret import Secret

_MASK = b"****"
_PARAMETER = re.compile(rb"(?i)(acc+esscode(?:=|%3d|&#61;|\\u003d))[^&\"'<>\s\\]+")
_SHORTEST_LITERAL = 6  # anything shorter (a sandbox's code) is in innocent text by chance


def redacted(body: bytes, access_code: Secret) -> bytes:
    """Return ``body`` without the access code: as a URL's parameter, and wherever it stands."""
    code = access_code.reveal()
    body = _PARAMETER.sub(rb"\1" + _MASK, body)
    if len(code) < _SHORTEST_LITERAL:
        return body
    for form in {code, urllib.parse.quote(code, safe=""), urllib.parse.quote_plus(code)}:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            body = body.replace(form.encode(encoding), _MASK.decode().encode(encoding))
    return body
