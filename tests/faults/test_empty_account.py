"""An account that runs empty in mid-queue: one refused request, then none until a person acts."""

import signal

import mutants
from service_run import ServiceRun
from zygote import Zygote
from zygote_lane import KilledLane

from kiosk.model import Held, PauseReason, State
from kiosk.sandbox.server import Sandbox
from kiosk.service import deliveries

QUEUED, CREDITS = 10, 3
VINS = [f"WBA3A5C5{number}CF{number:06d}" for number in range(QUEUED)]


def refused(sandbox):
    return [entry.key for entry in sandbox.journal().requests].count(23)


def states(run):
    return [row.state for row in run.ledger.submissions()]


def asked(sandbox):
    """Count the pictures that the service had whole: one that was made ready came to nothing."""
    return sum(entry.complete for entry in sandbox.journal().requests)


def since_the_start(lane):
    return lane.last_words().rpartition("STARTING")[2]


def count_refused_claims(run, monkeypatch):
    """Count how often the uploader asked for work and was told that the queue is paused."""
    real, held = run.ledger.claim, []

    def claim(**beside):
        answer = real(**beside)
        if isinstance(answer, Held) and answer.why == "paused":
            held.append(answer)
        return answer

    monkeypatch.setattr(run.ledger, "claim", claim)
    return held


def test_one_refusal_stops_the_queue_and_a_restart_does_not_start_it(tmp_path, monkeypatch):
    with Sandbox(credits=CREDITS) as sandbox:
        with ServiceRun(tmp_path, sandbox) as run:
            for vin in VINS:
                run.queue(vin)
            run.until(lambda: run.ledger.status().pause is not None)
        assert (sandbox.journal().charged, refused(sandbox)) == (CREDITS, 1)

        with ServiceRun(tmp_path, sandbox) as run:
            held = count_refused_claims(run, monkeypatch)
            for asked in range(1, 6):
                run.uploader.notify(live=True)
                run.until(lambda asked=asked: len(held) >= asked)
            assert run.ledger.status().pause.reason is PauseReason.BALANCE
            assert run.requests() == 0
            sandbox.set_credits(2)
            run.until(lambda: len(held) >= 6 or run.uploader.notify() is not None)
            assert run.requests() == 0, "money alone is no consent"
            run.resume()
            run.until(lambda: run.ledger.status().pause is not None)
            assert (sandbox.journal().charged, refused(sandbox)) == (CREDITS + 2, 2)
            sandbox.set_credits(QUEUED)
            run.resume()
            run.all_ended()
        assert (sandbox.journal().charged, refused(sandbox)) == (QUEUED, 2)
        whole = ServiceRun(tmp_path, sandbox)
        whole._before = 0
        assert whole.verdict().faultless


def test_where_it_is_told_early_two_are_refused_and_then_none(tmp_path, monkeypatch):
    """The second one's tail has left on the last sound answer when the third one hears of it."""
    monkeypatch.setattr(deliveries, "_LONGEST_HOLD_UP_S", 60.0)
    with Sandbox(credits=1) as sandbox, ServiceRun(tmp_path, sandbox, timeout_s=20) as run:
        commit_tail, commits = run.ledger.commit_tail, []

        def commit(claim):
            commit_tail(claim)
            commits.append(claim)
            if len(commits) == 2:
                sandbox.set_faults({"early_key_23": 1.0})

        monkeypatch.setattr(run.ledger, "commit_tail", commit)
        run.ledger.pause(PauseReason.OPERATOR, "until all of them wait")
        for vin in VINS[:4]:
            run.queue(vin)
        run.resume()
        run.until(lambda: states(run) == [State.RECOGNIZED] + [State.QUEUED] * 3)
        assert run.ledger.status().pause.reason is PauseReason.BALANCE
        run.uploader.notify(live=True)
        assert (sandbox.journal().charged, refused(sandbox)) == (1, 2)


def test_a_lane_that_takes_it_for_a_passing_refusal_is_caught(tmp_path, monkeypatch):
    mutants.MUTANTS["unpaused"](monkeypatch.setattr)
    with Sandbox(credits=CREDITS) as sandbox, ServiceRun(tmp_path, sandbox) as run:
        for vin in VINS:
            run.queue(vin)
        run.until(lambda: refused(sandbox) > 1)
        assert run.ledger.status().pause is None


def test_the_daemon_keeps_it_over_a_kill_and_says_so(tmp_path):
    sandbox = Sandbox(credits=CREDITS)
    with Zygote() as lives, KilledLane(tmp_path / "lane", lives, 1, sandbox=sandbox) as lane:
        lane.end_load()
        lane.queue(QUEUED)
        with lane.living(ends_by=signal.SIGKILL):
            lane.until(lambda: lane.ask("status", "pause") is not None, "it does not pause")
        assert (sandbox.journal().charged, refused(sandbox)) == (CREDITS, 1)
        with lane.living() as control:
            status = control.status()
            assert (status["pause"]["reason"], status["waiting"]) == ("balance", QUEUED - CREDITS)
            lane.until(lambda: "ACCOUNT EMPTY" in since_the_start(lane), "it is not shown")
            assert asked(sandbox) == CREDITS + 1
            sandbox.set_credits(QUEUED)
            control.resume("a person")
            lane.until(lambda: lane.ask("status", "waiting") == 0, "it does not go on")
        assert (sandbox.journal().charged, refused(sandbox)) == (QUEUED, 1)
        assert lane.verdict().faultless
