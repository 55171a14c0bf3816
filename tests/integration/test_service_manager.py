"""What systemd sees of the real process: notifications, reloads, a watchdog that is fed."""

import signal
import socket

import pytest
from lane_site import VIN, Site, command, facts

from kiosk.clock import SystemClock
from kiosk.ledger.ledger import Ledger
from kiosk.sandbox.server import Sandbox
from kiosk.station.simulated import SimulatedStation


class Systemd:
    """The socket of a service manager, and every word that came there."""

    def __init__(self, path):
        self.path = str(path)
        self.words = []
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.line.bind(self.path)
        self.line.settimeout(30)

    def hears(self, word):
        """Wait for ``word``; words before it are kept, too."""
        while True:
            said = self.line.recv(4096).decode()
            self.words.append(said)
            if word in said:
                return said

    def hears_all(self, *words):
        """Wait until each of ``words`` was said, in whatever order the lane's threads say them."""
        for word in words:
            if not any(word in said for said in self.words):
                self.hears(word)


@pytest.fixture
def systemd(tmp_path):
    manager = Systemd(tmp_path / "notify")
    yield manager
    manager.line.close()


@pytest.fixture
def site(tmp_path, systemd):
    with SimulatedStation() as station, Sandbox(credits=20) as sandbox:
        site = Site(tmp_path, station, sandbox)
        try:
            site.start(NOTIFY_SOCKET=systemd.path)
            yield site
        finally:
            site.end()


def test_ready_status_and_a_fed_watchdog_until_the_stop(site, systemd):
    systemd.hears_all("READY=1", "STATUS=ready · 0 waiting · 0 credits today")
    systemd.hears("WATCHDOG=1")
    site.show(VIN)
    site.press(f"{VIN}\nOK")
    systemd.hears("1 credits today")
    assert site.stop() == 0
    systemd.hears("STOPPING=1")
    assert "NOTIFY_SOCKET" not in site.log.read_text("utf-8")


def test_a_good_reload_takes_effect_in_the_same_process(site, systemd):
    systemd.hears("READY=1")
    pid = site.process.pid
    site.config.write_text(
        site.config.read_text("utf-8").replace("timeout_s: 2}", "timeout_s: 0.2}")
        + "\n            upload: {when: never}\n",
        "utf-8",
    )
    site.process.send_signal(signal.SIGHUP)
    systemd.hears("RELOADING=1")
    systemd.hears("READY=1")
    site.show(VIN)
    site.press(VIN)
    (row,) = facts(command(site.config, "queue", "list", "--json"))
    assert (row["state"], row["vin"]) == ("local", VIN)
    assert site.sandbox.journal().requests == ()
    assert facts(command(site.config, "status", "--json"))[0]["pid"] == pid
    assert site.stop() == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("\n            uplaod: {when: never}\n", "did you mean upload?"),
        ("\n            trigger_: [\n", "YAML"),
    ],
)
def test_a_wrong_file_is_refused_and_the_old_settings_hold(site, systemd, wrong, words):
    systemd.hears("READY=1")
    site.config.write_text(site.config.read_text("utf-8") + wrong, "utf-8")
    site.process.send_signal(signal.SIGHUP)
    systemd.hears("RELOADING=1")
    systemd.hears("READY=1")
    systemd.hears("the changed settings are refused")
    assert words in site.log.read_text("utf-8")
    site.show(VIN)
    site.press(f"{VIN}\nOK")
    assert site.sandbox.journal().charged == 1
    assert site.stop() == 0


def test_a_state_directory_that_cannot_be_is_refused(site, systemd, tmp_path):
    systemd.hears("READY=1")
    text = site.config.read_text("utf-8")
    site.config.write_text(text.replace(f"{tmp_path}/state", f"{tmp_path}/{'x' * 300}"), "utf-8")
    site.process.send_signal(signal.SIGHUP)
    systemd.hears("RELOADING=1")
    systemd.hears("the changed settings are refused")
    site.show(VIN)
    site.press(f"{VIN}\nOK")
    assert site.stop() == 0


def test_a_reload_lets_the_scan_under_way_end(site, systemd):
    systemd.hears("READY=1")
    text = site.config.read_text("utf-8")
    site.config.write_text(text + "\n            upload: {when: never}\n", "utf-8")
    site.press("SCANNING")  # an empty lane: it looks for two seconds
    site.process.send_signal(signal.SIGHUP)
    systemd.hears("RELOADING=1")
    systemd.hears("READY=1")
    (scan,) = facts(command(site.config, "scans", "--json"))
    assert scan["outcome"] == "none"
    assert site.stop() == 0


def test_settings_that_do_not_start_are_refused_too(site, systemd, tmp_path):
    systemd.hears("READY=1")
    with Ledger.open(tmp_path / "taken", SystemClock()):
        text = site.config.read_text("utf-8")
        site.config.write_text(text.replace(f"{tmp_path}/state", f"{tmp_path}/taken"), "utf-8")
        site.process.send_signal(signal.SIGHUP)
        systemd.hears("RELOADING=1")
        systemd.hears("the changed settings are refused")
        site.config.write_text(text, "utf-8")
        site.show(VIN)
        site.press(f"{VIN}\nOK")
        assert site.sandbox.journal().charged == 1
        site.process.send_signal(signal.SIGHUP)
        systemd.hears("RELOADING=1")
        said = systemd.hears("STATUS=")
        assert "refused" not in said
    assert site.stop() == 0
    assert "do not start" in site.log.read_text("utf-8")
