"""`vin-kiosk station test` around a whole station: display, light, button and scanner on ptys."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import threading

import pytest
from click.testing import CliRunner
from typing_hand import keyboard

from kiosk.cli import cli
from kiosk.station.codecs.lights import Lamps
from kiosk.station.codecs.scanners.zebra_ssi import packet
from kiosk.station.simulated import SimulatedLight, SimulatedScanner, SimulatedStation
from kiosk.triggers.simulated import SimulatedKeys

VIN = "1M8GDM9AXKP042788"
PATIENCE_S = 30
LIT = [Lamps(red=True), Lamps(yellow=True), Lamps(green=True), Lamps(buzzer=True)]


class Site:
    """A station with three lines, and its lane's file."""

    def __init__(self, folder, station, scanner, light):
        self.station, self.scanner, self.light = station, scanner, light
        self.folder = folder
        self.path = folder / "lane.yaml"
        self.write()

    def write(self, scanner="", station=""):
        self.path.write_text(
            f'lane: test\nstate_dir: {self.folder}/state\ncamera: {{source: "simulated:x.jpg"}}\n'
            "station:\n"
            f"  port: {self.station.port}\n{station}"
            f"  light: {{port: {self.light.port}}}\n"
            f"  scanner: {{port: {self.scanner.port}{scanner}}}\n"
        )

    def glass_says(self, words):
        assert self.station.wait_for(lambda glass: words in glass.text, PATIENCE_S), words

    def walk(self, *arguments, answers="", acts=()):
        """Walk and answer what is asked; ``acts`` are done when the display asks."""
        ends = []

        def run():
            command = ["station", "test", "-c", str(self.path), "--pause", "0", *arguments]
            with keyboard(answers) as typed:
                ends.append(CliRunner().invoke(cli, command, input=typed))

        thread = threading.Thread(target=run)
        thread.start()
        try:
            for words, act in acts:
                self.glass_says(words)
                act()
        finally:
            thread.join(PATIENCE_S)
        (end,) = ends
        return end.exit_code, end.stdout, end.stderr


@pytest.fixture
def site(tmp_path):
    with SimulatedStation() as station, SimulatedScanner() as scanner, SimulatedLight() as light:
        yield Site(tmp_path, station, scanner, light)


def scans(site, data):
    return [("SCAN A LABEL", lambda: site.scanner.type(data))]


def test_the_whole_walk_of_a_station_that_is_well(site):
    site.write(scanner=", family: honeywell")
    answers = "\n" * (7 + 4 + 1)  # display, light, the scanner's sound
    acts = [
        ("PRESS THE BUTTON", site.station.press),
        ("SCAN A LABEL", lambda: site.scanner.scan(VIN)),
    ]
    code, said, asked = site.walk(answers=answers, acts=acts)
    assert code == 0, said + asked
    assert said.splitlines()[7:] == [
        "red lamp: seen",
        "yellow lamp: seen",
        "green lamp: seen",
        "buzzer: heard",
        "button: heard (0d)",
        f"scanner: read {VIN} (a VIN)",
        "good sound: heard",
        "",
        "device  result",
        "─────────",
        "display ok",
        "light   ok",
        "button  ok",
        "scanner ok",
    ]
    assert "Do you see the red lamp, and no other? [Y/n]" in asked
    assert "Did you hear the buzzer? [Y/n]" in asked
    assert [lamps for lamps in site.light.history if lamps in LIT] == LIT
    assert site.light.wait_for(lambda lamps: lamps == Lamps()), "the light is left dark"
    assert site.scanner.wait_for(b"\x1b7,"), "it waited for our answer"
    assert ("RED LAMP", "NO OTHER") in site.station.glass.history
    levels = [f"{level} PERCENT" for level in (20, 40, 60, 100)]
    assert [lines[1] for lines in site.station.glass.history if lines[1] in levels] == levels
    site.glass_says("STATION TEST\nIS OVER")
    assert site.station.glass.misunderstood == site.light.misunderstood == b""


def test_nobody_is_asked_and_a_program_reads_what_was_sent(site):
    code, said, _ = site.walk("--yes", "--json", "--only", "light")
    *steps, result = map(json.loads, said.splitlines())
    assert code == 0
    assert steps == [
        {"device": "light", "step": "red lamp", "sent": "22 24 28 11", "seen": None},
        {"device": "light", "step": "yellow lamp", "sent": "21 24 28 12", "seen": None},
        {"device": "light", "step": "green lamp", "sent": "21 22 28 14", "seen": None},
        {"device": "light", "step": "buzzer", "sent": "21 22 24 18", "heard": None},
    ]
    devices = [{"device": "light", "result": "not asked", "to_do": None}]
    assert result == {"step": "result", "devices": devices}


@pytest.mark.parametrize(
    ("answers", "failed", "to_do"),
    [
        ("y\nn\ny\ny\n", "yellow lamp", "a lamp or its wire"),
        ("n\nn\nn\nn\n", "red lamp, yellow lamp, green lamp, buzzer", "12 V supply"),
    ],
)
def test_a_lamp_that_stays_dark_is_told_from_a_light_that_does(site, answers, failed, to_do):
    code, said, _ = site.walk("--only", "light", answers=answers)
    assert code == 1
    assert f"light  failed: {failed}\n" in said
    assert to_do in said.splitlines()[-1]


@pytest.mark.parametrize(
    ("data", "said_of_it", "to_do"),
    [
        (VIN.encode(), "a text without an end came", "set the suffix CR"),
        (b"\x9a\xf3\x80\x0d", "nonsense came", "station.scanner.baud"),
    ],
    ids=["no-suffix", "speed"],
)
def test_a_scanner_that_is_set_otherwise_is_shown_with_what_to_do(site, data, said_of_it, to_do):
    code, said, _ = site.walk("--yes", "--only", "scanner", acts=scans(site, data))
    assert code == 1
    assert f"scanner: NOT AS SET: {said_of_it}" in said
    assert data.hex(" ") in said
    assert to_do in said.partition("device ")[2]


def test_a_suffix_that_is_set_otherwise_is_told_as_the_lanes_file_takes_it(site):
    site.write(scanner=", suffix: cr, family: datalogic")
    acts = scans(site, f"{VIN}\r\n".encode())
    code, said, _ = site.walk("--yes", "--only", "scanner", acts=acts)
    assert code == 1
    assert said.splitlines()[-4:] == [
        "scanner: write in the lane's file",
        "  station:",
        "    scanner:",
        "      suffix: line",
    ]
    assert site.scanner.wait_for(b"EFE"), "enabled, sounded bad, enabled again"


def test_a_scanner_that_wants_each_packet_acknowledged_gets_it(site):
    site.write(scanner=", family: zebra_ssi")
    data = packet(0xF3, b"\x01" + VIN.encode(), source=0)
    code, said, _ = site.walk("--yes", "--only", "scanner", acts=scans(site, data))
    assert code == 0
    assert f"scanner: read {VIN} (a VIN)" in said
    assert packet(0xD0) in site.scanner.told


def test_a_label_without_a_vin_shows_a_scanner_that_is_well(site):
    code, said, _ = site.walk("--yes", "--only", "scanner", acts=scans(site, b"PALLET 7\r"))
    assert code == 0
    assert "scanner: read PALLET 7 (no VIN, but read well)" in said


def test_a_scanner_that_says_nothing_is_exit_1(site):
    code, said, _ = site.walk("--yes", "--only", "scanner", "--timeout", "0.1")
    assert code == 1
    assert "scanner: NOT HEARD" in said
    assert "USB-COM" in said


def test_a_line_that_is_missing_ends_its_own_part_only(site):
    site.light.unplug()
    acts = scans(site, f"{VIN}\r".encode())
    code, said, _ = site.walk("--yes", "--only", "light", "--only", "scanner", acts=acts)
    assert code == 4
    assert "line: " in said
    assert "is not there: check the light's plug" in said
    assert f"scanner: read {VIN} (a VIN)" in said


def test_a_light_that_is_pulled_amid_its_part_is_exit_4(site):
    acts = [("RED LAMP", site.light.unplug)]
    code, said, _ = site.walk("--yes", "--pause", "0.3", "--only", "light", acts=acts)
    assert code == 4
    assert "light  failed: line" in said
    assert "buzzer" not in said
    site.glass_says("STATION TEST")


def test_a_display_that_is_missing_lets_the_others_be_tried(site):
    site.station.unplug()
    code, said, _ = site.walk("--yes", "--timeout", "0")
    assert code == 4
    assert "check the display's plug" in said
    assert "buzzer: sounded" in said
    assert "columns" not in said


def test_a_display_that_would_only_guide_is_not_complained_of(site):
    for port in (f"{site.folder}/none", site.station.port):
        acts = [("RED LAMP", site.station.unplug)] if port == site.station.port else ()
        only = ("--yes", "--only", "light", "--port", port, "--pause", "0.1")
        code, said, _ = site.walk(*only, acts=acts)
        assert (code, "display" in said, "buzzer: sounded" in said) == (0, False, True), said


def test_a_lane_with_a_light_alone_can_be_tried(site):
    code, said, _ = site.walk("--yes", "--set", "station.port=null", "--timeout", "0")
    assert (code, said.splitlines()[-1]) == (0, "light  not asked")


def test_a_device_that_the_lane_does_not_have_cannot_be_tried(site):
    alone = ("--set", "station.light.port=null")
    command = ["station", "test", "-c", str(site.path), *alone, "--only", "light"]
    assert "no station.light.port" in str(CliRunner().invoke(cli, command).exception)


def test_a_button_with_a_device_of_its_own_is_tried_there(site):
    """Not on the display's line, where the lane would not hear it either."""
    with SimulatedKeys() as keys:
        button = (
            "--set",
            "trigger.button.source=key",
            "--set",
            f"trigger.button.device={keys.device}",
        )
        only = ("--yes", "--only", "button", *button)
        acts = [("PRESS THE BUTTON", keys.press)]
        code, said, _ = site.walk(*only, acts=acts)
        assert (code, said.splitlines()[0]) == (0, "button: heard (key)")
        code, said, _ = site.walk(*only, "--timeout", "0.2")
        assert (code, said.splitlines()[0]) == (1, "button: NOT HEARD")
        assert "docs/buttons.md" in said
        keys.unplug()
        code, said, _ = site.walk(*only, "--timeout", "0.2")
        assert (code, "button failed: line" in said) == (4, True), said
        site.glass_says("STATION TEST")


def test_a_display_that_remembers_its_brightness_is_left_as_it_is(site):
    """Its memory wears out, and nobody could tell what it was before."""
    lcd = "  display: serlcd\n"
    with SimulatedStation("serlcd") as site.station:
        site.write(station=lcd)
        code, said, _ = site.walk("--yes", "--only", "display")
        assert (code, "brightness" in said) == (0, False)
        site.write(station=f"{lcd}  brightness: 40\n")
        code, said, _ = site.walk("--yes", "--only", "display")
        assert (code, "brightness: shown" in said) == (0, True)
        assert site.station.wait_for(lambda glass: glass.brightness == 40)


class Terminal:
    """What a command says on a terminal, and what is typed there."""

    def __init__(self):
        self.master, self.slave = pty.openpty()
        self.unread = b""

    def says(self, words):
        poll = select.poll()
        poll.register(self.master, select.POLLIN)
        while words not in self.unread:
            assert poll.poll(PATIENCE_S * 1000), self.unread
            self.unread += os.read(self.master, 4096)
        self.unread = self.unread.partition(words)[2]

    def type(self, data):
        os.write(self.master, data)


LISTENING = """\
import os, signal, sys
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""Starts Python as a terminal does, though whoever runs the tests may ignore signals (nohup, &)."""


@pytest.mark.parametrize(
    ("how", "code"), [(signal.SIGINT, 1), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_person_at_a_real_terminal_answers_and_leaves(site, how, code):
    """Ctrl-C amid the light, an end by another or a closed terminal: light dark, display empty."""
    terminal = Terminal()
    command = ["-m", "kiosk", "station", "test", "-c", str(site.path), "--only", "light"]
    process = subprocess.Popen(
        [sys.executable, "-c", LISTENING, *command],
        stdin=terminal.slave,
        stdout=terminal.slave,
        stderr=terminal.slave,
        start_new_session=True,
    )
    try:
        terminal.says(b"the red lamp, and no other? [Y/n]: ")
        assert site.light.wait_for(lambda lamps: lamps == Lamps(red=True))
        terminal.type(b"n\n\n\n\n\n")  # what is typed ahead answers for no lamp that nobody saw
        terminal.says(b"red lamp: NOT SEEN")
        terminal.says(b"the yellow lamp, and no other? [Y/n]: ")
        terminal.type(b"n\n")
        terminal.says(b"yellow lamp: NOT SEEN")
        terminal.says(b"the green lamp, and no other? [Y/n]: ")
        process.send_signal(how)
        assert process.wait(PATIENCE_S) == code
    finally:
        process.kill()
        process.wait()
        os.close(terminal.slave)
        os.close(terminal.master)
    assert site.light.wait_for(lambda lamps: lamps == Lamps())
    assert site.station.wait_for(lambda glass: glass.lines == ("", ""))
