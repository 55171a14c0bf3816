"""The sandbox's own addresses, which cost nothing: its books, its faults, its page."""

import dataclasses
from http import HTTPStatus

from pydantic import TypeAdapter, ValidationError

from kiosk.errors import UsageError
from kiosk.sandbox.books import Books
from kiosk.sandbox.faults import FAULTS, Dice
from kiosk.sandbox.page import page
from kiosk.sandbox.reply import Reply, json_reply, text_reply

PREFIX = "/_sandbox/"
_PROBABILITIES = TypeAdapter(dict[str, float])


@dataclasses.dataclass(frozen=True, slots=True)
class _Credits:
    credits: int


_CREDITS = TypeAdapter(_Credits)


class Control:
    """Answers ``GET /``, ``GET /_sandbox/journal``, ``GET|POST /_sandbox/faults|credits``."""

    def __init__(self, books: Books, dice: Dice) -> None:
        self._books = books
        self._dice = dice

    def answer(self, method: str, path: str, body: bytes) -> Reply:
        """Answer one request; a mistake in it is told, and changes nothing."""
        known = {
            ("GET", "/"): self._page,
            ("GET", f"{PREFIX}journal"): self._journal,
            ("GET", f"{PREFIX}faults"): self._faults,
            ("POST", f"{PREFIX}faults"): self._set_faults,
            ("GET", f"{PREFIX}credits"): self._credits,
            ("POST", f"{PREFIX}credits"): self._set_credits,
        }
        action = known.get(("GET" if method == "HEAD" else method, path))
        if action is None:
            allowed = ", ".join(verb for verb, known_path in known if known_path == path)
            return not_found() if not allowed else not_allowed(allowed)
        try:
            return action(body)
        except ValidationError:
            return text_reply(HTTPStatus.BAD_REQUEST, 'send JSON: {"FAULT": 0.5} or {"credits": 9}')
        except UsageError as error:
            return text_reply(HTTPStatus.BAD_REQUEST, str(error))

    def _page(self, _body: bytes) -> Reply:
        headers = (("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),)
        return Reply(HTTPStatus.OK, page().encode(), "text/html; charset=utf-8", headers)

    def _journal(self, _body: bytes) -> Reply:
        return json_reply(dataclasses.asdict(self._books.journal()))

    def _faults(self, _body: bytes) -> Reply:
        known = [
            {
                "name": fault.name,
                "what": fault.what,
                "when": fault.stage.value,
                "charges": fault.charges,
            }
            for fault in FAULTS.values()
        ]
        return json_reply({"faults": self._dice.probabilities, "known": known})

    def _set_faults(self, body: bytes) -> Reply:
        self._dice.set(_PROBABILITIES.validate_json(body))
        return json_reply({"faults": self._dice.probabilities})

    def _credits(self, _body: bytes) -> Reply:
        return json_reply({"credits": self._books.journal().credits})

    def _set_credits(self, body: bytes) -> Reply:
        self._books.set_credits(_CREDITS.validate_json(body).credits)
        return self._credits(body)


def not_found() -> Reply:
    """Answer for an address that is not there."""
    return text_reply(HTTPStatus.NOT_FOUND, "nothing lives here")


def not_allowed(allowed: str) -> Reply:
    """Answer for an address that is there for other methods."""
    reason = f"this address takes {allowed}"
    return text_reply(HTTPStatus.METHOD_NOT_ALLOWED, reason, ("Allow", allowed))
