"""systemd's own opinion of the unit: it understands every line, and finds little to attack."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "systemd" / "vin-kiosk@.service"
LARGEST_EXPOSURE = "20"  # tenths: 2.0 of 10
COMMAND = "/opt/vin-kiosk/bin/vin-kiosk"

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine"
)


def analyze(*arguments):
    return subprocess.run(
        ["systemd-analyze", *arguments],
        env=os.environ | {"SYSTEMD_COLORS": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def installed(tmp_path):
    """The unit as a lane's, with a command that is there: verify looks for it."""

    def install(text=None):
        command = tmp_path / "vin-kiosk"
        command.touch(0o755)
        unit = tmp_path / "vin-kiosk@lane1.service"
        text = text or UNIT.read_text("utf-8")
        for absent in (COMMAND, "/bin/kill"):
            text = text.replace(f"{absent} ", f"{command} ")
        unit.write_text(text, "utf-8")
        return unit

    return install


def verdict(unit):
    done = analyze("verify", "--man=no", str(unit))
    return done.returncode, done.stdout + done.stderr


def test_systemd_understands_every_line(installed):
    assert verdict(installed()) == (0, "")


def test_a_misspelt_line_would_be_noticed(installed):
    _, said = verdict(installed(UNIT.read_text("utf-8").replace("WatchdogSec", "WatchDogSec")))
    assert "WatchDogSec" in said


def exposed(unit):
    return analyze("security", "--offline=true", f"--threshold={LARGEST_EXPOSURE}", str(unit))


def test_little_is_left_to_attack(installed):
    done = exposed(installed())
    assert done.returncode == 0, done.stdout
    assert re.search(r"exposure level .*: [01]\.\d|: 2\.0 ", done.stdout)


def test_an_open_door_would_be_noticed(installed):
    text = UNIT.read_text("utf-8")
    assert exposed(installed(text.replace("ProtectSystem=strict\n", ""))).returncode != 0


def test_every_driver_that_may_come_late_is_made_known_before():
    """A rule for a driver that the kernel does not know at the start is silently left out."""
    text = UNIT.read_text("utf-8")
    modules = {"video4linux": "videodev", "ttyUSB": "usbserial", "ttyACM": "cdc_acm"}
    built_in = {"ttyAMA", "ttyS", "gpiochip", "input"}
    allowed = set(re.findall(r"(?m)^DeviceAllow=char-(\w+) rw?$", text))
    assert allowed - built_in == set(modules)
    for order in ("Wants", "After"):
        line = " ".join(re.findall(rf"(?m)^{order}=(.*)$", text))
        assert set(modules.values()) <= set(re.findall(r"modprobe@(\w+)\.service", line))


@pytest.mark.parametrize(
    ("driver", "access", "group"),
    [
        ("video4linux", "rw", "video"),
        *((driver, "rw", "dialout") for driver in ("ttyUSB", "ttyACM", "ttyAMA", "ttyS")),
        ("gpiochip", "rw", "gpio"),
        ("input", "r", "input"),  # only read: a button's keys, which are kept from all others
    ],
)
def test_the_lanes_user_may_use_every_kind_of_device(driver, access, group):
    """By the sandbox's rule, by its group, and by a group that is there on any Debian."""
    text = UNIT.read_text("utf-8")
    assert re.findall(rf"(?m)^DeviceAllow=char-{driver} (\w+)$", text) == [access]
    (groups,) = re.findall(r"(?m)^SupplementaryGroups=(.*)$", text)
    assert group in groups.split()
    made = (UNIT.parent / "sysusers.d/vin-kiosk.conf").read_text("utf-8")
    of_every_debian = {"video", "dialout"}
    assert group in of_every_debian or f"\ng {group} - -\n" in made
