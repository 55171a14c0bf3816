"""A ledger on disk, pictures whose content the test names, and a service that answers at once."""

import cv2
import numpy as np
import pytest

from kiosk.clock import ManualClock
from kiosk.control.decisions import Surroundings
from kiosk.control.operations import Operations
from kiosk.ledger.ledger import Ledger
from kiosk.model import Answer, Claim, Crop, Reading, Settlement, State, Verdict

VIN = "1M8GDM9AXKP042788"
OTHER_VIN = "5GZCZ43D13S812715"


class LabelledPictures:
    """Makes pictures and says of each what it was made to say, as a prefilter would."""

    def __init__(self):
        self._readings = []

    def make(self, reading):
        self._readings.append(reading)
        grey = np.full((16, 16), len(self._readings) - 1, np.uint8)
        return cv2.imencode(".png", grey)[1].tobytes()

    def examine(self, image):
        return self._readings[int(image.flat[0])]

    def vin(self, vin=VIN):
        return self.make(Reading(Verdict.VIN, f"I{vin}", vin, 0.99, "code39", crop=crop(vin)))

    def unread(self, name="unread"):
        return self.make(Reading(Verdict.UNREAD, symbology="code39", crop=crop(name)))


def crop(content):
    return Crop(content.encode() * 20, 300, 40, "png")


class AnsweringService:
    """Stands where the uploader stands: `answer` makes one attempt, and says what came of it."""

    def __init__(self, ledger):
        self.ledger = ledger
        self.woken = []
        self.people_resumed = 0

    def notify(self, *, live=False):
        self.woken.append(live)

    def resumed(self):
        self.people_resumed += 1

    def answer(self, state=State.RECOGNIZED, vin=VIN, reason=""):
        claim = self.ledger.claim()
        assert isinstance(claim, Claim), claim
        self.ledger.commit_tail(claim)
        good = state is State.RECOGNIZED
        answer = Answer(True, text=vin, vin=vin) if good else None
        credit = int(state in {State.RECOGNIZED, State.UNRECOGNIZED})
        return self.ledger.settle(claim, Settlement(state, reason, credit, answer=answer))


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def ledger(tmp_path, clock):
    with Ledger.open(tmp_path / "state", clock) as opened:
        yield opened


@pytest.fixture
def pictures():
    return LabelledPictures()


@pytest.fixture
def service(ledger):
    return AnsweringService(ledger)


@pytest.fixture
def operations(ledger, pictures, clock, service):
    return Operations(
        ledger,
        pictures,
        clock,
        upload_when="located",
        surroundings=Surroundings(sender=service),
    )


@pytest.fixture
def submit(operations):
    def submit_one(data, file_name="front.jpg", *, hurry=True, pay_again=False):
        return operations.submit(data, file_name, hurry=hurry, pay_again=pay_again)

    return submit_one


@pytest.fixture
def crops():
    return crop
