"""The words: every event has them, they fit, and they never promise more than is true."""

import re
import string
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.config.schema import Trigger
from kiosk.config.schema_station import Station
from kiosk.model import (
    Event,
    EventKind,
    Pause,
    PauseReason,
    QueueStatus,
    Reading,
    State,
    Submission,
    Verdict,
)
from kiosk.station.messages import (
    LANGUAGES,
    Message,
    Mood,
    Phase,
    Standing,
    message_for,
    resting_message,
    vin_shown,
)
from kiosk.station.messages.manners import MANNERS

VIN = "1HGCM82633A004352"
OTHER_VIN = "WAUZZZ8K9AA000001"
SPOKEN = ("en", "es", "de")
CONFIRMED = {"en": "CONFIRMED", "es": "CONFIRMADO", "de": "BESTAETIGT"}
SAVED = {"en": "SAVED", "es": "GUARDA", "de": "GESICHERT"}
WORDLESS = {
    EventKind.QUEUE_CHANGED,
    EventKind.RESUMED,
    EventKind.CAMERA_BACK,
    EventKind.BUTTON_BACK,
    EventKind.SCANNER_BACK,
    EventKind.SERVICE_BACK,
}


def submission(**facts):
    return Submission(
        **{"id": 1, "seq": 1, "state": State.QUEUED, "sha256": "0" * 64, "created": 600.0} | facts
    )


def queue(*, waiting=0, in_doubt=0, pause=None, credits_today=0, limit_reached=False):
    pauses = (Pause(pause, "", None),) if pause else ()
    return QueueStatus(waiting, in_doubt, credits_today, pauses, limit_reached)


def said(kind, **facts):
    message = message_for(Event(kind, 0.0, **facts))
    assert message is not None
    return message


def pages(message):
    return [message.lines, *message.more]


anything = st.text(max_size=30)
maybe_vin = st.none() | anything | st.just(VIN)
submissions = st.builds(
    Submission,
    id=st.integers(1),
    seq=st.integers(1),
    state=st.sampled_from(State),
    sha256=anything,
    created=st.none() | st.floats(0, 1e10),
    text=st.none() | anything,
    vin=maybe_vin,
    vin_source=st.sampled_from([None, "service", "local"]),
    local_vin=maybe_vin,
    key=st.none() | st.integers(0, 40),
    make=st.none() | anything,
    model=st.none() | anything,
    year=st.none() | st.integers(),
)
queues = st.builds(
    QueueStatus,
    waiting=st.integers(0),
    in_doubt=st.integers(0),
    credits_today=st.integers(0),
    pauses=st.lists(
        st.builds(Pause, st.sampled_from(PauseReason), anything, st.none()), max_size=3
    ).map(tuple),
    limit_reached=st.booleans(),
)
readings = st.builds(Reading, verdict=st.sampled_from(Verdict), text=anything, vin=maybe_vin)
events = st.builds(
    Event,
    kind=st.sampled_from(EventKind),
    at=st.floats(0, 1e6),
    scan_id=st.none() | st.integers(0),
    submission=st.none() | submissions,
    earlier=st.none() | submissions,
    reading=st.none() | readings,
    queue=st.none() | queues,
    pause=st.none() | st.builds(Pause, st.sampled_from(PauseReason), anything, st.none()),
    detail=st.none() | anything | st.sampled_from(["closer", "light", "hand"]),
)


@pytest.mark.parametrize("kind", EventKind)
def test_every_event_is_said_or_needs_no_words(kind):
    message = message_for(Event(kind, 0.0))
    assert (message is None) == (kind in WORDLESS)
    assert (kind in MANNERS) == (kind not in WORDLESS)
    if message is not None:
        assert all(upper and lower for upper, lower in pages(message))


@given(events, st.sampled_from(sorted(LANGUAGES)))
def test_every_page_fits_the_display_whatever_the_event_holds(event, language):
    message = message_for(event, language)
    for lines in pages(message) if message else []:
        for line in lines:
            assert len(line) <= 20
            assert all(" " <= char <= "~" for char in line)


@pytest.mark.parametrize("language", SPOKEN)
@given(event=events)
def test_only_what_the_service_recognised_is_called_ok(language, event):
    message = message_for(event, language)
    if message is None:
        return
    words = " ".join(line for page in pages(message) for line in page).replace(VIN, "").split()
    if event.kind is not EventKind.RECOGNIZED:
        assert "OK" not in words
        by_hand = event.kind is EventKind.RECORDED and event.detail == "hand"
        assert message.mood is not Mood.GOOD or (by_hand and vin_shown(event))
    if CONFIRMED[language] in words and event.kind is not EventKind.RECOGNIZED:
        assert event.earlier is not None
        assert event.earlier.state is State.RECOGNIZED


@pytest.mark.parametrize("language", SPOKEN)
@given(event=events)
def test_only_what_is_on_disk_is_called_saved(language, event):
    message = message_for(event, language)
    claim = re.compile(rf"(?<!NOT )(?<!NO )(?<!NICHT ){SAVED[language]}")
    if message is None or not any(claim.search(row) for page in pages(message) for row in page):
        return
    on_disk = {
        EventKind.ACCEPTED,
        EventKind.RECORDED,
        EventKind.WAITING,
        EventKind.PAUSED,
        EventKind.DAILY_LIMIT,
    }
    queue = event.queue
    held = queue is not None and (queue.pause is not None or queue.limit_reached)
    assert event.kind in on_disk or (held and message.hold_s is None)


@pytest.mark.parametrize("language", SPOKEN)
def test_a_scan_that_was_not_kept_is_said_not_to_be_saved(language):
    upper, _ = message_for(Event(EventKind.REFUSED, 0.0), language).lines
    assert re.fullmatch(rf"(NOT|NO|NICHT) {SAVED[language]}\w*", upper)


def placeholders(texts):
    lines = (line for page in texts for line in page)
    return sorted(f for line in lines for _, f, _, _ in string.Formatter().parse(line) if f)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_text_with_its_placeholders_and_pages(language):
    assert set(LANGUAGES[language]) == set(LANGUAGES["en"])
    for name, english in LANGUAGES["en"].items():
        texts = LANGUAGES[language][name]
        assert placeholders(texts) == placeholders(english), name
        assert len(texts) == len(english), name
        filled = [bool(line) for page in texts for line in page]
        assert filled == [bool(line) for page in english for line in page], name


def longest(texts):
    """Give the fill-ins that take the most room; a car's name alone may be cut."""
    ages = (texts["ago_minutes"], 59), (texts["ago_hours"], 23), (texts["ago_days"], 999)
    ago = [said_pages[0][0].format(number=number) for said_pages, number in ages]
    vins = [VIN, texts["no_vin"][0][0]]
    counts = ["999+", texts["some"][0][0]]
    vin, number, age = (max(words, key=len) for words in (vins, counts, ago))
    car = texts["no_car"][0][0]
    facts = {"vin": vin, "local_vin": vin, "waiting": number, "in_doubt": "999+"}
    return facts | {"ago": age, "car": car, "number": "999"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_fits_with_its_longest_fill_in(language):
    texts = LANGUAGES[language]
    for name, said_pages in texts.items():
        for line in (line for page in said_pages for line in page):
            row = line.format_map(longest(texts))
            assert len(row) <= 20, f"{name}: {row}"
            assert row.isascii()


COGNATES = set(
    re.findall(
        r"\w+", "VIN OK STATION OFFLINE CODE AUTO H D MIN NO LEER CABLE ERROR MOMENT SCANNER A"
    )
)


def vocabulary(language):
    rows = " ".join(row for page in LANGUAGES[language].values() for lines in page for row in lines)
    return set(re.findall(r"[A-Z]+", re.sub(r"{\w+}", " ", rows)))


@pytest.mark.parametrize("language", [name for name in SPOKEN if name != "en"])
def test_no_word_of_another_language_was_left(language):
    for other in set(SPOKEN) - {language}:
        assert vocabulary(language) & vocabulary(other) <= COGNATES


@given(events)
def test_a_language_changes_the_words_and_nothing_else(event):
    said_in = {language: message_for(event, language) for language in LANGUAGES}
    manners = {m and (m.mood, m.hold_s, m.scan_id, len(m.more)) for m in said_in.values()}
    assert len(manners) == 1


def test_the_station_speaks_what_a_lane_may_be_set_to():
    """Not the words of a lane without a display: those are for its log."""
    allowed = get_args(Station.model_fields["language"].annotation)
    assert set(allowed) == set(SPOKEN) == set(LANGUAGES) - {"en-headless"}


@pytest.mark.parametrize(
    ("language", "age_s", "row"),
    [
        ("es", 5, "YA LEIDO HACE 1 MIN"),
        ("es", 59 * 60, "YA LEIDO HACE 59 MIN"),
        ("es", 23 * 3600, "YA LEIDO HACE 23 H"),
        ("es", -1, "YA LEIDO"),
        ("de", 5, "SCHON GESCANNT 1MIN"),
        ("de", 2 * 3600, "SCHON GESCANNT 2STD"),
        ("de", 1e9, "SCHON GESCANNT 999TG"),
        ("de", -1, "SCHON GESCANNT"),
    ],
)
def test_each_language_tells_the_age_in_its_own_words(language, age_s, row):
    earlier = submission(vin=VIN, state=State.RECOGNIZED, created=0.0)
    again = submission(created=float(age_s))
    event = Event(EventKind.ALREADY_SCANNED, 0.0, submission=again, earlier=earlier)
    assert message_for(event, language).lines == (VIN, row)


def test_a_lane_without_a_button_says_nothing_of_one():
    for pages_said in LANGUAGES["en-headless"].values():
        words = " ".join(row for lines in pages_said for row in lines)
        assert "PRESS" not in words
        assert "BUTTON" not in words


@pytest.mark.parametrize(
    ("kind", "facts", "lines"),
    [
        (EventKind.READY, {}, ("READY", "PRESS THE BUTTON")),
        (EventKind.READY, {"queue": queue(waiting=3)}, ("READY", "3 WAITING TO SEND")),
        (EventKind.READY, {"queue": queue(in_doubt=2)}, ("READY-2 IN DOUBT", "ASK THE OFFICE")),
        (
            EventKind.SERVICE_LOST,
            {"queue": queue(waiting=4000)},
            ("READY", "OFFLINE-999+ WAITING"),
        ),
        (
            EventKind.PAUSED,
            {"pause": Pause(PauseReason.BALANCE, "", None)},
            ("ACCOUNT EMPTY", "SCANS ARE SAVED"),
        ),
        (
            EventKind.PAUSED,
            {"pause": Pause(PauseReason.CONFIGURATION, "", None)},
            ("SENDING IS STOPPED", "SCANS ARE SAVED"),
        ),
        (EventKind.DAILY_LIMIT, {}, ("DAILY LIMIT REACHED", "SCANS ARE SAVED")),
        (EventKind.CAMERA_LOST, {}, ("CAMERA LOST", "CHECK ITS CABLE")),
        (EventKind.BUTTON_LOST, {}, ("BUTTON LOST", "CHECK ITS CABLE")),
        (EventKind.BUTTON_STUCK, {}, ("BUTTON STUCK", "CHECK THE BUTTON")),
        (EventKind.SCANNER_LOST, {}, ("READY-SCANNER LOST", "CHECK ITS CABLE")),
        (EventKind.SCANNER_STUCK, {}, ("READY-SCANNER STUCK", "CHECK THE SCANNER")),
        (
            EventKind.ACCEPTED,
            {"submission": submission(vin=VIN)},
            (VIN, "READ HERE - SENDING"),
        ),
        (
            EventKind.ACCEPTED,
            {"reading": Reading(Verdict.VIN, vin="I" + VIN)},
            (VIN, "READ HERE - SENDING"),
        ),
        (
            EventKind.ACCEPTED,
            {"submission": submission()},
            ("LABEL NOT READ HERE", "SAVED - SENDING"),
        ),
        (
            EventKind.ACCEPTED,
            {"submission": submission(vin=VIN), "queue": queue(pause=PauseReason.DOUBTS)},
            (VIN, "SAVED - NOT SENT YET"),
        ),
        (
            EventKind.WAITING,
            {"submission": submission(vin=VIN), "queue": queue(waiting=3)},
            (VIN, "SAVED  3 WAITING"),
        ),
        (
            EventKind.RECOGNIZED,
            {"submission": submission(vin=VIN, year=2010, make="AUDI", model="A4")},
            (VIN, "OK 2010 AUDI A4"),
        ),
        (EventKind.RECOGNIZED, {"submission": submission(vin=VIN)}, (VIN, "OK CONFIRMED")),
        (
            EventKind.RECOGNIZED,
            {"submission": submission(vin=VIN, year=2024, make="Mercedes-Benz", model="C 300")},
            (VIN, "OK 2024 Mercedes-Ben"),
        ),
        (
            EventKind.RECOGNIZED,
            {"submission": submission(vin=VIN, make="\x1b@\x0cCITROËN", model="GRAND C4 PICASSO")},
            (VIN, "OK ?@?CITROEN GRAND"),
        ),
        (
            EventKind.UNRECOGNIZED,
            {"submission": submission(vin=VIN, key=26)},
            (VIN, "SERVICE READ NOTHING"),
        ),
        (
            EventKind.UNRECOGNIZED,
            {"submission": submission(vin=VIN, key=27)},
            (VIN, "SERVICE HAD AN ERROR"),
        ),
        (
            EventKind.IN_DOUBT,
            {"submission": submission()},
            ("NOT SURE IT ARRIVED", "ASK THE OFFICE"),
        ),
        (EventKind.NO_LABEL, {"detail": "light"}, ("NO LABEL SEEN", "MORE LIGHT, NO GLARE")),
        (EventKind.ASK_FIRST, {}, ("LABEL STILL UNREAD", "PRESS AGAIN TO PAY")),
        (EventKind.TWO_LABELS, {}, ("TWO LABELS IN VIEW", "SHOW ONLY ONE")),
        (EventKind.REFUSED, {}, ("NOT SAVED", "DISK FULL-CALL HELP")),
        (
            EventKind.FOREIGN,
            {"reading": Reading(Verdict.FOREIGN, vin=VIN)},
            (VIN, "OTHER CODE, NOT SENT"),
        ),
    ],
)
def test_what_the_technician_reads(kind, facts, lines):
    assert said(kind, **facts).lines == lines


@pytest.mark.parametrize(
    ("age_s", "words"),
    [
        (5, "ALREADY SCANNED 1M"),
        (130, "ALREADY SCANNED 2M"),
        (59 * 60, "ALREADY SCANNED 59M"),
        (2 * 3600, "ALREADY SCANNED 2H"),
        (9 * 86400, "ALREADY SCANNED 9D"),
        (1e9, "ALREADY SCANNED 999D"),
        (-60, "ALREADY SCANNED"),
    ],
)
def test_an_earlier_scan_is_told_with_its_age_and_its_state(age_s, words):
    earlier = submission(vin=VIN, state=State.RECOGNIZED, created=0.0)
    message = said(
        EventKind.ALREADY_SCANNED, submission=submission(created=float(age_s)), earlier=earlier
    )
    assert pages(message) == [(VIN, words), ("CONFIRMED BEFORE", "PRESS AGAIN TO PAY")]


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize("state", [State.IN_DOUBT, State.REJECTED])
def test_where_the_office_is_to_be_asked_first_nobody_is_told_to_press(language, state):
    """The manual says so of these two; the others ask for the press, as the design does."""
    earlier, again = submission(vin=VIN, state=state, created=0.0), submission()
    asks = message_for(Event(EventKind.ASK_FIRST, 0.0), language).lines[1]
    event = Event(EventKind.ALREADY_SCANNED, 0.0, submission=again, earlier=earlier)
    row = message_for(event, language).more[-1][1]
    assert row != asks
    assert re.search(r"COSTS A CREDIT|1 CREDITO|KOSTET GELD", row)
    assert not re.search(r"PRESS|PULSE|DRUECKEN", row)


def test_a_clock_that_was_never_set_tells_no_age():
    message = said(
        EventKind.ALREADY_SCANNED,
        submission=submission(vin=VIN, created=None),
        earlier=submission(state=State.DROPPED),
    )
    assert pages(message)[0] == (VIN, "ALREADY SCANNED")


def test_two_readers_that_differ_send_a_person_to_the_car():
    differing = submission(vin=VIN, vin_source="service", local_vin=OTHER_VIN, make="AUDI")
    message = said(EventKind.RECOGNIZED, submission=differing)
    assert pages(message) == [(VIN, "CHECK VIN ON CAR!"), (OTHER_VIN, "CHECK! READ HERE")]
    assert message.mood is Mood.ATTENTION


@pytest.mark.parametrize(
    "facts",
    [
        {"submission": submission(vin=None, text="HELLO")},
        {"submission": submission(vin="HELLO")},
        {"submission": submission(vin=VIN, vin_source="local")},
        {"submission": submission(), "reading": Reading(Verdict.VIN, vin=VIN)},
        {},
    ],
)
def test_a_vin_that_the_service_did_not_read_is_never_confirmed(facts):
    message = said(EventKind.RECOGNIZED, **facts)
    assert message.lines == ("SERVICE READ NO VIN", "ASK THE OFFICE")
    assert message.mood is Mood.ATTENTION


def test_an_unsure_reading_shows_no_vin():
    unsure = Reading(Verdict.UNREAD, vin=VIN)
    assert said(EventKind.ACCEPTED, reading=unsure).lines[0] == "LABEL NOT READ HERE"


def test_a_question_is_shown_only_while_its_answer_counts():
    assert said(EventKind.ASK_FIRST).hold_s == said(EventKind.ALREADY_SCANNED).hold_s == 5.0


def test_a_scan_that_runs_is_never_called_ready():
    """However long the lane's file lets it look."""
    (longest_s,) = [
        rule.le for rule in Trigger.model_fields["timeout_s"].metadata if hasattr(rule, "le")
    ]
    assert said(EventKind.SCANNING).hold_s > longest_s


def test_all_that_is_wrong_takes_turns_at_rest():
    message = resting_message(
        Standing(
            Phase.OPEN,
            camera_lost=True,
            button=EventKind.BUTTON_STUCK,
            scanner=EventKind.SCANNER_LOST,
            service_lost=True,
            queue=queue(in_doubt=1),
        )
    )
    assert pages(message) == [
        ("CAMERA LOST", "CHECK ITS CABLE"),
        ("BUTTON STUCK", "CHECK THE BUTTON"),
        ("READY-SCANNER LOST", "CHECK ITS CABLE"),
        ("READY", "OFFLINE-0 WAITING"),
        ("READY-1 IN DOUBT", "ASK THE OFFICE"),
    ]
    assert message.mood is Mood.BAD


@pytest.mark.parametrize("device", ["BUTTON", "SCANNER"])
def test_what_is_lost_or_stuck_is_looked_at_until_it_is_back(device):
    standing = Standing(Phase.OPEN)
    for kind in (EventKind[f"{device}_LOST"], EventKind[f"{device}_STUCK"]):
        standing = standing.after(Event(kind, 0.0)).after(Event(EventKind.READY, 0.0))
        assert resting_message(standing) == message_for(Event(kind, 0.0))
        assert resting_message(standing).mood is Mood.ATTENTION
    back = standing.after(Event(EventKind[f"{device}_BACK"], 0.0))
    assert resting_message(back).lines == ("READY", "PRESS THE BUTTON")


def test_a_pause_that_nobody_names_is_over_already():
    """A person resumed the queue between the uploader's decision and its word."""
    later = Standing(Phase.OPEN).after(Event(EventKind.PAUSED, 0.0, queue=queue()))
    assert later.queue.pause is None
    assert resting_message(later).lines[0] == "READY"
    stands = Pause(PauseReason.BALANCE, "", None)
    older_snapshot = Event(EventKind.PAUSED, 0.0, queue=queue(), pause=stands)
    assert Standing(Phase.OPEN).after(older_snapshot).queue.pause == stands


def test_pages_take_turns_of_two_seconds():
    message = Message(("A", ""), Mood.NEUTRAL, more=(("B", ""), ("C", "")))
    ages = [-1.0, 0.0, 1.9, 2.0, 4.0, 6.0]
    assert [message.lines_at(age)[0] for age in ages] == ["A", "A", "A", "B", "C", "A"]


@given(st.lists(events, max_size=6))
def test_the_resting_message_fits_after_any_story(story):
    standing = Standing()
    for event in story:
        standing = standing.after(event)
        assert all(len(line) <= 20 for page in pages(resting_message(standing)) for line in page)


def test_a_new_day_or_a_sent_picture_lifts_the_daily_limit():
    limited = Standing(Phase.OPEN).after(
        Event(EventKind.DAILY_LIMIT, 0.0, queue=queue(credits_today=500))
    )
    same_day = Event(EventKind.ACCEPTED, 0.0, queue=queue(credits_today=500))
    assert limited.after(same_day).limit_reached
    next_day = Event(EventKind.ACCEPTED, 0.0, queue=queue(credits_today=0))
    assert not limited.after(next_day).limit_reached
    assert not limited.after(Event(EventKind.RECOGNIZED, 0.0)).limit_reached
    assert not limited.after(Event(EventKind.RESUMED, 0.0)).limit_reached


def test_a_limit_that_a_snapshot_tells_of_stands_from_the_first_event():
    """No claim has met it yet; after the day's last answer, or after a restart."""
    full = queue(credits_today=500, limit_reached=True)
    for kind in (EventKind.READY, EventKind.RECOGNIZED, EventKind.RESUMED):
        standing = Standing(Phase.OPEN).after(Event(kind, 0.0, queue=full))
        assert resting_message(standing).lines == ("DAILY LIMIT REACHED", "SCANS ARE SAVED")
    accepted = Event(EventKind.ACCEPTED, 0.0, submission=submission(vin=VIN), queue=full)
    assert message_for(accepted).lines[1] == "SAVED - NOT SENT YET"


def test_all_pauses_take_turns_the_weightiest_first():
    both = QueueStatus(
        0,
        0,
        0,
        (Pause(PauseReason.BALANCE, "", None), Pause(PauseReason.OPERATOR, "", None)),
    )
    ready = Standing(Phase.OPEN).after(Event(EventKind.READY, 0.0, queue=both))
    assert [page[0] for page in pages(resting_message(ready))] == [
        "ACCOUNT EMPTY",
        "ACCOUNT EMPTY",
        "SENDING IS STOPPED",
        "THE OFFICE STOPPED",
    ]
    storage = Pause(PauseReason.STORAGE, "", None)
    later = ready.after(Event(EventKind.PAUSED, 0.0, pause=storage))
    assert later.queue.pauses == (storage, *both.pauses)
    assert later.after(Event(EventKind.PAUSED, 0.0, pause=storage)) == later
    assert later.after(Event(EventKind.RESUMED, 0.0)).queue.pauses == ()


def test_what_was_scanned_by_hand_is_saved_and_good_but_never_ok():
    local = submission(state=State.LOCAL, vin=VIN)
    by_hand = said(EventKind.RECORDED, submission=local, detail="hand")
    assert (by_hand.lines, by_hand.mood) == ((VIN, "SAVED - HAND SCANNED"), Mood.GOOD)
    assert said(EventKind.RECORDED, submission=local).mood is Mood.NEUTRAL
    assert said(EventKind.RECORDED, detail="hand").mood is Mood.NEUTRAL, "no VIN, no good news"
