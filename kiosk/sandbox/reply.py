"""An HTTP answer, as bytes."""

import json
from dataclasses import dataclass
from http import HTTPStatus

_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, body and the few header fields the sandbox ever sends."""

    status: HTTPStatus
    body: bytes
    content_type: str = _TEXT
    headers: tuple[tuple[str, str], ...] = ()

    def head(self, *, keep_alive: bool) -> bytes:
        """Write the status line and the header fields, with the empty line."""
        fields = (
            ("Content-Type", self.content_type),
            ("Content-Length", str(len(self.body))),
            ("Connection", "keep-alive" if keep_alive else "close"),
            *self.headers,
        )
        lines = [f"HTTP/1.1 {self.status.value} {self.status.phrase}"]
        lines += [f"{name}: {value}" for name, value in fields]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def text_reply(status: HTTPStatus, text: str, *headers: tuple[str, str]) -> Reply:
    """Make an answer of one line for a person."""
    return Reply(status, f"{text}\n".encode(), headers=headers)


def json_reply(value: object, status: HTTPStatus = HTTPStatus.OK) -> Reply:
    """Make an answer for a program."""
    body = json.dumps(value, indent=1).encode() + b"\n"
    return Reply(status, body, "application/json; charset=utf-8")
