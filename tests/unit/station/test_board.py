"""Which event wins the display: nobody is ever shown another car's answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.model import Event, EventKind, Pause, PauseReason, QueueStatus, State, Submission
from kiosk.station.board import Board
from kiosk.station.messages import Beginning

VIN_A, VIN_B = "1HGCM82633A004352", "WAUZZZ8K9AA000001"
READY = ("READY", "PRESS THE BUTTON")


class Story:
    """A board and the hands of its clock."""

    def __init__(self):
        self.now = 100.0
        self.board = Board(self.now)
        self.says(EventKind.READY)

    def says(self, kind, after=0.0, **facts):
        self.now += after
        self.board.post(Event(kind, self.now, **facts), self.now)
        return self.lines

    def later(self, seconds):
        self.now += seconds
        return self.lines

    @property
    def lines(self):
        return self.board.lines(self.now)


def car(number, vin=None, **facts):
    return Submission(
        number, number, facts.pop("state", State.QUEUED), "0" * 64, None, vin=vin, **facts
    )


def test_a_board_begins_with_starting():
    assert Board(0.0).lines(0.0) == ("STARTING", "PLEASE WAIT")


def test_the_station_at_rest_asks_for_what_begins_a_scan():
    for begins_by, words in {
        Beginning.BUTTON: "PRESS THE BUTTON",
        Beginning.PRESENTATION: "SHOW LABEL OR PRESS",
        Beginning.ARRIVAL: "WAITING FOR PICTURES",
    }.items():
        board = Board(0.0, begins_by)
        for kind in (EventKind.STARTING, EventKind.READY, EventKind.SERVICE_LOST):
            board.post(Event(kind, 0.0), 0.0)
        assert board.lines(0.0)[0] == "READY"
        board.post(Event(EventKind.SERVICE_BACK, 0.0), 0.0)
        assert board.lines(0.0) == ("READY", words)
        waiting = QueueStatus(waiting=2, in_doubt=0, credits_today=0)
        board.post(Event(EventKind.QUEUE_CHANGED, 0.0, queue=waiting), 0.0)
        assert board.lines(0.0) == ("READY", "2 WAITING TO SEND")


def test_a_label_read_after_its_picture_went_out_on_a_press_is_followed_to_its_answer():
    story = Story()
    story.says(EventKind.SCANNING)
    story.says(EventKind.ACCEPTED, scan_id=1, submission=car(1))
    noted = car(2, VIN_A, state=State.LOCAL)
    shown = story.says(EventKind.RECORDED, scan_id=2, submission=noted, earlier=car(1))
    assert shown == (VIN_A, "SENT AT YOUR PRESS")
    answer = car(1, VIN_A, state=State.RECOGNIZED, scan_id=1, vin_source="service")
    assert story.says(EventKind.RECOGNIZED, scan_id=1, submission=answer) == (VIN_A, "OK CONFIRMED")


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (car(1, state=State.UNRECOGNIZED, key=26), "SERVICE READ NOTHING"),
        (car(1, state=State.IN_DOUBT), "NOT SURE IT ARRIVED"),
        (car(1, state=State.REJECTED), "REJECTED-ASK OFFICE"),
        (car(1, VIN_A, state=State.RECOGNIZED), "SENT AT YOUR PRESS"),
    ],
)
def test_a_label_read_after_the_answer_for_its_press_is_told_what_that_was(sent, words):
    story = Story()
    noted = car(2, VIN_A, state=State.LOCAL, local_vin=VIN_A)
    shown = story.says(EventKind.RECORDED, scan_id=2, submission=noted, earlier=sent)
    assert shown == (VIN_A, words)


def test_a_label_that_says_otherwise_than_the_answer_for_its_press_shows_both():
    story = Story()
    noted = car(2, VIN_A, state=State.LOCAL, local_vin=VIN_A)
    sent = car(1, VIN_B, state=State.RECOGNIZED)
    shown = story.says(EventKind.RECORDED, scan_id=2, submission=noted, earlier=sent)
    assert shown == (VIN_B, "CHECK VIN ON CAR!")
    assert story.later(2.0) == (VIN_A, "CHECK! READ HERE")


def test_a_scan_is_followed_to_its_answer_and_back_to_rest():
    story = Story()
    assert story.lines == READY
    assert story.says(EventKind.SCANNING)[0] == "SCANNING"
    assert story.says(EventKind.ACCEPTED, scan_id=1, submission=car(1, VIN_A))[0] == VIN_A
    done = car(1, VIN_A, state=State.RECOGNIZED, make="AUDI")
    assert story.says(EventKind.RECOGNIZED, after=2.0, submission=done) == (VIN_A, "OK AUDI")
    assert story.board.next_change(story.now) == story.now + 12.0
    assert story.later(11.9) == (VIN_A, "OK AUDI")
    assert story.later(0.1) == READY
    assert story.board.next_change(story.now) is None


def test_the_answer_for_the_car_that_left_does_not_cover_the_car_that_came():
    story = Story()
    story.says(EventKind.ACCEPTED, scan_id=1, submission=car(1, VIN_A))
    scanning = story.says(EventKind.SCANNING, after=3.0)
    late = {"submission": car(1, VIN_A)}
    assert story.says(EventKind.RECOGNIZED, **late) == scanning
    assert story.says(EventKind.RECOGNIZED, scan_id=1, **late) == scanning
    shown = story.says(EventKind.ACCEPTED, scan_id=2, submission=car(2, VIN_B))
    for kind in (EventKind.RECOGNIZED, EventKind.WAITING, EventKind.IN_DOUBT):
        assert story.says(kind, scan_id=1, **late) == shown
    assert story.says(EventKind.NO_LABEL, scan_id=1) == shown


def test_once_at_rest_an_answer_changes_the_counts_only():
    story = Story()
    story.says(EventKind.ACCEPTED, scan_id=1, submission=car(1, VIN_A))
    assert story.later(31.0) == READY
    doubt = QueueStatus(waiting=0, in_doubt=1, credits_today=1)
    asked = story.says(EventKind.IN_DOUBT, scan_id=1, submission=car(1, VIN_A), queue=doubt)
    assert asked == ("READY-1 IN DOUBT", "ASK THE OFFICE")


def test_an_answer_that_nobody_waits_for_is_not_shown():
    story = Story()
    assert story.says(EventKind.RECOGNIZED, submission=car(7, VIN_A)) == READY
    assert story.says(EventKind.RECOGNIZED) == READY


def test_a_doubt_without_a_count_is_counted_here():
    story = Story()
    story.says(EventKind.IN_DOUBT, submission=car(7))
    asked = story.says(EventKind.IN_DOUBT, submission=car(8))
    assert asked == ("READY-2 IN DOUBT", "ASK THE OFFICE")


def test_an_answer_that_overtakes_the_lanes_own_word_stays():
    story = Story()
    story.says(EventKind.SCANNING)
    mine = {"scan_id": 5, "submission": car(5, VIN_A, live=True)}
    answer = story.says(EventKind.RECOGNIZED, **mine)
    assert answer == (VIN_A, "OK CONFIRMED")
    assert story.says(EventKind.ACCEPTED, **mine) == answer
    assert story.says(EventKind.SCANNING)[0] == "SCANNING"
    assert story.says(EventKind.ACCEPTED, scan_id=6, submission=car(6, VIN_B))[0] == VIN_B


def test_the_answer_for_a_submitted_file_is_not_the_car_in_the_lane():
    story = Story()
    shown = story.says(EventKind.ACCEPTED, scan_id=1, submission=car(1, VIN_A, live=True))
    assert story.says(EventKind.RECOGNIZED, scan_id=2, submission=car(2, VIN_B)) == shown
    assert story.later(31.0) == READY
    assert story.says(EventKind.RECOGNIZED, scan_id=3, submission=car(3, VIN_B)) == READY


def test_nothing_is_called_sending_once_the_daily_limit_is_reached():
    story = Story()
    story.says(EventKind.DAILY_LIMIT)
    held = story.says(EventKind.ACCEPTED, scan_id=1, submission=car(1, VIN_A))
    assert held == (VIN_A, "SAVED - NOT SENT YET")


def test_an_answer_known_by_its_scan_alone_is_shown():
    story = Story()
    story.says(EventKind.ACCEPTED, scan_id=1)
    assert story.says(EventKind.IN_DOUBT, scan_id=1)[0] == "NOT SURE IT ARRIVED"


def test_busy_lies_over_the_scan_for_a_moment_only():
    story = Story()
    scanning = story.says(EventKind.SCANNING)
    assert story.says(EventKind.BUSY)[0] == "BUSY"
    assert story.later(1.5) == scanning
    story.says(EventKind.BUSY)
    assert story.says(EventKind.NO_LABEL, scan_id=1)[0] == "NO LABEL SEEN"


def test_pressing_twice_for_one_car_still_shows_its_answer():
    story = Story()
    story.says(EventKind.ACCEPTED, scan_id=1, submission=car(1, VIN_A))
    again = {"submission": car(2, VIN_A, state=State.DUPLICATE), "earlier": car(1, VIN_A)}
    assert story.says(EventKind.ALREADY_SCANNED, scan_id=2, **again)[1] == "ALREADY SCANNED"
    done = car(1, VIN_A, state=State.RECOGNIZED)
    assert story.says(EventKind.RECOGNIZED, scan_id=1, submission=done)[1] == "OK CONFIRMED"


def test_a_pause_cuts_a_promise_short_but_can_be_read_after():
    story = Story()
    story.says(EventKind.ACCEPTED, scan_id=1, submission=car(1, VIN_A))
    pause = Pause(PauseReason.BALANCE, "", None)
    assert story.says(EventKind.PAUSED, pause=pause)[0] == VIN_A
    assert story.later(2.0) == ("ACCOUNT EMPTY", "SCANS ARE SAVED")
    assert story.board.next_change(story.now) == story.now + 2.0
    assert story.later(2.0) == ("ACCOUNT EMPTY", "TELL THE OFFICE")
    held = story.says(EventKind.ACCEPTED, scan_id=2, submission=car(2, VIN_B))
    assert held == (VIN_B, "SAVED - NOT SENT YET")
    story.later(60.0)
    assert story.says(EventKind.RESUMED) == READY


def test_bad_news_about_a_scan_is_not_cut_short():
    story = Story()
    story.says(EventKind.REFUSED, scan_id=1)
    story.says(EventKind.CAMERA_LOST)
    assert story.later(11.0)[0] == "NOT SAVED"
    assert story.later(1.0) == ("CAMERA LOST", "CHECK ITS CABLE")
    assert story.says(EventKind.CAMERA_BACK) == READY


def test_ready_does_not_wipe_away_what_is_being_read():
    story = Story()
    shown = story.says(EventKind.NOT_VIN, scan_id=1)
    assert story.says(EventKind.READY) == shown


def test_a_person_s_decision_changes_the_counts_and_nothing_that_is_being_read():
    story = Story()
    doubt = QueueStatus(waiting=0, in_doubt=1, credits_today=1)
    assert story.says(EventKind.IN_DOUBT, queue=doubt)[0] == "READY-1 IN DOUBT"
    shown = story.says(EventKind.NOT_VIN, scan_id=1)
    resent = QueueStatus(waiting=1, in_doubt=0, credits_today=1)
    facts = {"submission": car(7, VIN_A, live=True), "queue": resent}
    assert story.says(EventKind.QUEUE_CHANGED, **facts) == shown
    assert story.later(6.0) == ("READY", "1 WAITING TO SEND")


def test_a_stopped_station_says_nothing_else():
    story = Story()
    off = story.says(EventKind.STOPPING)
    assert off == ("STATION IS OFF", "DO NOT SCAN")
    assert story.says(EventKind.ACCEPTED, scan_id=1, submission=car(1, VIN_A)) == off
    assert story.says(EventKind.BUSY) == off


def test_pages_and_holds_tell_when_to_look_again():
    story = Story()
    doubt = {"scan_id": 1, "submission": car(1, VIN_A, live=True)}
    story.says(EventKind.IN_DOUBT, **doubt)
    began = story.now
    assert story.board.next_change(began) == began + 2.0
    assert story.later(2.0) == (VIN_A, "ASK THE OFFICE")
    assert story.board.next_change(began + 11.5) == began + 12.0


lane_kinds = st.sampled_from([EventKind.SCANNING, EventKind.ACCEPTED, EventKind.NO_LABEL])
answers = st.sampled_from([EventKind.RECOGNIZED, EventKind.WAITING, EventKind.IN_DOUBT])


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(lane_kinds | answers, st.integers(1, 4), st.booleans(), st.floats(0, 20)),
        max_size=30,
    )
)
def test_a_vin_on_display_is_always_the_newest_scans(story_of):
    story = Story()
    vins = {number: f"1HGCM82633A00000{number}" for number in range(1, 5)}
    newest, ended = 0, 0
    for kind, number, by_scan, after in story_of:
        facts = {"submission": car(number, vins[number], live=True)}
        if kind is EventKind.NO_LABEL:
            facts = {}
        if kind is EventKind.SCANNING:
            facts, ended = {}, newest
        elif by_scan or kind is EventKind.ACCEPTED:
            facts["scan_id"] = number
            newest = max(newest, number)
        upper = story.says(kind, after=after, **facts)[0]
        if upper in vins.values():
            assert upper == vins[newest]
            assert newest > ended
