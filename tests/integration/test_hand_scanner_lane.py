"""The real process with three serial lines: display, hand scanner, stack light."""

import time

import pytest
from lane_site import OTHER, VIN, Site, command, facts, running

from kiosk.sandbox.server import Sandbox
from kiosk.station.codecs.lights import Lamps
from kiosk.station.simulated import SimulatedLight, SimulatedScanner, SimulatedStation

GOOD = {"honeywell": b"\x1b7,", "datalogic": b"B"}
BAD = {"honeywell": b"\x1b8,", "datalogic": b"F"}
READY, ATTENTION = Lamps(green=True), Lamps(yellow=True, buzzer=True)
GREEN_WINK = [Lamps(), READY] * 2
ALARM = [Lamps(red=True, buzzer=True), Lamps(red=True)] * 3
SAVED = "SAVED - HAND SCANNED"
CREDITS = 20


class Hand:
    """Whoever holds the scanner: never faster than a hand is."""

    def __init__(self, scanner):
        self.scanner = scanner
        self.scanned_at = 0.0

    def scan(self, text):
        while (left := self.scanned_at + 0.6 - time.monotonic()) > 0:
            self.scanner.wait_for(b"never", left)
        self.scanned_at = time.monotonic()
        self.scanner.scan(text)


@pytest.fixture
def lines():
    with SimulatedStation() as station, SimulatedScanner() as scanner, SimulatedLight() as light:
        yield station, scanner, light


@pytest.fixture
def lane(tmp_path, lines):
    station, scanner, light = lines
    with Sandbox(credits=CREDITS) as sandbox:
        made = []

        def make(family):
            devices = (
                f", scanner: {{port: {scanner.port}, family: {family}}}"
                f", light: {{port: {light.port}}}"
            )
            made.append(Site(tmp_path, station, sandbox, devices=devices))
            return made[-1]

        try:
            yield make
        finally:
            for site in made:
                site.end()


def rows(site, what):
    return facts(command(site.config, *what, "--json"))


def test_a_code_read_by_hand_is_saved_said_and_acknowledged(lane, lines):
    _, scanner, light = lines
    hand, site = Hand(scanner), lane("honeywell")
    with running(site):
        assert light.wait_for(lambda lamps: lamps == READY)
        hand.scan(f"I{VIN}")
        assert scanner.wait_for(GOOD["honeywell"])
        site.sees(f"{VIN}\n{SAVED}")
        hand.scan("NO-VIN-AT-ALL")
        site.sees("THIS IS NO VIN")
        assert scanner.wait_for(BAD["honeywell"])
        assert light.wait_for(lambda _: ATTENTION in light.history)
        hand.scan(f"{OTHER}\x1b@\x0c")
        assert scanner.wait_for(BAD["honeywell"])
        site.press("SCANNING")
        hand.scan(OTHER)
        site.sees("BUSY")
        assert scanner.wait_for(BAD["honeywell"])
    (stored,) = rows(site, ["queue", "list"])
    told = rows(site, ["scans"])
    assert (stored["state"], stored["vin"], stored["credits"]) == ("local", VIN, 0)
    by_hand = [row for row in told if row["trigger"] == "scanner"]
    assert {(row["outcome"], row["text"], row["detail"]) for row in by_hand} == {
        ("vin", f"I{VIN}", None),
        ("not_vin", "NO-VIN-AT-ALL", None),
        ("not_vin", None, "refused: control"),
        ("busy", OTHER, None),
    }
    assert len(by_hand) == 4
    journal = site.sandbox.journal()
    assert (journal.credits, list(journal.requests)) == (CREDITS, [])
    assert light.wait_for(lambda lamps: lamps == Lamps()), "a lane that is off shows nothing"
    assert light.misunderstood == b""


def test_a_pulled_plug_heals_and_codes_are_taken_without_a_camera(lane, lines):
    station, scanner, light = lines
    hand, site = Hand(scanner), lane("datalogic")
    with running(site):
        assert scanner.wait_for(b"E"), "enabled when its line is opened"
        hand.scan("NO-VIN-AT-ALL")
        assert scanner.wait_for(BAD["datalogic"])
        scanner.unplug()
        (site.folder / "view.jpg").unlink()  # the second way in is there when the first is not
        (status,) = wait_for_status(site, lambda status: status["scanner"] != "ok")
        assert f"{scanner.port} " in status["scanner"]
        assert (status["display"], status["light"]) == ("ok", "ok")
        assert "see to the scanner" in status["advice"]
        site.sees("READY-SCANNER LOST\nCHECK ITS CABLE")
        scanner.replug()
        assert scanner.wait_for(b"E")
        site.sees("CAMERA LOST")
        assert light.wait_for(lambda _: light.history[-6:] == ALARM)
        hand.scan(VIN)
        assert scanner.wait_for(GOOD["datalogic"])
        site.sees(f"{VIN}\n{SAVED}")
        assert light.wait_for(lambda _: light.history[-4:] == GREEN_WINK)
        hand.scan(f"I{VIN}")
        assert scanner.wait_for(GOOD["datalogic"]), "it is kept"
        site.sees(f"{VIN}\nALREADY SCANNED")
    kept = [(row["state"], row["reason"]) for row in rows(site, ["queue", "list"])]
    again = "the same VIN was scanned a moment ago"
    assert sorted(kept) == [("duplicate", again), ("local", None)], "one car is noted once"
    log = site.log.read_text("utf-8")
    assert log.count("scanner lost (") == log.count("scanner back after ") == 1
    assert station.glass.history[-1][0] == "STATION IS OFF"
    after = station.glass.history[station.glass.history.index((VIN, SAVED)) :]
    assert not any("SCANNER LOST" in upper for upper, _ in after), "it is back"
    assert "display lost" not in log
    assert station.glass.misunderstood == b""


def wait_for_status(site, is_so):
    deadline = time.monotonic() + 20
    while True:  # each question takes a process its time
        told = rows(site, ["status"])
        if is_so(told[0]) or time.monotonic() > deadline:
            return told
