"""Every way to misbehave that the sandbox knows, through the real uploader: plain and TLS."""

import mutants
import pytest
from service_run import ServiceRun

from kiosk.model import PauseReason, State
from kiosk.sandbox.faults import FAULTS
from kiosk.sandbox.server import Sandbox
from kiosk.service.wire import Wire
from kiosk.vin import check_digit_of

RECOGNIZED, UNRECOGNIZED = {State.RECOGNIZED}, {State.UNRECOGNIZED}
DOUBT, REJECTED, QUEUED = {State.IN_DOUBT}, {State.REJECTED}, {State.QUEUED}
# Whether the service's word or the picture's last bytes are sooner is a race, and both ends are
# right: what matters is that the books agree.
EITHER = QUEUED | DOUBT
CONFIGURATION, BALANCE = PauseReason.CONFIGURATION, PauseReason.BALANCE
TABLE = {
    "refuse": (EITHER, None),
    "early_503": (EITHER, None),
    "early_429": (EITHER, None),
    "early_401": (QUEUED, CONFIGURATION),
    "early_413": (REJECTED, None),
    "early_result": (UNRECOGNIZED, None),
    "early_success": (RECOGNIZED, None),
    "early_key_23": (QUEUED, BALANCE),
    "reset_before_tail": (EITHER, None),
    "stall_before_tail": (EITHER, None),
    "reset_after_tail": (DOUBT, None),
    "reset_uncharged": (DOUBT, None),
    "stall": (DOUBT, None),
    "cut_answer": (DOUBT, None),
    "garbage": (DOUBT, None),
    "huge_answer": (DOUBT, None),
    "slow": (RECOGNIZED, None),
    "one_at_a_time": (RECOGNIZED, None),
    "wrong_vin": (RECOGNIZED, None),
    "stray_character": (RECOGNIZED, None),
    "result_500": (RECOGNIZED, None),
    "charged_502": (DOUBT, None),
    "echo": (DOUBT, None),
    "redirect": (DOUBT, None),
    "redirect_301": (DOUBT, None),
    "redirect_303": (DOUBT, None),
    "redirect_307": (DOUBT, None),
    "redirect_308": (DOUBT, None),
    "http_429": (DOUBT, None),
    "http_500": (DOUBT, None),
    "http_502": (DOUBT, None),
    "http_503": (DOUBT, None),
    "status_400": (QUEUED, CONFIGURATION),
    "status_401": (QUEUED, CONFIGURATION),
    "status_403": (QUEUED, CONFIGURATION),
    "status_404": (QUEUED, CONFIGURATION),
    "status_413": (REJECTED, None),
    "key_0": (UNRECOGNIZED, None),
    "key_23": (QUEUED, BALANCE),
    "key_25": (REJECTED, None),
    "key_26": (UNRECOGNIZED, None),
    "key_27": (UNRECOGNIZED, None),
    "key_29": (QUEUED, CONFIGURATION),
}
VIN = "1M8GDM9AXKP042788"
# One that asks for a second's patience would make the mix wait, and is in the table.
MIXED = sorted(set(FAULTS) - {"early_503", "early_429"})
NO_ANSWER = {"reset_after_tail": 0.3, "cut_answer": 0.2, "http_500": 0.1}


@pytest.fixture(scope="module", params=["plain", "tls"])
def sandbox(request, tmp_path_factory):
    tls_dir = tmp_path_factory.mktemp("tls") if request.param == "tls" else None
    with Sandbox(credits=10**6, tls=tls_dir is not None, tls_dir=tls_dir, slow_s=0.05) as sandbox:
        yield sandbox


def vins(count):
    for number in range(count):
        draft = f"1M8GDM9A0KP{number:06d}"
        yield draft[:8] + check_digit_of(draft) + draft[9:]


def test_the_table_is_complete():
    assert set(TABLE) == set(FAULTS)


@pytest.mark.parametrize("fault", TABLE)
def test_a_fault_leads_where_the_design_says_and_its_charge_is_in_the_ledger(
    tmp_path, sandbox, fault
):
    ends, pause = TABLE[fault]
    sandbox.set_faults({fault: 1})
    with ServiceRun(tmp_path, sandbox, resumes=False) as run:
        number = run.queue(VIN)
        assert run.first_end(number) in ends
        if pause is not None:
            assert run.ledger.status().pause.reason is pause
        sandbox.set_faults({})
        run.resume()
        run.all_ended()
        state = run.ledger.submission(number).state
    verdict = run.verdict()
    assert verdict.faultless, verdict
    assert verdict.doubts == (state is State.IN_DOUBT)
    if ends == QUEUED:
        assert state is State.RECOGNIZED, "what was never sent, or for nothing, is sent again"


def mix(tmp_path, faults, count, seed, *, timeout_s=0.4):
    with (
        Sandbox(credits=10**6, faults=faults, seed=seed, slow_s=0.02) as sandbox,
        ServiceRun(tmp_path, sandbox, resumes=True, timeout_s=timeout_s) as run,
    ):
        for vin in vins(count):
            run.queue(vin)
        run.all_ended()
    return run


def test_all_of_them_in_a_random_mix(tmp_path):
    run = mix(tmp_path, dict.fromkeys(MIXED, 0.02), 150, seed=5)
    verdict = run.verdict()
    assert verdict.faultless, verdict
    assert run.requests() > 150, "some were sent again"
    assert verdict.doubts > 10


@pytest.mark.parametrize("mutant", ["retry", "naive"])
def test_a_client_that_tries_again_is_caught(tmp_path, monkeypatch, mutant):
    mutants.MUTANTS[mutant](monkeypatch.setattr)
    verdict = mix(tmp_path, NO_ANSWER, 12, seed=3).verdict()
    assert verdict.twice
    assert verdict.unbooked


def look_after_the_service_acted(monkeypatch, sandbox):
    acknowledged = Wire.wait_acknowledged

    def hold(wire, patience):
        undisturbed = acknowledged(wire, patience)
        sandbox.journal(at_least=1)
        return undisturbed

    monkeypatch.setattr(Wire, "wait_acknowledged", hold)


def test_a_client_that_holds_nothing_back_is_caught(tmp_path, monkeypatch):
    """What it takes for never sent was complete, and has cost a credit."""
    mutants.MUTANTS["tail"](monkeypatch.setattr)
    with Sandbox(credits=99, faults={"reset_after_tail": 1}) as sandbox:
        look_after_the_service_acted(monkeypatch, sandbox)
        with ServiceRun(tmp_path, sandbox) as run:
            run.queue(VIN)
            run.until(lambda: run.requests() > 1 or run.ledger.status().waiting == 0)
            sandbox.set_faults({})
            run.all_ended()
    assert run.verdict().twice
    assert run.verdict().unbooked


@pytest.mark.parametrize("mutant", [None, "late"])
def test_the_spent_log_knows_a_picture_before_the_service_has_it(tmp_path, monkeypatch, mutant):
    """Judged at the moment at which the answer is awaited: nobody writes then."""
    if mutant:
        mutants.MUTANTS[mutant](monkeypatch.setattr)
    with (
        Sandbox(credits=9, faults={"stall": 1}) as sandbox,
        ServiceRun(tmp_path, sandbox, timeout_s=60) as run,
    ):
        run.queue(VIN)
        run.until(lambda: run.requests() == 1)
        verdict = run.verdict()
        sandbox.close()
    assert verdict.faultless == (mutant is None), verdict
    assert bool(verdict.out_of_order) == (mutant is not None)
