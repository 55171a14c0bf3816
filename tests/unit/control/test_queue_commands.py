"""queue, scans, status, trigger and submit as a person types them, on a real ledger."""

import datetime as dt
import fcntl
import json
import os
import re
import struct
import subprocess
import sys
import termios
import threading
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from click.testing import CliRunner

from kiosk.cli import cli
from kiosk.clock import ManualClock, SystemClock
from kiosk.commands.options import LaneFile
from kiosk.commands.reach import the_daemon
from kiosk.commands.status import look_at
from kiosk.commands.waiting import Patience, await_answer, end_progress, show_progress
from kiosk.commands.whereabouts import Whereabouts, find_lane
from kiosk.config.load import load_config
from kiosk.control.decisions import Surroundings
from kiosk.control.operations import Operations
from kiosk.control.protocol import PICTURE_LIMIT
from kiosk.control.server import ControlServer
from kiosk.errors import KioskError, NoDaemonError, UsageError
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.view import LedgerView
from kiosk.model import (
    Answer,
    Event,
    EventKind,
    Held,
    NewScan,
    NewSubmission,
    PauseReason,
    Reading,
    ScanOutcome,
    Settlement,
    State,
    Verdict,
)
from kiosk.supervisor import Life

VIN = "1M8GDM9AXKP042788"
LIST_KEYS = [
    *("id", "seq", "state", "sha256", "text", "vin", "vin_source"),
    *("credits", "attempts", "created", "reason"),
]
SUBMIT_KEYS = [
    *("file", "id", "state", "vin", "vin_source", "text", "credits", "duplicate_of", "reason"),
]


WELL = {"lane_state": "ready", "camera": "ok", "display": "ok"}


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def objects(self):
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def state_dir(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def config(tmp_path, state_dir):
    path = tmp_path / "lane.yaml"
    path.write_text(
        f"lane: test-lane\nstate_dir: {state_dir}\ncamera: {{source: 'simulated:{tmp_path}'}}\n"
    )
    return path


@pytest.fixture
def run(config):
    def run_command(*words):
        *command, last = words
        result = CliRunner().invoke(cli, [*command, last, "-c", str(config)])
        if isinstance(result.exception, KioskError):
            return Result(result.exception.exit_code, result.stdout, str(result.exception))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Result(result.exit_code, result.stdout, result.stderr)

    return run_command


@pytest.fixture
def process(config):
    """Run a command as a process of its own, on a terminal if there is something to type."""

    def run_process(*words, typed=None):
        command = [sys.executable, "-m", "kiosk", *words, "-c", str(config)]
        if typed is None:
            return subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
            )
        person, terminal = os.openpty()
        try:
            os.write(person, typed.encode())
            return subprocess.run(
                command, stdin=terminal, capture_output=True, text=True, check=False
            )
        finally:
            os.close(person)
            os.close(terminal)

    return run_process


@contextmanager
def lane_with(state_dir, pictures, *, answers=None, press=None, live=WELL, socket=None):
    """Run a daemon's control room; ``answers`` lists the state that each new picture ends in."""
    clock = SystemClock()
    with Ledger.open(state_dir, clock) as ledger:
        sender = Sender(ledger, list(answers or []))
        operations = Operations(
            ledger,
            pictures,
            clock,
            upload_when="located",
            surroundings=Surroundings(
                press=press and (lambda trigger: press(ledger, operations, trigger)),
                sender=sender,
                live_facts=lambda: dict(live),
            ),
        )
        sender.operations = operations
        server = ControlServer(socket or state_dir / "control.sock", operations, state_dir, clock)
        server.listen()
        life = Life("control", clock)
        thread = threading.Thread(target=server.run, args=(life,))
        thread.start()
        try:
            yield ledger
        finally:
            life.stop()
            thread.join(15)


class Sender:
    """An uploader that answers each picture at once, as the test lists it; then falls silent."""

    def __init__(self, ledger, answers):
        self.ledger = ledger
        self.answers = answers
        self.operations = None

    def notify(self, *, live=False):
        if self.answers:
            submission = settle(self.ledger, self.answers.pop(0))
            self.operations.notice(Event(EventKind.RECOGNIZED, 0.0, submission=submission))

    def resumed(self):
        """Sends nothing: these tests look at the queue as it is."""


def settle(ledger, state, reason=""):
    claim = ledger.claim()
    ledger.commit_tail(claim)
    good = state is State.RECOGNIZED
    answer = Answer(True, text=VIN, vin=VIN) if good else None
    credit = int(state in {State.RECOGNIZED, State.UNRECOGNIZED})
    return ledger.settle(claim, Settlement(state, reason, credit, answer=answer))


@pytest.fixture
def filled(state_dir, crops):
    """Fill a ledger with one submission of each kind, by number."""
    with Ledger.open(state_dir, ManualClock()) as ledger:
        ends = [
            (State.RECOGNIZED, ""),
            (State.IN_DOUBT, "the answer was lost"),
            (State.REJECTED, "no image has been uploaded"),
        ]
        for number, (state, reason) in enumerate(ends, 1):
            enqueue(ledger, crops(f"crop {number}"), None if number > 1 else VIN, consent=True)
            settle(ledger, state, reason)
        enqueue(ledger, crops("crop 4"), None, consent=True)
    return state_dir


def enqueue(ledger, crop, vin, *, consent=False):
    outcome = ScanOutcome.VIN if vin else ScanOutcome.UNREAD
    scan = NewScan("button", outcome, text=vin, vin=vin)
    return ledger.enqueue(scan, NewSubmission(crop, text=vin, vin=vin), consent=consent)


def state_of(state_dir, number):
    with LedgerView.open(state_dir) as view:
        return view.submission(number).state


# ---- queue: looking -----------------------------------------------------------------------


def test_the_list_shows_what_a_person_may_have_to_do_with(run, filled):
    listed = run("queue", "list", "--open", "--json")
    assert listed.code == 0
    assert [(row["id"], row["state"]) for row in listed.objects] == [
        (2, "in_doubt"),
        (3, "rejected"),
        (4, "queued"),
    ]


def test_the_list_shows_everything_unless_asked_for_less(run, filled):
    everything = run("queue", "list", "--json").objects
    assert [row["state"] for row in everything] == ["recognized", "in_doubt", "rejected", "queued"]
    assert run("queue", "list", "--all", "--json").objects == everything, "as it once was asked"
    assert "--all" not in run("queue", "list", "--help").out


def test_a_listed_row_has_the_documented_keys(run, filled):
    row = run("queue", "list", "--json").objects[0]
    assert list(row) == LIST_KEYS
    assert re.fullmatch("[0-9a-f]{64}", row["sha256"])
    assert (row["vin"], row["vin_source"], row["credits"], row["attempts"]) == (
        VIN,
        "service",
        1,
        1,
    )
    created = dt.datetime.fromisoformat(row["created"])
    assert created.timestamp() == ManualClock().wall()
    assert created.tzinfo is not None


def test_nothing_is_cut_where_the_output_is_no_terminal(process, filled):
    listed = process("queue", "list")
    assert listed.returncode == 0
    assert VIN in listed.stdout
    assert "no image has been uploaded" in listed.stdout
    assert "\x1b" not in listed.stdout


def test_an_empty_queue_says_so(run, state_dir):
    Ledger.open(state_dir, ManualClock()).close()
    assert run("queue", "list").out == "Nothing here yet.\n"
    assert run("queue", "list", "--open").out == "Nothing waits, nothing is in doubt.\n"
    assert run("queue", "list", "--json").out == ""


def test_looking_works_beside_a_running_lane(run, filled, pictures):
    with lane_with(filled, pictures):
        assert len(run("queue", "list", "--json").objects) == 4


def test_a_lane_that_never_ran_is_a_usage_error(run):
    for words in (["queue", "list"], ["scans"], ["status"]):
        assert run(*words).code == 2


def test_one_submission_is_shown_with_all_that_is_known(run, filled):
    shown = run("queue", "show", "2", "--json")
    assert shown.objects[0]["reason"] == "the answer was lost"
    assert set(LIST_KEYS) < set(shown.objects[0])
    assert "the answer was lost" in run("queue", "show", "2").out


def test_an_unknown_number_exits_with_2(run, filled):
    for words in (["show", "99"], ["export", "99", "--out", "-"], ["drop", "99", "--yes"]):
        result = run("queue", *words)
        assert result.code == 2
        assert "there is no submission 99" in result.err
    assert run("queue", "show", "0").code == 2


# ---- queue: deciding ----------------------------------------------------------------------


def test_nothing_is_paid_twice_without_a_person(run, filled):
    for verb in ("resend", "drop"):
        refused = run("queue", verb, "2")
        assert refused.code == 2
        assert "--yes" in refused.err
    assert state_of(filled, 2) is State.IN_DOUBT


def test_a_person_is_told_the_price_and_may_decline(process, filled):
    declined = process("queue", "resend", "2", typed="n\n")
    assert declined.returncode == 1
    assert "may be paid for twice" in declined.stderr
    assert state_of(filled, 2) is State.IN_DOUBT
    agreed = process("queue", "resend", "3", typed="y\n")
    assert agreed.returncode == 0, agreed.stderr
    assert "costs a credit" in agreed.stderr
    assert state_of(filled, 3) is State.QUEUED


def test_decisions_without_a_daemon_take_the_lock(run, filled):
    resent = run("queue", "resend", "2", "--yes", "--json")
    assert resent.code == 0
    assert resent.objects[0]["state"] == "queued"
    assert f"(uid {os.getuid()})" in resent.objects[0]["reason"]
    assert run("queue", "drop", "3", "--yes").out == "Submission 3 is dropped.\n"
    assert state_of(filled, 3) is State.DROPPED


def test_a_locked_state_without_a_socket_exits_with_3(run, filled):
    with Ledger.open(filled, ManualClock()):
        for words in (["drop", "3", "--yes"], ["resend", "2", "--yes"], ["resume"]):
            refused = run("queue", *words)
            assert refused.code == 3, refused
            assert "in use by process" in refused.err


def test_decisions_beside_a_daemon_go_through_it(run, filled, pictures):
    with lane_with(filled, pictures) as ledger:
        assert run("queue", "resend", "2", "--yes").code == 0
        assert f"(uid {os.getuid()})" in ledger.submission(2).reason
        assert run("queue", "drop", "3", "--yes", "--json").objects[0]["state"] == "dropped"


def test_what_is_answered_already_cannot_be_decided(run, filled, pictures):
    for verb in ("resend", "drop"):
        assert run("queue", verb, "1", "--yes").code == 1
    with lane_with(filled, pictures):
        for verb in ("resend", "drop"):
            assert run("queue", verb, "1", "--yes").code == 1
    assert state_of(filled, 1) is State.RECOGNIZED


def test_the_evidence_is_exported_byte_for_byte(run, filled, tmp_path, crops):
    out = tmp_path / "crop.png"
    exported = run("queue", "export", "4", "--out", str(out))
    assert exported.code == 0
    assert out.read_bytes() == crops("crop 4").data
    assert run("queue", "export", "4", "--out", "-").out.encode() == crops("crop 4").data
    assert run("queue", "export", "4", "--out", str(tmp_path / "no" / "crop")).code == 2


def test_a_scan_recorded_here_has_no_picture_to_export(run, state_dir):
    with Ledger.open(state_dir, ManualClock()) as ledger:
        scan = NewScan("button", ScanOutcome.FOREIGN, vin=VIN)
        ledger.enqueue(scan, NewSubmission(None, VIN, VIN, local=True))
    refused = run("queue", "export", "1", "--out", "-")
    assert refused.code == 1
    assert "no picture" in refused.err


@pytest.mark.parametrize("reason", list(PauseReason))
def test_a_resume_says_what_was_consented_to(run, filled, reason):
    with Ledger.open(filled, ManualClock()) as ledger:
        ledger.pause(reason, "why")
    resumed = run("queue", "resume")
    assert resumed.code == 0
    assert "You said that" in resumed.out
    assert "costs one credit" in resumed.out
    assert run("queue", "resume").out == "The queue was not paused.\n"
    assert run("queue", "resume", "--json").objects == [{"pause": None, "pauses": []}]


def test_a_person_pauses_the_queue_and_lets_it_go_on(run, filled):
    paused = run("queue", "pause", "--reason", "stock taking")
    assert (paused.code, "`vin-kiosk queue resume`" in paused.out) == (0, True)
    with Ledger.open(filled, ManualClock()) as ledger:
        assert ledger.claim() == Held("paused")
        ledger.pause(PauseReason.BALANCE, "insufficient balance")
    status = run("status", "--json").objects[0]
    assert [one["reason"] for one in status["pauses"]] == ["balance", "operator"]
    assert "stock taking (user " in status["pauses"][1]["detail"]
    assert "operator: stock taking" in run("status").out
    resumed = run("queue", "resume").out
    assert "It was paused for balance: insufficient balance\n" in resumed
    assert "that the balance is topped up and that sending may go on" in resumed
    again = run("queue", "pause", "--json").objects[0]
    assert [one["reason"] for one in again["pauses"]] == ["operator"]


def test_the_daily_limit_shows_in_the_status_without_a_daemon(run, filled):
    with Ledger.open(filled, SystemClock()) as ledger:
        claimed = ledger.claim()
        ledger.commit_tail(claimed)
        ledger.settle(claimed, Settlement(State.RECOGNIZED, "recognised", credits=1))
    limit = ("--set", "upload.daily_credit_limit=1")
    status = run("status", "--json", *limit).objects[0]
    assert (status["limit_reached"], status["pause"]) == (True, None)
    assert [one["reason"] for one in status["pauses"]] == ["budget"]
    assert "today's limit of credits" in run("status", *limit).out
    assert run("status", "--json").objects[0]["pauses"] == []


def test_a_damaged_record_is_listed_as_such_and_shows_no_vin(run, filled):
    before = run("queue", "list", "--json").objects
    vin = before[0]["vin"].encode()
    path = filled / "ledger.sqlite"
    path.write_bytes(path.read_bytes().replace(vin, vin[:-1] + b"X"))
    listed = run("queue", "list", "--json")
    assert (listed.code, len(listed.objects)) == (0, len(before))
    states = {row["id"]: (row["state"], row["vin"]) for row in listed.objects}
    assert states[before[0]["id"]] == ("damaged", None)
    assert all(set(row) == set(LIST_KEYS) for row in listed.objects)
    assert "damaged" in run("queue", "list").out


def test_who_decided_what_is_shown(run, filled):
    run("queue", "resend", "2", "--yes")
    run("queue", "drop", "2", "--yes")
    shown = run("queue", "show", "2", "--json").objects[0]
    assert [one["what"] for one in shown["decisions"]] == ["resend", "drop"]
    assert all("(uid " in one["who"] and "time" in one for one in shown["decisions"])
    assert shown["decisions"][1]["detail"].startswith("sent again by user ")
    words = run("queue", "show", "2").out
    assert "resend" in words
    assert "(uid " in words
    assert run("queue", "show", "1", "--json").objects[0]["decisions"] == []


# ---- scans and status ---------------------------------------------------------------------


def test_scans_are_listed_the_newest_first_and_never_steer_a_terminal(run, state_dir):
    with Ledger.open(state_dir, ManualClock()) as ledger:
        ledger.record_scan(NewScan("button", ScanOutcome.NONE))
        evil = "\x1b]0;owned\x07[red]\x9b2J"
        ledger.record_scan(NewScan("button", ScanOutcome.FOREIGN, text=evil, symbology="qr"))
    listed = run("scans", "--json")
    assert [row["outcome"] for row in listed.objects] == ["foreign", "none"]
    assert listed.objects[0]["text"] == evil
    assert len(run("scans", "--limit", "1", "--json").objects) == 1
    table = run("scans").out
    assert "[red]" in table
    for text in (table, listed.out):
        assert not set(text) & {"\x1b", "\x07", "\x9b"}


def test_no_scan_yet(run, state_dir):
    Ledger.open(state_dir, ManualClock()).close()
    assert run("scans").out == "No scan yet.\n"


def test_the_status_of_a_lane_that_does_not_run(run, filled):
    with Ledger.open(filled, ManualClock()) as ledger:
        ledger.pause(PauseReason.BALANCE, "insufficient balance")
    status = run("status", "--json").objects[0]
    assert (status["lane"], status["running"], status["pid"]) == ("test-lane", False, None)
    assert (status["waiting"], status["in_doubt"]) == (1, 1)
    assert status["pause"]["reason"] == "balance"
    assert "top up" in status["advice"]
    words = run("status").out
    assert "balance: insufficient balance" in words
    assert "vin-kiosk queue resume" in words


def test_the_status_of_a_running_lane(run, filled, pictures):
    with lane_with(filled, pictures):
        status = run("status", "--json").objects[0]
        words = run("status").out
    assert (status["running"], status["pid"]) == (True, os.getpid())
    assert (status["lane_state"], status["camera"]) == ("ready", "ok")
    assert status["in_doubt"] == 1
    assert "vin-kiosk queue resend" in status["advice"]
    assert "0 h 00 min" in words


def test_the_status_ends_with_what_to_do(run, filled, config):
    option = f"--config {config}"
    *_, before, last = run("status").out.splitlines()
    assert not before.startswith("advice")
    assert last.startswith("advice  ")
    assert f"`vin-kiosk run --config {config}`" in last
    assert "systemctl" not in last, "systemd knows nothing of this file"
    assert f"`vin-kiosk queue show {option} 2`" in last
    assert f"`vin-kiosk queue resend {option} 2` (may be paid twice)" in last
    assert f"`vin-kiosk queue drop {option} 2`" in last


def test_a_doubt_is_said_to_count_where_the_credits_are_counted(run, state_dir, crops):
    with Ledger.open(state_dir, SystemClock()) as ledger:
        for state in (State.RECOGNIZED, State.IN_DOUBT):
            enqueue(ledger, crops(state.value), None, consent=True)
            settle(ledger, state)
    assert run("status", "--json").objects[0]["credits_today"] == 2
    assert "2 (each doubt counts as spent)" in run("status").out


@pytest.mark.parametrize(("lanes", "option"), [(1, ""), (2, " --lane test-lane")])
def test_the_advice_names_the_lane_where_there_are_several(
    filled, config, tmp_path, monkeypatch, lanes, option
):
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "test-lane.yaml").write_bytes(config.read_bytes())
    if lanes > 1:
        (folder / "other.yaml").touch()
    monkeypatch.setenv("VIN_KIOSK_CONFIG_DIR", str(folder))
    told = CliRunner().invoke(cli, ["status", "--lane", "test-lane"])
    assert f"`vin-kiosk queue resend{option} 2`" in told.stdout
    assert "`sudo systemctl start vin-kiosk@test-lane`" in told.stdout


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("lane: test-lane\nstate_dir: {}\ncamera: {{source: /dev/video0, fsp: 3}}\n", "fsp"),
        ("lane: test-lane\nstate_dir: {}\n", "camera"),
    ],
)
def test_a_mistake_saved_into_the_file_does_not_hide_the_running_lane(
    run, filled, pictures, config, text, mistake
):
    config.write_text(text.format(filled), "utf-8")
    for words in (["status"], ["trigger"], ["queue", "list"], ["queue", "pause"]):
        assert run(*words).code == 2, f"{words}: no lane runs, and its file is wrong"
    with lane_with(filled, pictures, press=lambda *_: True):
        status = run("status", "--json")
        assert (status.code, status.objects[0]["running"]) == (0, True)
        assert "has a mistake" in status.objects[0]["problem"]
        assert mistake in status.objects[0]["problem"]
        assert "`vin-kiosk check-config --config" in run("status").out
        assert run("trigger", "--json").objects == [{"outcome": "accepted"}]
        listed = run("queue", "list", "--json")
        assert [one["id"] for one in listed.objects][:2] == [1, 2]
        assert "has a mistake" in listed.err
        assert run("queue", "pause").code == 0
        typed = run("status", "--set", "camera.fps=none")
        assert typed.code == 2, "what was typed now is not what the lane goes on without"


def test_a_file_that_is_no_yaml_any_more_leaves_the_usual_places(tmp_path, monkeypatch, pictures):
    monkeypatch.setenv("VIN_KIOSK_CONFIG_DIR", str(tmp_path))
    monkeypatch.setattr("kiosk.commands.whereabouts._USUAL_STATE", tmp_path)
    (tmp_path / "test-lane.yaml").write_text("lane: test-lane\n camera: [\n", "utf-8")
    with lane_with(tmp_path / "test-lane", pictures):
        told = CliRunner().invoke(cli, ["status", "--json"])
    assert (told.exit_code, json.loads(told.stdout)["running"]) == (0, True)


def test_a_lost_camera_is_the_advice_in_its_own_words(run, state_dir, pictures):
    facts = {"lane_state": "ready", "camera": "/dev/video0 is gone", "display": "ok"}
    with lane_with(state_dir, pictures, live=facts):
        *_, last = run("status").out.splitlines()
    assert last.startswith("advice")
    assert "see to the camera: the lane goes on by itself once it is back" in last
    assert "display" not in last


def test_who_may_ask_the_daemon_need_not_read_the_ledger(run, filled, pictures):
    with lane_with(filled, pictures):
        (filled / "ledger.sqlite").rename(filled / "aside")
        (filled / "ledger.sqlite").write_bytes(b"nothing that can be read" * 99)
        try:
            status = run("status", "--json").objects[0]
        finally:
            (filled / "aside").rename(filled / "ledger.sqlite")
    assert (status["waiting"], status["in_doubt"], status["first_in_doubt"]) == (1, 1, 2)
    assert list(status)[-1] == "advice"


@pytest.fixture
def moved_lane(config, tmp_path, pictures):
    """Change state_dir in the file of a lane that runs on with the old one."""
    runtime = tmp_path / "run"
    runtime.mkdir()
    with lane_with(tmp_path / "old", pictures, socket=runtime / "test-lane.sock"):
        yield Whereabouts("test-lane", load_config(config).state_dir, load_config(config)), runtime


def test_a_lane_whose_state_dir_was_changed_runs_all_the_same(moved_lane, state_dir):
    facts = look_at(*moved_lane)
    assert (facts["running"], facts["waiting"]) == (True, None)
    assert "another state_dir" in facts["problem"]
    assert facts["advice"].endswith("`sudo systemctl restart vin-kiosk@test-lane`")
    assert not state_dir.exists()
    with pytest.raises(NoDaemonError, match=r"runs with another state_dir .* restart vin-kiosk@"):
        the_daemon(*moved_lane)


def test_a_lane_that_never_ran_has_nothing_to_tell(config, tmp_path):
    where = find_lane(LaneFile(config=config))
    with pytest.raises(UsageError, match="has the lane ever run"):
        look_at(where, tmp_path)
    with pytest.raises(NoDaemonError, match=f"`vin-kiosk run --config {config}`"):
        the_daemon(where, tmp_path)


def test_a_daemon_that_talks_nonsense_does_not_hide_the_queue(run, filled, tmp_path):
    (filled / "control.sock").symlink_to(tmp_path / "loop")
    (tmp_path / "loop").symlink_to(filled / "control.sock")
    status = run("status", "--json")
    assert status.code == 0
    assert status.objects[0]["running"] is None
    assert status.objects[0]["waiting"] == 1


# ---- trigger ------------------------------------------------------------------------------


def test_a_press_needs_a_daemon(run):
    refused = run("trigger")
    assert refused.code == 3
    assert "start it with `vin-kiosk run --config" in refused.err


def test_a_press_while_a_scan_runs_exits_with_1(run, state_dir, pictures):
    with lane_with(state_dir, pictures, press=lambda *_: False):
        refused = run("trigger", "--json")
    assert (refused.code, refused.objects) == (1, [{"outcome": "busy"}])


def test_a_press_is_taken(run, state_dir, pictures):
    with lane_with(state_dir, pictures, press=lambda *_: True):
        assert run("trigger", "--json").objects == [{"outcome": "accepted"}]


def test_a_press_is_followed_to_the_answer(run, state_dir, pictures, crops):
    def press(ledger, operations, trigger):
        operations.notice(Event(EventKind.SCANNING, 0.0))
        scan_id = enqueue_as(ledger, trigger, crops("crop"))
        operations.notice(Event(EventKind.ACCEPTED, 0.0, scan_id))
        settle(ledger, State.RECOGNIZED)
        operations.notice(Event(EventKind.RECOGNIZED, 0.0))
        return True

    with lane_with(state_dir, pictures, press=press):
        followed = run("trigger", "--wait", "--json")
    facts = followed.objects[0]
    assert followed.code == 0
    assert (facts["outcome"], facts["state"], facts["vin"]) == ("vin", "recognized", VIN)


def enqueue_as(ledger, trigger, crop):
    scan = NewScan(trigger.source, ScanOutcome.VIN, text=VIN, vin=VIN)
    return ledger.enqueue(scan, NewSubmission(crop, VIN, VIN)).scan_id


def test_a_press_that_finds_no_label_exits_with_1(run, state_dir, pictures):
    def press(ledger, operations, trigger):
        operations.notice(Event(EventKind.SCANNING, 0.0))
        scan_id = ledger.record_scan(NewScan(trigger.source, ScanOutcome.NONE))
        operations.notice(Event(EventKind.NO_LABEL, 0.0, scan_id))
        return True

    with lane_with(state_dir, pictures, press=press):
        followed = run("trigger", "--wait", "--json")
    assert (followed.code, followed.objects[0]["outcome"]) == (1, "none")


def test_a_press_whose_scan_cannot_be_saved_says_why_at_once(run, state_dir, pictures):
    def press(ledger, operations, trigger):
        operations.notice(Event(EventKind.SCANNING, 0.0))
        operations.notice(Event(EventKind.REFUSED, 0.0, detail="the disk is full"))
        return True

    with lane_with(state_dir, pictures, press=press):
        followed = run("trigger", "--wait", "--timeout", "60", "--json")
        words = run("trigger", "--wait", "--timeout", "60").out
        status, shown = run("status", "--json").objects[0], run("status").out
    assert followed.code == 1
    assert followed.objects == [{"scan": None, "outcome": "refused", "reason": "the disk is full"}]
    assert "the disk is full" in words
    assert status["refused"] == "the disk is full"
    assert "the disk is full" in shown
    assert "make room on the disk" in shown


def test_a_press_without_a_scan_ends_at_the_time_out(run, state_dir, pictures):
    with lane_with(state_dir, pictures, press=lambda *_: True):
        followed = run("trigger", "--wait", "--timeout", "0.1")
    assert followed.code == 1
    assert "no scan was recorded" in followed.err


# ---- submit -------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path, pictures):
    def write(name, data):
        path = tmp_path / name
        path.write_bytes(data)
        return str(path)

    return write


def test_pictures_go_the_whole_way_and_each_gets_its_line(run, state_dir, pictures, files):
    good, empty = files("good.png", pictures.vin()), files("no.png", pictures.make(NOTHING))
    broken, again = files("broken.jpg", b"\xff\xd8\xffjunk"), files("again.png", pictures.unread())
    with lane_with(state_dir, pictures, answers=[State.RECOGNIZED, State.UNRECOGNIZED]):
        result = run("submit", "--json", "--timeout", "20", good, empty, broken, again, good)
    first, nothing, error, unread, duplicate = result.objects
    assert result.code == 1
    assert list(first) == SUBMIT_KEYS
    assert (first["file"], first["state"], first["vin"]) == (good, "recognized", VIN)
    assert (first["vin_source"], first["credits"]) == ("service", 1)
    assert list(nothing) == SUBMIT_KEYS
    assert (nothing["id"], nothing["state"]) == (None, None)
    assert nothing["reason"] == "no VIN barcode found"
    assert list(error) == ["file", "error"]
    assert (unread["state"], unread["credits"]) == ("unrecognized", 1)
    assert (duplicate["state"], duplicate["credits"]) == ("duplicate", 0)
    assert (duplicate["duplicate_of"], duplicate["vin"]) == (first["id"], VIN)


NOTHING = Reading(Verdict.NONE)


def test_exit_code_0_means_that_every_file_has_its_vin(run, state_dir, pictures, files):
    good = files("good.png", pictures.vin())
    code = files("qr.png", pictures.make(Reading(Verdict.FOREIGN, VIN, VIN, 1.0, "qr")))
    with lane_with(state_dir, pictures, answers=[State.RECOGNIZED]):
        result = run("submit", code, good, good)
    assert result.code == 0, result
    first, second, third = result.out.splitlines()
    assert "local" in first
    assert "recognized" in second
    assert "credits: 1" in second
    assert "duplicate" in third


def test_what_is_not_answered_in_time_is_saved(run, state_dir, pictures, files):
    picture = files("good.png", pictures.vin())
    with lane_with(state_dir, pictures):
        result = run("submit", "--json", "--timeout", "0.1", picture)
    facts = result.objects[0]
    assert result.code == 1
    assert (facts["state"], facts["credits"], facts["vin"]) == ("queued", 0, VIN)
    assert facts["reason"] == "saved; will be sent when the service answers"
    assert state_of(state_dir, facts["id"]) is State.QUEUED


def test_a_doubt_is_not_what_was_asked(run, state_dir, pictures, files):
    with lane_with(state_dir, pictures, answers=[State.IN_DOUBT]):
        result = run("submit", "--json", files("a.png", pictures.vin()))
    assert (result.code, result.objects[0]["state"]) == (1, "in_doubt")


def test_a_person_may_pay_again_from_the_command_line(run, state_dir, pictures, files):
    picture = files("good.png", pictures.vin())
    with lane_with(state_dir, pictures, answers=[State.RECOGNIZED, State.RECOGNIZED]):
        assert run("submit", picture).code == 0
        again = run("submit", "--pay-again", "--json", picture)
    assert (again.objects[0]["state"], again.objects[0]["credits"]) == ("recognized", 1)


def test_what_cannot_be_read_is_said_and_the_rest_goes_on(
    run, state_dir, pictures, files, tmp_path
):
    good = files("good.png", pictures.vin())
    os.mkfifo(tmp_path / "pipe")
    with lane_with(state_dir, pictures, answers=[State.RECOGNIZED]):
        result = run(
            "submit", "--json", str(tmp_path), str(tmp_path / "no"), str(tmp_path / "pipe"), good
        )
    errors = [facts.get("error") for facts in result.objects]
    assert errors == ["is no file", "cannot be read: No such file or directory", "is no file", None]
    assert result.code == 1


def test_a_picture_too_large_for_the_way_is_said_at_once(run, state_dir, pictures, tmp_path):
    huge = tmp_path / "huge.bmp"
    huge.touch()
    os.truncate(huge, PICTURE_LIMIT + 1)
    with lane_with(state_dir, pictures):
        result = run("submit", str(huge))
    assert result.out == f"{huge}: is larger than {PICTURE_LIMIT // 1024**2} MiB\n"


def test_what_could_not_be_submitted_says_why_to_a_person(run, state_dir, pictures, files):
    with lane_with(state_dir, pictures):
        result = run("submit", files("no.png", pictures.make(NOTHING)))
    assert result.out.endswith("no.png: not submitted, no VIN barcode found\n")


def test_a_daemon_that_stops_while_it_is_waited_for_has_saved_the_picture():
    class StoppedLane:
        def wait(self, submission_id, timeout_s):
            raise NoDaemonError("no daemon answers")

    facts = {"id": 1, "pending": True, "reason": None, "good": False}
    told = await_answer(StoppedLane(), facts, Patience(60, ManualClock()))
    assert told["reason"].startswith("saved")
    assert not told["good"]


def test_patience_begins_again_with_each_answer():
    clock = ManualClock()
    patience = Patience(60, clock)
    clock.advance(50)
    assert patience.left == 10

    class AnsweringLane:
        def wait(self, submission_id, timeout_s):
            assert timeout_s == 10
            return {"id": 1, "pending": False}

    await_answer(AnsweringLane(), {"id": 1, "pending": True}, patience)
    assert patience.left == 60
    clock.advance(61)
    assert patience.left == 0


def test_progress_is_shown_on_a_terminal_and_wiped(monkeypatch):
    person, terminal = os.openpty()
    with os.fdopen(terminal, "w") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        show_progress("a\x1b.jpg: looking")
        end_progress()
    expected = "\r\x1b[Ka\N{REPLACEMENT CHARACTER}.jpg: looking\r\x1b[K"
    shown = b""
    while len(shown) < len(expected.encode()):  # a terminal hands its bytes over in parts
        shown += os.read(person, 1000)
    os.close(person)
    assert shown.decode() == expected


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
@pytest.mark.usefixtures("open_path")
def test_who_may_use_the_socket_but_not_the_ledger_still_sees_the_status(filled, config, pictures):
    filled.chmod(0o755)
    program = (
        "import os, sys\nfrom kiosk.cli import cli\n"
        "status = ['status', '--json', '-c', sys.argv[1]]\n"
        "cli(status, standalone_mode=False)\n"  # loads what only root may read here
        "os.setgroups([]); os.setuid(65534)\n"  # still of the socket's group
        "cli(status)\n"
    )
    with lane_with(filled, pictures):
        told = subprocess.run(
            [sys.executable, "-c", program, str(config)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert told.returncode == 0, told.stderr
    status = json.loads(told.stdout.splitlines()[-1])
    assert (status["running"], status["waiting"], status["in_doubt"]) == (True, 1, 1)


def test_submitting_nothing_is_a_usage_error(run):
    assert run("submit", "--json").code == 2


def test_looking_at_the_queue_does_not_load_opencv(filled, config):
    program = (
        "import sys\nfrom kiosk.cli import cli\n"
        "try:\n    cli(['queue', 'list', '-c', sys.argv[1]])\n"
        "finally:\n    assert 'cv2' not in sys.modules\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, str(config)], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr


# ---- what a person is told ----------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["abc", "0", "-1", "1.5", "٣", "9" * 30])
def test_what_is_no_id_is_told_where_ids_are_found(run, filled, wrong):
    shown = run("queue", "show", "--", wrong) if wrong == "-1" else run("queue", "show", wrong)
    assert shown.code == 2
    assert "vin-kiosk queue list" in shown.err


def test_an_id_that_is_not_there_is_told_where_ids_are_found(run, filled):
    shown = run("queue", "show", "99")
    assert shown.code == 2
    assert shown.err.startswith("there is no submission 99: `vin-kiosk queue list`")


def test_every_attempt_of_a_submission_is_shown(run, state_dir, crops):
    with Ledger.open(state_dir, ManualClock()) as ledger:
        enqueue(ledger, crops("a"), VIN)
        ledger.settle(ledger.claim(), Settlement(State.QUEUED, "connection refused"))
        settle(ledger, State.IN_DOUBT, "the answer was lost")
        enqueue(ledger, crops("b"), None)
        ledger.claim()
        history = run("queue", "show", "1", "--json").objects[0]["history"]
        under_way = run("queue", "show", "2").out
    assert [(one["outcome"], one["tail_sent"], one["reason"]) for one in history] == [
        ("queued", False, "connection refused"),
        ("in_doubt", True, "the answer was lost"),
    ]
    assert dt.datetime.fromisoformat(history[0]["started"]).timestamp() == ManualClock().wall()
    assert history[0]["seconds"] == 0
    shown = run("queue", "show", "1").out
    assert "connection refused" in shown
    assert "in_doubt" in shown
    assert "under way" in under_way


def test_a_resume_without_a_daemon_promises_nothing_for_now(run, filled, pictures):
    with Ledger.open(filled, ManualClock()) as ledger:
        ledger.pause(PauseReason.BALANCE, "insufficient balance")
    alone = run("queue", "resume").out
    assert "sent when the lane runs" in alone
    assert "sent now" not in alone
    with lane_with(filled, pictures) as ledger:
        ledger.pause(PauseReason.BALANCE, "insufficient balance")
        assert "sent now" in run("queue", "resume").out


def test_an_export_tells_its_facts_as_json(run, filled, tmp_path):
    out = tmp_path / "crop.png"
    (facts,) = run("queue", "export", "1", "--json", "--out", str(out)).objects
    assert (facts["id"], facts["file"], facts["bytes"]) == (1, str(out), out.stat().st_size)
    both = run("queue", "export", "1", "--json", "--out", "-")
    assert both.code == 2


@pytest.mark.parametrize("words", [("scans",), ("queue", "list"), ("queue", "show", "2")])
def test_tables_fit_a_terminal_of_80_columns(filled, config, words):
    with Ledger.open(filled, ManualClock()) as ledger:
        name, detail = "IMG_2026-11-22_at_dock.jpg", "the picture is damaged " * 3
        scan = NewScan("presentation", ScanOutcome.SET_ASIDE, file_name=name, detail=detail)
        ledger.record_scan(scan)
        ledger.record_scan(NewScan("button", ScanOutcome.VIN, text=VIN, vin=VIN))
    person, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 80, 0, 0))
    try:
        command = [sys.executable, "-m", "kiosk", *words, "-c", str(config)]
        subprocess.run(command, stdin=terminal, stdout=terminal, check=True)
    finally:
        os.close(terminal)
    with os.fdopen(person, "rb") as screen:
        shown = b"".join(iter(lambda: _read_some(screen), b"")).decode()
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) < 30
    if words == ("scans",):
        assert any(VIN in line and "1970" not in line for line in lines)
        assert any(name in line for line in lines)


def _read_some(screen):
    try:
        return screen.read1(65536)
    except OSError:  # the terminal has no writer any more
        return b""
