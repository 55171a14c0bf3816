"""One attempt at the recognition service: exactly one request, a typed outcome, no retries."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk.clock import Clock
from kiosk.errors import ConfigError
from kiosk.model import AttemptOutcome, NeverSent
from kiosk.secret import Secret
from kiosk.service.connection import Line, tls_context
from kiosk.service.held import HeldRequest
from kiosk.service.patience import Patience, StoppedError
from kiosk.service.phase import Phase
from kiosk.service.reasons import words_for
from kiosk.service.request import build_request, checked_url
from kiosk.service.tail import HeldTailAdapter, Limits, Meanwhile

_DEFAULT_PORTS = {"http": 80, "https": 443}


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


class ServiceClient:
    """The paid service; one thread at a time may use it.

    While ``attempt`` waits for an answer, ``prepare`` may get a second request ready.
    """

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
        held: HeldRequest | None = None,
        meanwhile: Meanwhile | None = None,
    ) -> AttemptOutcome:
        """Send ``crop`` (``image_format``: png, jpeg, gif or bmp) once and say how it ended.

        ``cross`` is called at most once, when all but the picture's last bytes is acknowledged
        and no answer came: what it raises propagates unchanged, with the tail unsent and the
        connection closed. ``stopping`` ends the attempt before that point as
        NeverSent(by_us); after it the answer is waited for. ``held`` is this very request as
        ``prepare`` left it. ``meanwhile`` is called once the tail has left, and must not raise.
        Raises PictureError, before anything is sent, for a crop of 64 bytes or less or a format the
        service does not take.
        """
        ready = held or self.prepare(crop, image_format, cross=cross, stopping=stopping)
        return ready if isinstance(ready, NeverSent) else ready.finish(meanwhile)

    def prepare(
        self,
        crop: bytes,
        image_format: str,
        *,
        cross: Callable[[], None],
        stopping: threading.Event,
        in_the_way: Callable[[], bool] | None = None,
    ) -> HeldRequest | NeverSent:
        """Do the first half of an attempt, up to ``cross``; or say how it ended before that.

        ``in_the_way`` is asked at every wait, and ends it as ``stopping`` does. Raises as
        ``attempt``. What is held must be finished by ``attempt``, or closed.
        """
        try:
            access_code = self._present_code()
        except (ConfigError, OSError) as error:
            return NeverSent(_no_code_words(error))
        request = build_request(
            self._settings.url, self._settings.query(), access_code, crop, image_format
        )
        adapter = HeldTailAdapter(
            self._line,
            self._limits,
            self._clock,
            crop,
            cross=cross,
            stopping=stopping,
            in_the_way=in_the_way,
        )
        held = HeldRequest(adapter, request, access_code, self._clock)
        return held.prepare() or held

    def probe(self, stopping: threading.Event | None = None) -> NeverSent | None:
        """Open a connection (TCP and TLS), send nothing; None when that worked."""
        try:
            self._line.open(Patience(self._clock, self._limits.connect_s, stopping)).close()
        except (OSError, UnicodeError, StoppedError) as error:
            words = words_for(error, Phase.CONNECTING, self._clock)
            return NeverSent(words, by_us=isinstance(error, StoppedError))
        return None

    def _present_code(self) -> Secret:
        given = self._access_code
        return given if isinstance(given, Secret) else given()


def _no_code_words(error: ConfigError | OSError) -> str:
    why = str(error) if isinstance(error, ConfigError) else error.strerror or "no reason given"
    return f"the access code cannot be read, nothing was sent ({why})"
