"""`vin-kiosk station test` with a person at a real terminal's other end: a display on a pty."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
from click.testing import CliRunner
from typing_hand import keyboard

from kiosk.cli import cli
from kiosk.clock import SystemClock
from kiosk.control.server import ControlServer
from kiosk.errors import KioskError, UsageError
from kiosk.station.port import Port
from kiosk.station.simulated import SimulatedStation
from kiosk.supervisor import Life

PICTURES = 6
QUESTIONS = PICTURES + 1  # and one about the brightness


class Technician:
    """Runs the command on a thread of its own, and answers what it asks."""

    def __init__(self, arguments, answers):
        command = ["station", "test", "--pause", "0", *map(str, arguments)]
        self._result = None
        self._thread = threading.Thread(target=self._run, args=(command, answers))
        self._thread.start()

    def _run(self, command, answers):
        with keyboard(answers) as typed:
            self._result = CliRunner().invoke(cli, command, input=typed)

    def leaves(self):
        """Wait for the end: the exit code, what was printed, and what was asked."""
        self._thread.join(60)
        result = self._result
        if isinstance(result.exception, KioskError):
            return result.exception.exit_code, result.stdout, str(result.exception)
        return result.exit_code, result.stdout, result.stderr


@contextmanager
def technician(*arguments, answers=""):
    person = Technician(arguments, answers)
    yield person
    person.leaves()


@pytest.fixture
def simulated():
    with SimulatedStation() as station:
        yield station


@pytest.fixture
def lane(tmp_path, simulated):
    path = tmp_path / "lane.yaml"
    path.write_text(
        f'lane: test\nstate_dir: {tmp_path}/state\ncamera: {{source: "simulated:x.jpg"}}\n'
        f"station: {{port: {simulated.port}}}\n"
    )
    return path


def pressed_when_asked(simulated, data=None):
    assert simulated.wait_for(lambda glass: "PRESS THE BUTTON" in glass.text, 30)
    simulated.press() if data is None else simulated.type(data)


def test_all_is_seen_and_the_button_is_heard(simulated, lane):
    with technician("-c", lane, answers="\n" * QUESTIONS) as person:
        pressed_when_asked(simulated)
        code, said, asked = person.leaves()
    assert code == 0, said + asked
    assert said.splitlines() == [
        "columns: seen",
        "characters 1: seen",
        "characters 2: seen",
        "characters 3: seen",
        "upper row: seen",
        "lower row: seen",
        "brightness: seen",
        "button: heard (0d)",
        "",
        "device  result",
        "─────────",
        "display ok",
        "button  ok",
    ]
    assert "Do you see both rows filled to their last column? [Y/n]" in asked
    assert "|12345678901234567890|" in asked
    assert simulated.wait_for(lambda glass: glass.lines == ("STATION TEST", "IS OVER"))
    assert ("12345678901234567890", "X" * 20) in simulated.glass.history
    assert simulated.glass.misunderstood == b""
    Port(simulated.port, 9600).close()  # it was let go


class Repeating(SimulatedStation):
    """A display on an adapter that gives back whatever it is sent."""

    def _feed(self, data):
        super()._feed(data)
        self.type(data)


def test_a_line_that_gives_back_what_it_is_sent_is_no_button(lane):
    with Repeating() as station:
        lane.write_text(re.sub("port: [^}]*", f"port: {station.port}", lane.read_text()))
        with technician("-c", lane, answers="\n" * QUESTIONS) as person:
            code, said, asked = person.leaves()
    assert code == 1, said + asked
    assert "button: NOT HEARD: the line gives back what the display is sent" in said
    assert "switch the echo off" in said


def test_what_is_not_seen_is_exit_1(simulated, lane):
    answers = "y\nn\n" + "y\n" * QUESTIONS
    with technician("-c", lane, "--timeout", 0, answers=answers) as person:
        code, said, _ = person.leaves()
    assert code == 1
    assert "characters 1: NOT SEEN" in said
    assert "button" not in said


@pytest.mark.parametrize(
    ("answers", "to_do"),
    [
        ("n\n" * QUESTIONS, "check its supply and cable, then its speed"),
        ("n\n" + "y\n" * PICTURES, "is station.display the set of commands"),
        ("y\n" * PICTURES + "n\n", "no harm"),
        ("n\n" + "y\n" * (PICTURES - 1) + "n\n", "is station.display the set of commands"),
    ],
    ids=["dark", "a-picture", "brightness", "both"],
)
def test_what_to_do_fits_all_that_was_not_seen(simulated, lane, answers, to_do):
    with technician("-c", lane, "--timeout", 0, answers=answers) as person:
        code, said, _ = person.leaves()
    assert code == 1
    (advice,) = [line for line in said.splitlines() if line.startswith("display: ")]
    assert to_do in advice


@pytest.mark.parametrize(
    ("option", "words"), [((), "add --yes"), (("--find",), "--find needs one")]
)
def test_nobody_can_be_asked_without_a_terminal(simulated, lane, option, words):
    result = CliRunner().invoke(cli, ["station", "test", "-c", str(lane), *option], input="y\n" * 9)
    assert isinstance(result.exception, UsageError)
    assert str(result.exception) == f"no terminal to ask at: {words}"
    assert len(simulated.glass.history) == 1, "nothing was shown"


def test_without_a_configuration_and_without_questions_as_json(simulated):
    with technician("--port", simulated.port, "--yes", "--json") as person:
        pressed_when_asked(simulated, b"\x1c\r")
        code, said, asked = person.leaves()
    assert code == 0, asked
    *shown, button, result = map(json.loads, said.splitlines())
    assert len(shown) == QUESTIONS
    rows = ["12345678901234567890", "X" * 20]
    assert shown[0] == {"device": "display", "step": "columns", "rows": rows, "seen": None}
    assert button == {
        "device": "button",
        "step": "button",
        "heard": "1c 0d",
        "result": "expected",
        "write": None,
    }
    assert result == {
        "step": "result",
        "devices": [
            {"device": "display", "result": "not asked", "to_do": None},
            {"device": "button", "result": "ok", "to_do": None},
        ],
    }
    assert "  1c" in asked, "bytes are told as they come"


def test_another_button_is_told_with_the_value_to_write(simulated, lane):
    with technician("-c", lane, "--yes", "--set", "station.button=X") as person:
        pressed_when_asked(simulated, b"\x1c\r")
        code, said, _ = person.leaves()
    assert code == 1
    assert "button: sent 1c 0d, not 58\n" in said
    assert said.splitlines()[-3:] == [
        "button: write in the lane's file",
        "  station:",
        r'    button: "\x1c\r"',
    ]


def test_a_button_that_says_nothing_is_exit_1(simulated, lane):
    with technician("-c", lane, "--yes", "--timeout", 0.1) as person:
        code, said, _ = person.leaves()
    assert code == 1
    assert "button: NOT HEARD\n" in said
    assert said.splitlines()[-1] == "button: check its cable, and that it is on this port"


def test_a_button_that_says_nonsense_is_exit_1(simulated, lane):
    with technician("-c", lane, "--yes") as person:
        pressed_when_asked(simulated, b"\xf8\x80")
        code, said, _ = person.leaves()
    assert code == 1
    assert "button: NOISE (f8 80)\n" in said
    assert "button: is station.baud right" in said


def test_the_displays_speed_is_found_by_asking(simulated, lane):
    with technician("-c", lane, "--find", "--json", answers="n\nn\nn\ny\n") as person:
        code, said, asked = person.leaves()
    assert (code, json.loads(said)) == (0, {"step": "speed", "baud": 9600, "seen": True})
    assert "Do you see AT 9600 BAUD? [y/N]" in asked
    assert simulated.wait_for(lambda glass: glass.lines == ("DO YOU SEE THIS", "AT 9600 BAUD"))
    with technician("-c", lane, "--find", answers="\n" * 8) as person:
        code, said, _ = person.leaves()
    assert code == 1
    assert said.startswith("seen at no speed")
    with technician("-c", lane, "--find") as person:  # and the terminal is gone
        code, said, _ = person.leaves()
    assert (code, said) == (1, "")
    assert simulated.wait_for(lambda glass: glass.lines == ("", ""))


def test_a_port_that_is_missing_or_taken_is_exit_4(simulated, tmp_path):
    with technician("--port", tmp_path / "none", "--yes") as person:
        code, complained, _ = person.leaves()
    assert (code, "is not there" in complained) == (4, True)
    port = Port(simulated.port, 9600)
    try:
        with technician("--port", simulated.port, "--yes") as person:
            code, complained, _ = person.leaves()
    finally:
        port.close()
    assert (code, "in use by another program" in complained) == (4, True)


def test_a_line_that_is_lost_amid_the_test_is_exit_4(simulated, lane):
    with technician("-c", lane, "--yes") as person:
        assert simulated.wait_for(lambda glass: "PRESS THE BUTTON" in glass.text, 30)
        simulated.unplug()
        code, complained, _ = person.leaves()
    assert code == 4
    assert "was lost" in complained


def test_a_person_who_leaves_amid_the_test_leaves_an_empty_display(simulated, lane):
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk", "station", "test", "--yes", "--pause", "0", "-c", lane],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert simulated.wait_for(lambda glass: "PRESS THE BUTTON" in glass.text, 60)
    process.send_signal(signal.SIGINT)
    _, complained = process.communicate(timeout=30)
    assert process.returncode == 1
    assert complained.splitlines()[-1] == "Aborted!"
    assert "Traceback" not in complained
    assert simulated.wait_for(lambda glass: glass.lines == ("", ""))


def test_a_reader_that_leaves_leaves_an_empty_display(simulated, lane):
    """As with `| head -1`: what is told finds nobody any more."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "kiosk", "station", "test", "--yes", "--pause", "0"]
    try:
        done = subprocess.run([*command, "-c", lane], stdout=writer, timeout=60, check=False)
    finally:
        os.close(writer)
    assert done.returncode == 1
    ruler = ("12345678901234567890", "X" * 20)
    assert simulated.wait_for(lambda glass: ruler in glass.history and glass.lines == ("", ""))


def test_a_terminal_that_closes_ends_the_test(simulated, lane):
    with technician("-c", lane) as person:
        code, _, complained = person.leaves()
    assert (code, "Aborted!" in complained) == (1, True)
    ruler = ("12345678901234567890", "X" * 20)
    assert simulated.wait_for(lambda glass: ruler in glass.history and glass.lines == ("", ""))


def test_a_lane_without_a_port_is_a_usage_error(lane):
    with technician("-c", lane, "--set", "station.port=null") as person:
        code, _, complained = person.leaves()
    assert (code, "--port PATH" in complained) == (2, True)
    for device in ("light", "scanner"):
        with technician("-c", lane, "--set", "station.port=null", "--only", device) as person:
            code, _, complained = person.leaves()
        assert (code, f"no station.{device}.port" in complained) == (2, True), complained
    with technician("--port", "ttyUSB0") as person:
        code, _, complained = person.leaves()
    assert (code, "a device's path" in complained) == (2, True)


class Running:
    """A daemon as far as a command that only asks whether it is there can tell."""


def test_a_running_lane_has_the_port_and_is_to_be_stopped_first(simulated, lane, tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    server = ControlServer(state / "control.sock", Running(), state, SystemClock())
    server.listen()
    life = Life("control", SystemClock())
    thread = threading.Thread(target=server.run, args=(life,))
    thread.start()
    try:
        with technician("-c", lane, "--yes") as person:
            code, _, complained = person.leaves()
    finally:
        life.stop()
        thread.join(10)
    assert code == 3
    assert "stop it where it was started" in complained
    assert len(simulated.glass.history) == 1, "nothing was shown"
