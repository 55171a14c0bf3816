"""A camera's user and password: Basic (RFC 7617) or Digest with MD5 (RFC 2617), as cameras do."""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Literal
from urllib.request import parse_http_list, parse_keqv_list

from kiosk.camera.simulated_stream.request import Request

_REALM = "simulated camera"
_NONCE = "5eb63bbbe01eeed093cb22bb8f5acdc3"


@dataclass(frozen=True, slots=True)
class Login:
    """Who may look, and in which manner they must say so."""

    user: str
    password: str = field(repr=False)
    manner: Literal["basic", "digest"] = "basic"

    @property
    def challenge(self) -> str:
        """The value of WWW-Authenticate."""
        if self.manner == "basic":
            return f'Basic realm="{_REALM}"'
        return f'Digest realm="{_REALM}", nonce="{_NONCE}", algorithm=MD5, qop="auth"'

    def admits(self, request: Request) -> bool:
        """Tell whether the request proves that its sender knows the password."""
        manner, _, proof = request.headers.get("Authorization", "").partition(" ")
        if manner.lower() != self.manner:
            return False
        if self.manner == "basic":
            return proof == base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return self._admits_digest(request.verb, parse_keqv_list(parse_http_list(proof)))

    def _admits_digest(self, verb: str, said: dict[str, str]) -> bool:
        identity = _md5(self.user, _REALM, self.password)
        action = _md5(verb, said.get("uri", ""))
        counted = [said["nc"], said["cnonce"], said["qop"]] if "qop" in said else []
        expected = _md5(identity, _NONCE, *counted, action)
        return said.get("username") == self.user and said.get("response") == expected


def _md5(*parts: str) -> str:
    return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()
