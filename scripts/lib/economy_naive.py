"""The straightforward client on the economy's day: the service document's sample, and retries.

Its upload is the document's Python sample for JSON with what a programmer adds first: a time-out,
and up to three tries where no answer could be read. It has no memory: what it did not get an answer
to is gone when it ends.
"""

import heapq
import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import requests
from economy_channel import ACCOUNT, Service
from economy_day import Day, Visit
from economy_pictures import Gallery, Picture

from kiosk.sandbox.result import NO_BALANCE

TRIES = 3
TIMEOUT_S = 30.0
PAUSE_S = 1.0  # between two tries
_TELL_PRESSES = 200

Answer = dict[str, object]


@dataclass(frozen=True, slots=True)
class Press:
    """One press, and what came of it: the answer, or None where the client gave up."""

    visit: Visit | None
    picture: Picture
    answer: Answer | None

    @property
    def vin(self) -> str | None:
        """The VIN captured."""
        said = self.answer or {}
        return str(said["vin_captured"]) if said.get("status") == "SUCCESS" else None

    @property
    def is_record(self) -> bool:
        """Tell whether it left anything: a result, and not that the account is empty."""
        return self.answer is not None and self.answer.get("message_key") != NO_BALANCE


def upload(url: str, jpeg: bytes) -> Answer | None:
    """Upload a whole frame as the document's sample does; None where no result can be read."""
    query = {"accesscode": "economy", "vindecode": "TRUE", "format": "JSON"}
    try:
        with requests.Session() as session:
            session.trust_env = False
            images = {"image": ("frame.jpg", io.BytesIO(jpeg))}
            answer = session.post(url, params=query, files=images, timeout=TIMEOUT_S)
        result: Answer = answer.json()
    except requests.RequestException:
        return None
    return result


def run_day(
    day: Day, gallery: Gallery, service: Service, tell: Callable[[str], None]
) -> list[Press]:
    """Let the client live through the day's presses of button mode; a press waits for no other."""
    service.open()
    client = _Client(day, gallery, service)
    for visit in day.visits:
        for number, at in enumerate(visit.presses):
            client.plan(at, visit, number)
    for number, at in enumerate(day.empty_presses):
        client.plan(at, None, number)
    client.live(tell)
    return client.done


@dataclass(frozen=True, slots=True, order=True)
class _Try:
    """An upload that is due; of the same time the one that was planned first."""

    at: float
    order: int
    visit: Visit | None = field(compare=False)
    exposure: int = field(compare=False)
    left: int = field(compare=False)  # tries after this one


class _Client:
    """Tries in the order of their times, the day's troubles between them."""

    def __init__(self, day: Day, gallery: Gallery, service: Service) -> None:
        self.done: list[Press] = []
        self._gallery = gallery
        self._service = service
        self._tries: list[_Try] = []
        self._order = itertools.count()
        self._outages = list(day.outages)
        self._back_at: float | None = None  # while the service is out of reach
        self._troubles = [(day.empty_account.begins, 0), (day.empty_account.ends, ACCOUNT)]
        self._deaths = {death.visit: death.down_s for death in day.deaths}

    def plan(self, at: float, visit: Visit | None, exposure: int, left: int = TRIES - 1) -> None:
        """Upload what the camera sees at this press, when it is time."""
        heapq.heappush(self._tries, _Try(at, next(self._order), visit, exposure, left))

    def live(self, tell: Callable[[str], None]) -> None:
        """Upload all that is planned, and what it leads to."""
        planned = len(self._tries)
        while self._tries:
            self._make(heapq.heappop(self._tries))
            if len(self.done) % _TELL_PRESSES == 0:
                tell(f"straightforward client: {len(self.done)} of {planned} presses")

    def _make(self, due: _Try) -> None:
        visit, picture = due.visit, self._gallery.picture(due.visit, due.exposure)
        is_lost = self._follow(due.at)
        answer = upload(self._service.url, picture.path.read_bytes())
        if is_lost:  # from now on nobody answers
            self._service.close()
        if visit is not None and visit.number in self._deaths:
            # It ends while it waits for the answer; who pressed presses again when it is back.
            down_s = self._deaths.pop(visit.number)
            self.plan(due.at + down_s, visit, due.exposure + 1)
            self.done.append(Press(visit, picture, None))
        elif answer is None and due.left > 0:
            # What would be refused at once here is, on a dead line, waited for.
            self.plan(due.at + TIMEOUT_S + PAUSE_S, visit, due.exposure, due.left - 1)
        else:
            self.done.append(Press(visit, picture, answer))

    def _follow(self, at: float) -> bool:
        """Let the service be where it is at ``at``; True where this request's answer is lost."""
        if self._back_at is not None:
            if at < self._back_at:
                return False
            self._back_at = None
            self._service.open()
        while self._troubles and at >= self._troubles[0][0]:
            self._service.set_credits(self._troubles.pop(0)[1])
        if not self._outages or at < self._outages[0].begins:
            return False
        outage = self._outages.pop(0)
        self._back_at = at + outage.ends - outage.begins
        self._service.lose_answers()
        return True
