"""Mistakes in how a picture is sent."""

import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import requests

from kiosk.model import Answered, AttemptOutcome, Settlement, Unknown
from kiosk.service import endings
from kiosk.service.answer import parse_answer
from kiosk.service.client import ServiceClient
from kiosk.service.outcome import settle_with
from kiosk.service.patience import Patience
from kiosk.service.phase import Phase
from kiosk.service.request import Parcel
from kiosk.service.tail import HeldTailAdapter
from kiosk.service.wire import Wire
from mutants.put import Put

_TRIES = 3


def tail(put: Put) -> None:
    """Hold nothing back: the whole picture leaves with the head."""
    build = Parcel.__init__

    def whole(parcel: Parcel, *args: object) -> None:
        build(parcel, *args)
        parcel.head, parcel.tail = parcel.head + parcel.tail, b""

    put(Parcel, "__init__", whole)


def late(put: Put) -> None:
    """Write the point of no return down once the answer is there, instead of before the tail."""
    read = HeldTailAdapter._read

    def read_and_cross(
        adapter: HeldTailAdapter, wire: Wire, patience: Patience
    ) -> requests.Response:
        if adapter.progress.phase is not Phase.ANSWER:
            return read(adapter, wire, patience)
        try:
            return read(adapter, wire, patience)
        finally:
            adapter._cross()

    put(HeldTailAdapter, "_write_down", lambda _adapter: None)
    put(HeldTailAdapter, "_read", read_and_cross)


def retry(put: Put) -> None:
    """Try once more where nobody knows how it ended, as libraries offer to."""
    attempt = ServiceClient.attempt

    def twice(
        client: ServiceClient,
        crop: bytes,
        image_format: str,
        *,
        cross: Callable[[], None],
        stopping: threading.Event,
        **more: Any,
    ) -> AttemptOutcome:
        outcome = attempt(client, crop, image_format, cross=cross, stopping=stopping, **more)
        if isinstance(outcome, Unknown):
            outcome = attempt(client, crop, image_format, cross=lambda: None, stopping=stopping)
        return outcome

    put(ServiceClient, "attempt", twice)


def naive(put: Put) -> None:
    """Post with `requests`, and again on any error: the client that everybody writes first."""

    def post(
        client: ServiceClient,
        crop: bytes,
        image_format: str,
        *,
        cross: Callable[[], None],
        stopping: threading.Event,
        **_more: object,
    ) -> AttemptOutcome:
        cross()
        settings = client._settings
        query = {"accesscode": client._present_code().reveal(), **settings.query()}
        for _ in range(_TRIES):
            with contextlib.suppress(requests.RequestException):
                response = requests.post(
                    settings.url,
                    params=query,
                    files={"image": (f"label.{image_format}", crop)},
                    timeout=settings.answer_timeout_s,
                    verify=str(settings.ca_file) if settings.ca_file else True,
                )
                answer = parse_answer(response.content)
                if answer is not None:
                    return Answered(answer, response.status_code, early=False, crossed=True)
        return Unknown(f"{_TRIES} tries failed")

    put(ServiceClient, "attempt", post)


def leak(put: Put) -> None:
    """Log the address of each request, for whoever looks for a fault."""
    send = HeldTailAdapter.send

    def talkative(
        adapter: HeldTailAdapter, request: requests.PreparedRequest, *args: object, **more: object
    ) -> requests.Response:
        logging.getLogger("kiosk.service").debug("asking %s", request.url)
        return send(adapter, request, *args, **more)

    put(HeldTailAdapter, "send", talkative)


def unpaused(put: Put) -> None:
    """Take an empty account for one more refusal that passes by itself."""

    def settle(outcome: AttemptOutcome) -> Settlement:
        return replace(settle_with(outcome), pause=None)

    put(endings, "settle_with", settle)
