"""From a claim to its end: every arrow of the state machine, and none besides."""

import itertools
import sqlite3

import pytest
from ledger_makers import (
    DOUBT,
    FREE_REFUSAL,
    NEVER_SENT,
    REJECTED,
    UNRECOGNIZED,
    VIN_A,
    VIN_B,
    a_crop,
    accept,
    claim,
    open_ledger,
    put,
    send,
    spent_kinds,
    success,
)

from kiosk.errors import LedgerError, TransitionError
from kiosk.ledger.attempts import check_settlement
from kiosk.model import Accepted, Answer, Held, PauseReason, Settlement, State


def test_success_keeps_the_answer_beside_what_was_read_here(ledger, state_dir):
    queued = accept(ledger, "one", VIN_A)
    assert (queued.state, queued.vin, queued.vin_source) == (State.QUEUED, VIN_A, "local")

    done = send(ledger, success(VIN_B))

    assert done == ledger.submission(queued.id)
    assert (done.state, done.vin, done.vin_source) == (State.RECOGNIZED, VIN_B, "service")
    assert (done.local_vin, done.vins_differ) == (VIN_A, True)
    assert (done.text, done.make, done.model, done.year) == (f"I{VIN_B}", "MCI", "102-C3", 1989)
    assert (done.credits, done.attempts) == (1, 1)
    assert ledger.status().credits_today == 1
    assert spent_kinds(state_dir) == ["spent"]


def test_a_failed_decode_is_no_failure(ledger):
    accept(ledger, "one")
    settlement = success()
    decode = type(settlement.answer.decode)(success=False, key=3, message="check digit wrong")
    answer = type(settlement.answer)(success=True, vin=VIN_A, decode=decode)
    done = send(ledger, Settlement(State.RECOGNIZED, "ok", credits=1, answer=answer))
    assert (done.state, done.decode_note, done.make) == (
        State.RECOGNIZED,
        "check digit wrong",
        None,
    )


def test_unrecognized_keeps_key_and_credit_but_not_the_services_text(ledger):
    accept(ledger, "one", VIN_A)
    done = send(ledger, UNRECOGNIZED)
    assert (done.state, done.key, done.credits) == (State.UNRECOGNIZED, 26, 1)
    assert (done.vin, done.vin_source) == (VIN_A, "local")


def test_what_was_never_sent_waits_again_and_costs_nothing(ledger, state_dir):
    accept(ledger, "one")
    again = ledger.settle(claim(ledger), NEVER_SENT)
    assert (again.state, again.attempts, again.credits) == (State.QUEUED, 1, 0)
    assert spent_kinds(state_dir) == []
    assert ledger.status().credits_today == 0
    assert claim(ledger).submission.attempts == 2


def test_a_free_refusal_is_released_before_it_is_queued(ledger, state_dir):
    accept(ledger, "one")
    again = send(ledger, FREE_REFUSAL)
    assert again.state is State.QUEUED
    assert spent_kinds(state_dir) == ["spent", "released"]
    assert send(ledger, success()).state is State.RECOGNIZED
    assert spent_kinds(state_dir) == ["spent", "released", "spent"]
    assert ledger.status().credits_today == 1


def test_live_goes_first_then_the_oldest(ledger):
    for content in ("old", "older file", "live"):
        accept(ledger, content, live=content == "live", consent=True)
    first = claim(ledger)
    assert (first.submission.live, first.crop) == (True, a_crop("live").data)
    # After one failed attempt nobody waits for it any more: the backlog's order counts.
    assert not ledger.settle(first, NEVER_SENT).live
    assert [claim(ledger).crop for _ in range(3)] == [
        a_crop(content).data for content in ("old", "older file", "live")
    ]
    assert ledger.claim() == Held("empty")


def test_of_the_live_ones_the_newest_goes_first(ledger):
    """Those scanned while the queue was paused are live still, but nobody waits for them."""
    for content in ("file", "first press", "second press", "third press"):
        accept(ledger, content, live=content != "file", consent=True)
    assert [claim(ledger).crop for _ in range(4)] == [
        a_crop(content).data for content in ("third press", "second press", "first press", "file")
    ]


@pytest.mark.parametrize(
    ("committed", "settlement"),
    [
        (False, success()),
        (False, DOUBT),
        (False, REJECTED),
        (True, NEVER_SENT),
        (True, Settlement(State.LOCAL, "")),
        (True, Settlement(State.DROPPED, "")),
        (True, Settlement(State.SENDING, "")),
        (True, Settlement(State.DUPLICATE, "", released=True)),
    ],
)
def test_arrows_that_do_not_exist(ledger, state_dir, committed, settlement):
    accept(ledger, "one")
    claimed = claim(ledger)
    if committed:
        ledger.commit_tail(claimed)
    before = ledger.submission(claimed.submission.id), spent_kinds(state_dir)
    with pytest.raises(TransitionError):
        ledger.settle(claimed, settlement)
    assert before == (ledger.submission(claimed.submission.id), spent_kinds(state_dir))


def test_an_attempt_ends_once(ledger):
    accept(ledger, "one")
    claimed = claim(ledger)
    ledger.commit_tail(claimed)
    with pytest.raises(TransitionError):
        ledger.commit_tail(claimed)
    ledger.settle(claimed, success())
    for settlement in (success(), DOUBT, FREE_REFUSAL):
        with pytest.raises(TransitionError):
            ledger.settle(claimed, settlement)
    assert ledger.submission(claimed.submission.id).credits == 1


def test_an_old_claim_cannot_settle_a_later_attempt(ledger):
    accept(ledger, "one")
    stale = claim(ledger)
    ledger.settle(stale, NEVER_SENT)
    fresh = claim(ledger)
    with pytest.raises(TransitionError):
        ledger.settle(stale, NEVER_SENT)
    with pytest.raises(TransitionError):
        ledger.commit_tail(stale)
    ledger.commit_tail(fresh)


def test_a_pause_is_set_with_the_settlement_and_survives_restarts(ledger, state_dir, clock):
    accept(ledger, "one")
    send(ledger, Settlement(State.QUEUED, "no balance", released=True, pause=PauseReason.BALANCE))
    assert ledger.claim() == Held("paused")
    ledger.close()
    with open_ledger(state_dir, clock) as again:
        pause = again.status().pause
        assert (pause.reason, pause.detail) == (PauseReason.BALANCE, "no balance")
        assert pause.since == clock.wall()
        assert again.claim() == Held("paused")
        assert again.resume("maria") == (pause,)
        assert again.resume("maria") == ()
        assert claim(again).submission.attempts == 2


def test_the_daily_limit_holds_until_local_midnight(state_dir, clock):
    with open_ledger(state_dir, clock, daily_credit_limit=2) as ledger:
        for number, end in enumerate((success(), DOUBT)):
            accept(ledger, f"car {number}", consent=True)
            send(ledger, end)
        accept(ledger, "one more", consent=True)
        assert ledger.status().credits_today == 2
        assert ledger.claim() == Held("daily_limit")
        clock.advance(86_400)
        assert ledger.status().credits_today == 0
        claim(ledger)


def test_a_committed_attempt_counts_as_a_credit(ledger):
    accept(ledger, "one")
    claimed = claim(ledger)
    assert ledger.status().credits_today == 0
    ledger.commit_tail(claimed)
    assert ledger.status().credits_today == 1
    ledger.settle(claimed, FREE_REFUSAL)
    assert ledger.status().credits_today == 0


def test_a_doubt_stays_spent_whatever_a_person_decides(ledger):
    doubt = accept(ledger, "one")
    send(ledger, DOUBT)
    ledger.drop(doubt.id, "maria")
    assert ledger.status().credits_today == 1


def test_resend_and_drop_record_who_and_release_the_crop(ledger, state_dir):
    doubt = accept(ledger, "one")
    send(ledger, DOUBT)
    name = 'maria\n00000000 {"kind":"spent"}\udc80'
    assert ledger.resend(doubt.id, name).state is State.QUEUED
    assert spent_kinds(state_dir) == ["spent", "released"]  # the name forged no line
    assert send(ledger, REJECTED).state is State.REJECTED
    assert ledger.drop(doubt.id, "otto").state is State.DROPPED
    with pytest.raises(TransitionError):
        ledger.resend(doubt.id, "otto")
    ledger.close()
    database = sqlite3.connect(state_dir / "ledger.sqlite")
    acts = database.execute("SELECT what, who, submission_id FROM acts ORDER BY id").fetchall()
    database.close()
    assert [(what, who[:5], of) for what, who, of in acts] == [
        ("resend", "maria", doubt.id),
        ("drop", "otto", doubt.id),
    ]


_DROPPABLE = {State.QUEUED, State.IN_DOUBT, State.REJECTED}


@pytest.mark.parametrize(
    "end", [None, "sending", "committed", success(), UNRECOGNIZED, DOUBT, REJECTED]
)
def test_what_a_person_may_drop_and_resend(ledger, end):
    one = accept(ledger, "one")
    if end is not None:
        claimed = claim(ledger)
        if end != "sending":
            ledger.commit_tail(claimed)
        if isinstance(end, Settlement):
            ledger.settle(claimed, end)
    state = ledger.submission(one.id).state
    if state in {State.IN_DOUBT, State.REJECTED}:
        assert ledger.resend(one.id, "maria").state is State.QUEUED
    else:
        with pytest.raises(TransitionError, match="can be sent again"):
            ledger.resend(one.id, "maria")
    if state in _DROPPABLE:
        assert ledger.drop(one.id, "maria").state is State.DROPPED
        assert ledger.claim() == Held("empty")
    else:
        with pytest.raises(TransitionError):
            ledger.drop(one.id, "maria")
        assert ledger.submission(one.id).state is state


def test_acts_on_nothing(ledger):
    for act in (ledger.resend, ledger.drop):
        with pytest.raises(LedgerError, match="no submission 7"):
            act(7, "maria")


def test_numbers_rise_and_are_never_reused(ledger, state_dir, clock):
    numbers = [accept(ledger, f"car {n}", consent=True).seq for n in range(3)]
    ledger.close()
    with open_ledger(state_dir, clock) as again:
        numbers += [put(again, "car 1").submission.seq, accept(again, "x", consent=True).seq]
    assert all(earlier < later for earlier, later in itertools.pairwise(numbers))
    assert numbers == list(range(1, 6))


def test_the_crop_comes_back_byte_for_byte(ledger):
    one = accept(ledger, "one")
    assert ledger.crop_of(one.id) == a_crop("one")
    assert claim(ledger).crop == a_crop("one").data
    assert ledger.crop_of(99) is None
    assert ledger.submission(99) is None


def test_two_threads_worth_of_claims_take_different_submissions(ledger):
    assert isinstance(put(ledger, "one"), Accepted)
    accept(ledger, "two", consent=True)
    assert claim(ledger).submission.id != claim(ledger).submission.id


def test_a_closed_ledger_says_so(ledger):
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerError, match="closed"):
        ledger.status()


def test_of_a_page_that_came_as_an_answer_the_beginning_is_kept(ledger):
    one = accept(ledger, "one")
    answer = Answer(success=False, key=26, message="", raw=b"x" * 70_000)
    send(ledger, Settlement(State.UNRECOGNIZED, "no", credits=1, answer=answer, status=200))
    with ledger._database.reading() as connection:
        sql = "SELECT LENGTH(answer) FROM submissions WHERE id = ?"
        assert connection.execute(sql, (one.id,)).fetchone()[0] == 64_000


def test_an_attempt_that_has_ended_releases_nothing_of_the_next(ledger, state_dir):
    accept(ledger, "one")
    stale = claim(ledger)
    ledger.settle(stale, NEVER_SENT)
    ledger.commit_tail(claim(ledger))
    for end in (
        lambda: ledger.settle(stale, FREE_REFUSAL),
        lambda: ledger.settle_and_claim(stale, FREE_REFUSAL),
        lambda: ledger.take_back(stale, "too late"),
    ):
        with pytest.raises(TransitionError, match="ended"):
            end()
    assert spent_kinds(state_dir) == ["spent"]


@pytest.mark.parametrize("state", sorted(set(State) - {State.SENDING, State.COMMITTED}))
def test_an_attempt_ends_only_what_it_took_up(state):
    for end in (success(), DOUBT, FREE_REFUSAL, NEVER_SENT, REJECTED):
        with pytest.raises(TransitionError, match="by an attempt"):
            check_settlement(state, end)
