"""A request whose tail is held back: what becomes of it once it may leave, or must not."""

from collections.abc import Callable

import requests

from kiosk.clock import Clock
from kiosk.model import Answered, AttemptOutcome, NeverSent, Refused, Unknown
from kiosk.secret import Secret
from kiosk.service.answer import parse_answer
from kiosk.service.patience import StoppedError
from kiosk.service.phase import Phase, Progress
from kiosk.service.reasons import words_for
from kiosk.service.redact import redacted, redacted_answer
from kiosk.service.reply import retry_after_s
from kiosk.service.request import HEADERS
from kiosk.service.tail import HeldTailAdapter, Meanwhile

_REFUSALS = {
    400: "the service refused the request as wrong",
    401: "the service refused the access code",
    403: "the service refused access",
    404: "the service knows no such address: is service.url right?",
    413: "the service refused the picture as too large",
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


class HeldRequest:
    """One request, once: ``prepare``, then ``finish``; or ``close``, and its tail never leaves."""

    def __init__(
        self,
        adapter: HeldTailAdapter,
        request: requests.Request,
        access_code: Secret,
        clock: Clock,
    ) -> None:
        self._adapter = adapter
        self._access_code = access_code
        self._clock = clock
        self._session = _OneShotSession(adapter)
        self._request = self._session.prepare_request(request)

    @property
    def is_waiting(self) -> bool:
        """Tell whether only the tail is missing, and no answer or end came before it."""
        return self._adapter.is_waiting

    def prepare(self) -> NeverSent | None:
        """Send all but the tail and cross; return how it ended, where it did.

        What ``cross`` raises propagates unchanged.
        """
        try:
            self._adapter.prepare(self._request)
        except Exception as raised:
            if self._progress.phase is Phase.CROSSING:
                raise
            return self._never_sent(raised)
        return None

    def read_early(self, in_the_way: Callable[[], bool]) -> bool:
        """Read what came before the tail; False where something better was ``in_the_way``.

        ``finish`` goes by it, or reads it then: nothing of it is lost.
        """
        return self._adapter.read_early(in_the_way)

    def finish(self, meanwhile: Meanwhile | None = None) -> AttemptOutcome:
        """Send the tail, do something ``meanwhile`` (it must not raise), and read the answer."""
        self._adapter.meanwhile = meanwhile
        try:
            response = self._session.send(self._request, allow_redirects=False)
        except Exception as raised:  # noqa: BLE001 - every end of an attempt is an outcome
            return self._failed(self._progress.error or raised)
        finally:
            # It may hold the next request, as that one's holds the one after it: a whole backlog.
            self._adapter.meanwhile = None
            self.close()
        return self._outcome(response)

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    @property
    def _progress(self) -> Progress:
        return self._adapter.progress

    def _failed(self, error: BaseException) -> NeverSent | Unknown:
        phase = self._progress.phase
        if phase.picture_may_be_there:
            return Unknown(words_for(error, phase, self._clock))
        return self._never_sent(error)

    def _never_sent(self, error: BaseException) -> NeverSent:
        phase = self._progress.phase
        return NeverSent(
            words_for(error, phase, self._clock),
            crossed=phase.is_written_down,
            by_us=isinstance(error, StoppedError),
        )

    def _outcome(self, response: requests.Response) -> AttemptOutcome:
        progress, status = self._progress, response.status_code
        early, crossed = not progress.phase.picture_may_be_there, progress.phase.is_written_down
        answer = parse_answer(response.content) if progress.error is None else None
        if answer is not None:
            shown = redacted_answer(answer, self._access_code)
            return Answered(shown, status, early=early, crossed=crossed)
        body = redacted(response.content, self._access_code)
        if early:
            headers = {name.lower(): value for name, value in response.headers.items()}
            return NeverSent(
                f"the service answered {status} before it had the picture",
                status,
                retry_after_s(headers, self._clock),
                crossed=crossed,
            )
        if progress.error is not None:
            return Unknown(words_for(progress.error, progress.phase, self._clock), status, body)
        if status in _REFUSALS:
            return Refused(_REFUSALS[status], status)
        return Unknown(f"the service answered {status} without a result", status, body)
