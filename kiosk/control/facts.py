"""Submissions, scans and the queue as plain facts: what `--json` prints and the socket carries."""

import datetime as dt

from kiosk.control.advice import advice_on
from kiosk.control.protocol import Facts
from kiosk.model import Act, Attempt, Pause, QueueStatus, Scan, State, Submission

SUBMIT_KEYS = (
    "id",
    "state",
    "vin",
    "vin_source",
    "text",
    "credits",
    "duplicate_of",
    "reason",
)
"""What `submit` prints of a submission, behind ``file``; the rest serves the commands."""


def local_time(seconds: float | None) -> str | None:
    """Write wall seconds as ISO 8601 in local time with its zone; None stays None."""
    if seconds is None:
        return None
    return dt.datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


def queue_facts(submission: Submission) -> Facts:
    """Tell what the ledger holds of a submission, as `queue list` prints it."""
    return {
        "id": submission.id,
        "seq": submission.seq,
        "state": submission.state.value,
        "sha256": submission.sha256,
        "text": submission.text,
        "vin": submission.vin,
        "vin_source": submission.vin_source,
        "credits": submission.credits,
        "attempts": submission.attempts,
        "created": local_time(submission.created),
        "reason": submission.reason or None,
    }


def damaged_facts(submission_id: int) -> Facts:
    """Tell, with the same keys, of a row that nobody may be shown: it is not what was written."""
    keys = ("seq", "state", "sha256", "text", "vin", "vin_source", "credits", "attempts", "created")
    words = "its record is damaged: restart the lane, which saves what is sound"
    return {"id": submission_id} | dict.fromkeys(keys) | {"state": "damaged", "reason": words}


def detail_facts(submission: Submission) -> Facts:
    """Tell everything the ledger holds of a submission but its bytes, as `queue show` prints it."""
    return queue_facts(submission) | {
        "file": submission.file_name,
        "file_sha256": submission.file_sha256,
        "local_vin": submission.local_vin,
        "vins_differ": submission.vins_differ,
        "key": submission.key,
        "make": submission.make,
        "model": submission.model,
        "year": submission.year,
        "decode_note": submission.decode_note,
        "duplicate_of": submission.duplicate_of,
    }


def attempt_facts(attempt: Attempt) -> Facts:
    """Tell of one request; ``outcome`` is null where it runs, or its process died."""
    return {
        "started": local_time(attempt.started),
        "seconds": None if attempt.took_s is None else round(attempt.took_s, 3),
        "tail_sent": attempt.tail_sent,
        "outcome": attempt.outcome and attempt.outcome.value,
        "status": attempt.status,
        "credits": attempt.credits,
        "reason": attempt.reason,
    }


def act_facts(act: Act) -> Facts:
    """Tell what somebody decided, and when."""
    return {"time": local_time(act.at), "what": act.what, "who": act.who, "detail": act.detail}


def submit_facts(submission: Submission, earlier: Submission | None, queue: QueueStatus) -> Facts:
    """Tell how a submission stands for the person who submitted it.

    A duplicate answers with what is known of the ``earlier`` one. ``pending`` says that waiting
    may bring an answer; ``good`` that it ended as asked: a VIN, official or recorded here.
    """
    source = submission
    if submission.state is State.DUPLICATE and earlier is not None:
        source = earlier
    held = bool(queue.pauses) or queue.limit_reached
    waits_for_a_person = held and source.state is State.QUEUED
    return {
        "id": submission.id,
        "state": submission.state.value,
        "vin": source.vin or submission.vin,
        "vin_source": source.vin_source if source.vin else submission.vin_source,
        "text": source.text or submission.text,
        "credits": submission.credits,
        "duplicate_of": submission.duplicate_of,
        "reason": _reason(submission, source, queue),
        "pending": source.state.is_waiting and not waits_for_a_person,
        "good": _is_good(source),
    }


def unsaved_facts(reason: str, text: str | None = None, vin: str | None = None) -> Facts:
    """Tell of a picture that gave no submission: every key there, nearly every value null."""
    return {
        "id": None,
        "state": None,
        "vin": vin,
        "vin_source": "local" if vin else None,
        "text": text,
        "credits": 0,
        "duplicate_of": None,
        "reason": reason,
        "pending": False,
        "good": False,
    }


def scan_facts(scan: Scan) -> Facts:
    """Tell what became of one trigger, as `scans` prints it."""
    return {
        "id": scan.id,
        "created": local_time(scan.created),
        "trigger": scan.trigger,
        "outcome": scan.outcome.value,
        "text": scan.text,
        "vin": scan.vin,
        "symbology": scan.symbology,
        "confidence": scan.confidence if scan.text else None,  # of that very text
        "file": scan.file_name,
        "submission": scan.submission_id,
        "detail": scan.detail,
    }


def status_facts(status: QueueStatus, live: Facts | None = None) -> Facts:
    """Tell how the queue is, and what a person should do.

    ``live`` is what only the daemon knows, as `advice_on` takes it.
    """
    return {
        "waiting": status.waiting,
        "in_doubt": status.in_doubt,
        "first_in_doubt": status.first_in_doubt,
        "credits_today": status.credits_today,
        "limit_reached": status.limit_reached,
        "pause": status.pause and pause_facts(status.pause),
        "pauses": pauses_facts(status),
        "advice": advice_on(status, live or {}),
    }


def pauses_facts(status: QueueStatus) -> list[Facts]:
    """Tell all that keeps the queue from sending; ``budget`` alone ends without a person."""
    pauses = [pause_facts(pause) for pause in status.pauses]
    if status.limit_reached:
        detail = f"today's limit of credits is reached ({status.credits_today} spent)"
        pauses.append({"reason": "budget", "detail": detail, "since": None})
    return pauses


def pause_facts(pause: Pause) -> Facts:
    """Tell why the queue stands still."""
    return {
        "reason": pause.reason.value,
        "detail": pause.detail,
        "since": local_time(pause.since),
    }


def _is_good(source: Submission) -> bool:
    return source.state is State.RECOGNIZED or (
        source.state is State.LOCAL and source.vin is not None
    )


def _reason(submission: Submission, source: Submission, queue: QueueStatus) -> str | None:
    if source is not submission:
        words = source.state.value.replace("_", " ")
        tail = f": {source.reason}" if source.reason else ""
        return f"already scanned: submission {source.id} is {words}{tail}"
    if not submission.state.is_waiting:
        return submission.reason or None
    if queue.pauses and submission.state is State.QUEUED:
        why = "; ".join(f"({pause.reason.value}): {pause.detail}" for pause in queue.pauses)
        return f"saved; the queue is paused {why}"
    if queue.limit_reached and submission.state is State.QUEUED:
        return (
            f"saved; today's limit of credits is reached ({queue.credits_today} spent): it is sent "
            "tomorrow, or after upload.daily_credit_limit is raised"
        )
    if submission.state is State.COMMITTED:
        return "sent; the answer is not there yet"
    tail = f" ({submission.reason})" if submission.reason else ""
    return f"saved; will be sent when the service answers{tail}"
