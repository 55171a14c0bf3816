import pytest

from kiosk.errors import UsageError
from kiosk.sandbox.faults import FAULTS, NO_FAULT, Dice


def test_without_faults_all_is_well():
    dice = Dice({})
    assert all(dice.for_request() is NO_FAULT for _ in range(50))
    assert not dice.refuses_connection()


@pytest.mark.parametrize("name", sorted(set(FAULTS) - {"refuse"}))
def test_a_certain_fault_always_strikes(name):
    dice = Dice({name: 1})
    assert {dice.for_request().name for _ in range(20)} == {name}
    assert not dice.refuses_connection()


def test_refusing_strikes_connections_and_not_requests():
    dice = Dice({"refuse": 1})
    assert dice.refuses_connection()
    assert dice.for_request() is NO_FAULT


def test_a_seed_repeats_the_throws():
    faults = {"slow": 0.3, "stall": 0.3, "key_26": 0.5}

    def throws(seed):
        dice = Dice(faults, seed)
        return [dice.for_request().name for _ in range(200)]

    assert throws(7) == throws(7) != throws(8)
    assert throws(7).count("slow") == pytest.approx(60, abs=25)
    assert set(throws(7)) == {*faults, "none"}


def test_setting_replaces_what_was_in_force():
    dice = Dice({"slow": 1})
    dice.set({"stall": 1, "slow": 0})
    assert dice.probabilities == {"stall": 1}
    dice.set({})
    assert dice.for_request() is NO_FAULT


def test_an_unknown_fault_is_told_with_all_the_names():
    dice = Dice({"slow": 1})
    with pytest.raises(UsageError) as mistake:
        dice.set({"stall": 1, "slwo": 1})
    assert "slwo" in str(mistake.value)
    assert all(name in str(mistake.value) for name in FAULTS)
    assert dice.probabilities == {"slow": 1}


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_a_probability_lies_between_nought_and_one(probability):
    with pytest.raises(UsageError, match="slow"):
        Dice({"slow": probability})
