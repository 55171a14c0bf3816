import logging

from kiosk.announcer import Announcer, describe, log_event, log_start
from kiosk.ledger.start import StartReport
from kiosk.model import (
    Crop,
    Event,
    EventKind,
    Pause,
    PauseReason,
    Reading,
    State,
    Submission,
    Verdict,
)

VIN = "1M8GDM9AXKP042788"
ROW = Submission(7, 7, State.QUEUED, "ab", None, vin=VIN)


def test_everybody_hears_in_order():
    heard, announcer = [], Announcer()
    announcer.add(lambda event: heard.append(("first", event.kind)))
    announcer.add(lambda event: heard.append(("second", event.kind)))
    announcer.publish(Event(EventKind.READY, 1.0))
    assert heard == [("first", EventKind.READY), ("second", EventKind.READY)]


def test_an_event_in_words():
    reading = Reading(Verdict.VIN, VIN, VIN, crop=Crop(b"x" * 1400, 900, 40, "png"), ms=12.3)
    event = Event(EventKind.ACCEPTED, 1.0, scan_id=3, submission=ROW, reading=reading)
    assert describe(event).split(" · ") == [
        "accepted",
        "scan 3",
        "submission 7 queued",
        VIN,
        "looked at in 12 ms",
        "crop 900×40, 1.4 kB",
    ]
    pause = Pause(PauseReason.BALANCE, "buy credits", None)
    assert "paused: balance (buy credits)" in describe(Event(EventKind.PAUSED, 1.0, pause=pause))
    repeat = Event(EventKind.ALREADY_SCANNED, 1.0, reading=reading, earlier=ROW)
    assert "of submission 7 queued" in describe(repeat)


def test_passing_words_are_no_news(caplog):
    caplog.set_level(logging.INFO)
    log_event(Event(EventKind.SCANNING, 1.0))
    log_event(Event(EventKind.CAMERA_LOST, 1.0, detail="the camera's owner logs it"))
    assert not caplog.records
    log_event(Event(EventKind.SERVICE_LOST, 1.0, detail="no network"))
    assert [record.message for record in caplog.records] == ["service lost · no network"]


def test_what_the_start_found_is_told(caplog):
    caplog.set_level(logging.INFO)
    log_start(StartReport())
    assert not caplog.records, "an ordinary start is silent"
    log_start(StartReport(1, 2, "cut short", 3, (4, 5), "a torn line"))
    words = "\n".join(record.message for record in caplog.records)
    for part in ("1 submissions were not sent", "2 submissions are in doubt", "cut short", "4, 5"):
        assert part in words
    assert "a torn line" in words
