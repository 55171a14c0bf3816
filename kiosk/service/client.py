"""One attempt at the recognition service: exactly one request, a typed outcome, no retries."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests

from kiosk.clock import Clock
from kiosk.errors import ConfigError
from kiosk.model import Answered, AttemptOutcome, NeverSent, Refused, Unknown
from kiosk.secret import Secret
from kiosk.service.answer import parse_answer
from kiosk.service.connection import Line, tls_context
from kiosk.service.patience import Patience, StoppedError
from kiosk.service.phase import Phase, Progress
from kiosk.service.reasons import words_for
from kiosk.service.redact import redacted, redacted_answer
from kiosk.service.reply import retry_after_s
from kiosk.service.request import HEADERS, build_request, checked_url
from kiosk.service.tail import HeldTailAdapter, Limits

_DEFAULT_PORTS = {"http": 80, "https": 443}
_REFUSALS = {
    400: "the service refused the request as wrong",
    401: "the service refused the access code",
    403: "the service refused access",
    404: "the service knows no such address: is service.url right?",
    413: "the service refused the picture as too large",
}


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """Where the service is and what is asked of it. Raises ValueError for what cannot work."""

    url: str  # http:// or https://, without a query of its own
    save_image: bool = False
    vin_decode: bool = True
    format: str = "json"  # "json" | "xml"
    ca_file: Path | None = None  # instead of the bundle that comes with requests
    connect_timeout_s: float = 10
    answer_timeout_s: float = 60

    def __post_init__(self) -> None:
        checked_url(self.url)
        if self.format.lower() not in {"json", "xml"}:
            raise ValueError("service.format must be json or xml")
        if not (self.connect_timeout_s > 0 and self.answer_timeout_s > 0):
            raise ValueError("the time-outs of the service must be above 0")

    @property
    def longest_attempt_s(self) -> float:
        """How long an attempt may take at most, the ledger's own time apart."""
        reading_s = max(self.connect_timeout_s, self.answer_timeout_s)
        return self.connect_timeout_s + self.answer_timeout_s + reading_s

    def query(self) -> dict[str, str]:
        """Return the parameters, in the spelling of the service's document."""
        return {
            "saveimage": "TRUE" if self.save_image else "FALSE",
            "vindecode": "TRUE" if self.vin_decode else "FALSE",
            "format": self.format.upper(),
        }


class _OneShotSession(requests.Session):
    """A session without environment and redirects."""

    def __init__(self, adapter: HeldTailAdapter) -> None:
        super().__init__()
        self.trust_env = False
        self.headers.clear()
        self.headers.update(HEADERS)
        self.adapters.clear()
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Never: a redirected picture would be paid for twice, or by nobody knows whom.

        Without this, requests would still work out where a redirect would go, and stumble.
        """
        return None


class ServiceClient:
    """The paid service, asked once at a time. One thread at a time may use it."""

    def __init__(
        self,
        settings: ServiceSettings,
        access_code: Secret | Callable[[], Secret],
        clock: Clock,
    ) -> None:
        """Prepare; nothing is connected. Raises UsageError for an unusable ``ca_file``.

        A callable is asked for the access code at each attempt, so that a corrected one is used
        without a restart; it may raise ConfigError or OSError, whose text holds nothing of it.
        """
        parts = checked_url(settings.url)
        scheme = parts.scheme.lower()
        self._settings = settings
        self._access_code = access_code
        self._clock = clock
        self._limits = Limits(settings.connect_timeout_s, settings.answer_timeout_s)
        self._line = Line(
            parts.hostname or "",
            parts.port or _DEFAULT_PORTS[scheme],
            tls_context(settings.ca_file) if scheme == "https" else None,
        )

    def attempt(
        self,
        crop: bytes,
        image_format: str,
        *,
        cross: Callable[[], None],
        stopping: threading.Event,
    ) -> AttemptOutcome:
        """Send ``crop`` (``image_format``: png, jpeg, gif or bmp) once and say how it ended.

        ``cross`` is called at most once, when all but the picture's last bytes is acknowledged
        and no answer came: what it raises propagates unchanged, with the tail unsent and the
        connection closed. ``stopping`` ends the attempt before that point as
        NeverSent("stopping"); after it the answer is waited for. Raises PictureError, before
        anything is sent, for a crop of 64 bytes or less or a format the service does not take.
        """
        try:
            access_code = self._present_code()
        except (ConfigError, OSError) as error:
            return NeverSent(_no_code_words(error))
        request = build_request(
            self._settings.url, self._settings.query(), access_code, crop, image_format
        )
        adapter = HeldTailAdapter(
            self._line, self._limits, self._clock, crop, cross=cross, stopping=stopping
        )
        progress = adapter.progress
        with _OneShotSession(adapter) as session:
            prepared = session.prepare_request(request)
            try:
                response = session.send(prepared, allow_redirects=False)
            except Exception as raised:
                if progress.phase is Phase.CROSSING:
                    raise
                return _failed(progress, progress.error or raised)
        return self._outcome(progress, response, access_code)

    def probe(self, stopping: threading.Event | None = None) -> NeverSent | None:
        """Open a connection (TCP and TLS), send nothing; None when that worked."""
        try:
            self._line.open(Patience(self._clock, self._limits.connect_s, stopping)).close()
        except (OSError, UnicodeError, StoppedError) as error:
            return NeverSent(words_for(error, Phase.CONNECTING))
        return None

    def _present_code(self) -> Secret:
        given = self._access_code
        return given if isinstance(given, Secret) else given()

    def _outcome(
        self, progress: Progress, response: requests.Response, access_code: Secret
    ) -> AttemptOutcome:
        status = response.status_code
        early = not progress.phase.picture_may_be_there
        answer = parse_answer(response.content) if progress.error is None else None
        if answer is not None:
            shown = redacted_answer(answer, access_code)
            return Answered(shown, status, early=early, crossed=progress.phase.is_written_down)
        body = redacted(response.content, access_code)
        if early:
            headers = {name.lower(): value for name, value in response.headers.items()}
            return NeverSent(
                f"the service answered {status} before it had the picture",
                status,
                retry_after_s(headers, self._clock),
                crossed=progress.phase.is_written_down,
            )
        if progress.error is not None:
            return Unknown(words_for(progress.error, progress.phase), status, body)
        if status in _REFUSALS:
            return Refused(_REFUSALS[status], status)
        return Unknown(f"the service answered {status} without a result", status, body)


def _no_code_words(error: ConfigError | OSError) -> str:
    why = str(error) if isinstance(error, ConfigError) else error.strerror or "no reason given"
    return f"the access code cannot be read, nothing was sent ({why})"


def _failed(progress: Progress, error: BaseException) -> NeverSent | Unknown:
    words = words_for(error, progress.phase)
    if progress.phase.picture_may_be_there:
        return Unknown(words)
    return NeverSent(words, crossed=progress.phase.is_written_down)
