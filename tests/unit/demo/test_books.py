import pytest

from kiosk.demo.books import Press, balance
from kiosk.demo.plot import Expectation
from kiosk.model import Scan, ScanOutcome, State, Submission

VIN = "1M8GDM9AXKP042788"
EXPECTED = Expectation(outcome="vin", state="recognized", credits=1, says="OK", light="green")
SCAN = Scan("button", ScanOutcome.VIN, vin=VIN, id=1, submission_id=7)
ROW = Submission(7, 7, State.RECOGNIZED, "ab" * 32, None, vin=VIN, local_vin=VIN, credits=1)
PAID = {"requests": [{"sha256": "ab" * 32, "charged": True}], "credits": 9}


def press(**changes):
    facts = {"expected": EXPECTED, "vin": VIN, "scan": SCAN, "said": True} | changes
    colours = facts.get("colours", ("yellow", "green"))
    return Press(
        1, "Ford", facts["expected"], facts["vin"], facts["scan"], facts["said"], colours, 0.1, 0.2
    )


def test_all_as_expected():
    lines, wrong = balance([press()], {7: ROW}, PAID)
    assert wrong == []
    assert (lines[0].vin, lines[0].credits, lines[0].how) == (VIN, 1, "here+service")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"expected": EXPECTED.model_copy(update={"credits": 0})}, "1 credits, expected 0"),
        ({"expected": EXPECTED.model_copy(update={"state": State.IN_DOUBT})}, "expected in_doubt"),
        ({"expected": EXPECTED.model_copy(update={"outcome": ScanOutcome.NONE})}, "expected none"),
        ({"vin": "11111111111111111"}, "on the label stands 11111111111111111"),
        ({"vin": None}, "on the label stands None"),
        ({"scan": None}, "outcome None, expected vin"),
        ({"said": False}, "never said 'OK'"),
        ({"colours": ("yellow",)}, "the light never was green"),
    ],
)
def test_every_alteration_is_noticed(changes, words):
    _, wrong = balance([press(**changes)], {7: ROW}, PAID)
    assert any(words in fault for fault in wrong), wrong


@pytest.mark.parametrize(
    ("requests", "words"),
    [
        ([], "the service took 0"),
        ([*PAID["requests"], {"sha256": "cd" * 32, "charged": True}], "the service took 2"),
        (PAID["requests"] * 2, "was paid for 2 times"),
    ],
)
def test_the_services_books_must_agree(requests, words):
    _, wrong = balance([press()], {7: ROW}, {"requests": requests})
    assert any(words in fault for fault in wrong), wrong
