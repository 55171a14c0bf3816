"""Libraries, clock, power, people, confinement: what is well, what is not, what to do."""

import os

import pytest

from kiosk.clock import ManualClock
from kiosk.doctor.accounts import Account
from kiosk.doctor.confinement import confinement_findings
from kiosk.doctor.hours import belief_findings, clock_findings
from kiosk.doctor.libraries import library_findings
from kiosk.doctor.people import device_findings, lane_account, person_findings, this_person
from kiosk.doctor.power import power_findings
from kiosk.doctor.unit import Unit
from kiosk.ledger.ledger import Ledger
from kiosk.model import NewScan, ScanOutcome

SANDBOXED = {
    "LoadState": "loaded",
    "User": "vin-kiosk",
    "SupplementaryGroups": "video dialout",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "ProtectSystem": "strict",
    "ReadWritePaths": "/srv/scans",
}
UNIT = Unit("vin-kiosk@lane1", SANDBOXED)


# ---- libraries ----------------------------------------------------------------------------------


def wheel(folder, name, version="4.10.0"):
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def test_every_library_of_this_environment_loads(said):
    lines = said(library_findings())
    assert all(line.startswith("ok ") for line in lines)
    for name in ("Python 3.", "OpenCV ", "numpy 2", "zxing-cpp ", "zbar 0."):
        assert any(name in line for line in lines), name


@pytest.mark.parametrize(
    "other", ["opencv-python", "opencv_contrib_python", "opencv-contrib-python-headless"]
)
def test_two_wheels_of_opencv_at_once_are_a_fault_with_the_way_out(tmp_path, other):
    wheel(tmp_path, "opencv-python-headless", "4.11.0")
    wheel(tmp_path, other)
    (finding,) = [one for one in library_findings([str(tmp_path)]) if one.status == "fail"]
    name = other.replace("_", "-")
    assert name in finding.found
    uninstall, install = finding.do.splitlines()
    assert "pip uninstall -y" in uninstall
    assert {name, "opencv-python-headless"} <= set(uninstall.split())
    assert install.endswith("--no-deps opencv-python-headless==4.11.0")


def test_the_wheel_for_desktops_alone_is_a_fault_and_the_headless_one_is_not(tmp_path):
    wheel(tmp_path / "a", "opencv-python")
    (finding,) = [one for one in library_findings([str(tmp_path / "a")]) if one.status == "fail"]
    assert "pip uninstall -y opencv-python\n" in finding.do
    wheel(tmp_path / "b", "opencv-python-headless")
    wheel(tmp_path / "b", "opencv-something-else")
    assert {one.status for one in library_findings([str(tmp_path / "b")])} == {"ok"}


# ---- the clock ----------------------------------------------------------------------------------


def test_a_clock_that_nothing_vouches_for_is_a_warning(tree, program):
    program("timedatectl", "echo no")
    hours, zone = clock_findings(tree.machine, ManualClock(is_set=False))
    assert hours.status == "warn"
    assert "nothing vouches for it (no clock chip" in hours.found
    assert "timedatectl set-ntp true" in hours.do
    assert zone.status == "warn"


def test_a_clock_set_by_the_network_is_well(tree, said):
    tree.write("/run/systemd/timesync/synchronized")
    tree.folder("/sys/class/rtc/rtc0")
    tree.link("/etc/localtime", "/usr/share/zoneinfo/America/Chicago")
    hours, zone = said(clock_findings(tree.machine, ManualClock()))
    assert hours.endswith("set by NTP; a clock chip is there")
    assert zone == "ok time zone America/Chicago: a day of credits ends at midnight there"


def test_a_clock_set_by_its_battery_alone_is_told(tree, program):
    program("timedatectl", "echo no")
    tree.write("/etc/timezone", "Europe/Oslo\n")
    hours, zone = clock_findings(tree.machine, ManualClock())
    assert (hours.status, "not set by NTP now" in hours.found) == ("warn", True)
    assert "Europe/Oslo" in zone.found


def test_whether_the_ledger_believes_the_clock_is_told(tmp_path):
    state, clock = tmp_path / "state", ManualClock()
    assert list(belief_findings(state, clock)) == [], "a lane that never ran believes nothing"
    with Ledger.open(state, clock) as ledger:
        ledger.record_scan(NewScan("button", ScanOutcome.NONE))
    day = 86_400.0
    beliefs = [
        next(belief_findings(state, ManualClock(boot_id="b", **what)))
        for what in (
            {},
            {"synchronised": False, "wall": clock.wall() + day},
            {"synchronised": False, "wall": clock.wall() - 200 * day},
            {"synchronised": False, "wall": clock.wall() + 200 * day},
            {"is_set": False},
        )
    ]
    assert [belief.status for belief in beliefs] == ["ok", "ok", "warn", "warn", "warn"]
    assert "a time server set it" in beliefs[0].found
    assert "no time server vouches" in beliefs[1].found
    assert "behind the last scan" in beliefs[2].found
    assert "timedatectl" in beliefs[2].do
    assert "behind the last scan" not in beliefs[4].found, "nobody set it at all"


# ---- power --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "status", "words"),
    [
        ("0", "ok", "its supply was good since the start"),
        ("50000", "warn", "since the start there was under-voltage, it is slowed down"),
        ("50005", "warn", "now under-voltage, it is slowed down"),
    ],
)
def test_a_pis_supply_is_as_its_firmware_says(tree, program, flags, status, words):
    program("vcgencmd", f"echo throttled=0x{flags}")
    tree.write("/proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4\0")
    tree.write("/sys/class/thermal/thermal_zone0/temp", "48312\n")
    supply, heat = power_findings(tree.machine)
    assert (supply.status, supply.found) == (status, f"Raspberry Pi 4 Model B Rev 1.4: {words}")
    assert (heat.status, heat.found) == ("ok", "the processor is at 48 °C")


def test_the_kernels_word_goes_before_the_programs_and_heat_is_told(tree, program):
    program("vcgencmd", "echo throttled=0x0")
    tree.write("/sys/devices/platform/soc/soc:firmware/get_throttled", "1\n")
    tree.write("/proc/device-tree/model", "Raspberry Pi 5\0")
    tree.write("/sys/class/thermal/thermal_zone0/temp", "83000\n")
    supply, heat = power_findings(tree.machine)
    assert (supply.status, heat.status) == ("warn", "warn")


def test_another_machine_has_nothing_to_say_of_its_power(tree, program, said):
    program("vcgencmd", "echo VCHI initialization failed")
    assert list(power_findings(tree.machine)) == []
    tree.write("/proc/device-tree/model", "Some other board\0")
    assert said(power_findings(tree.machine)) == ["ok Some other board"]


# ---- people -------------------------------------------------------------------------------------


def test_who_asks_is_told_whether_the_lane_listens(tree):
    me = Account("pi", 1000, frozenset({1000, 20}))
    (early,) = person_findings(tree.machine, me)
    assert (early.status, early.do) == ("warn", "run scripts/install")
    tree.users()
    (stranger,) = person_findings(tree.machine, me)
    assert stranger.status == "warn"
    assert "usermod -aG vin-kiosk" in stranger.do
    (member,) = person_findings(tree.machine, Account("pi", 1000, frozenset({1000, 990})))
    assert (member.status, "you are pi, in group vin-kiosk" in member.found) == ("ok", True)
    (root,) = person_findings(tree.machine, Account("root", 0, frozenset()))
    assert root.status == "ok"


def test_this_process_knows_who_it_is():
    me = this_person()
    assert me.uid == os.geteuid()
    assert os.getegid() in me.groups


def test_the_lanes_user_has_the_groups_of_its_service(tree):
    assert lane_account(tree.machine, UNIT) is None
    tree.users(user="kiosk")
    assert (
        lane_account(tree.machine, Unit("x", {"LoadState": "loaded", "User": "kiosk"})).name
        == "kiosk"
    )
    tree.users()
    tree.write("/etc/group", "vin-kiosk:x:990:\nvideo:x:44:\ndialout:x:20:\n")
    assert lane_account(tree.machine, UNIT).groups == {990, 44, 20}
    assert lane_account(tree.machine, None).groups == {990}


def test_a_device_that_the_lane_may_not_open_is_a_fault_with_its_group(tree, lane):
    tree.usb("ttyUSB0", "1-1")
    node = tree.machine.at("/dev/ttyUSB0")
    node.chmod(0o660)
    config = lane(camera={"source": "/dev/video9"}, station={"port": "/dev/ttyUSB0"})
    stranger = Account("vin-kiosk", 990, frozenset({990}))
    (finding,) = device_findings(tree.machine, config, stranger)
    assert finding.status == "fail"
    assert finding.found == "vin-kiosk may not open /dev/ttyUSB0 (station.port)"
    assert "usermod -aG dialout vin-kiosk" in finding.do
    member = Account("vin-kiosk", 990, frozenset({node.stat().st_gid}))
    (finding,) = device_findings(tree.machine, config, member)
    assert finding.status == "ok"
    (finding,) = device_findings(tree.machine, config, None)
    assert finding.status == "warn"


# ---- the service's sandbox ----------------------------------------------------------------------


def test_paths_that_the_service_cannot_reach_are_faults(lane, said):
    config = lane(
        camera={"source": "folder:/srv/others", "after": "move"},
        trigger={"mode": "arrival"},
        state_dir="/var/lib/vin-kiosk/lane1",
        service={"access_code_file": "/home/pi/code", "ca_file": "/tmp/ca.pem"},
    )
    lines = said(confinement_findings(config, UNIT))
    assert lines == [
        "fail service.access_code_file: the service may not see /home/pi/code",
        "fail service.ca_file: the service has a /tmp of its own, without /tmp/ca.pem",
        "fail camera.after: move: the service may not write to /srv/others",
    ]
    *_, write = confinement_findings(config, UNIT)
    assert "ReadWritePaths=/srv/others" in write.do


def test_paths_with_blanks_are_quoted_as_their_reader_takes_them(lane):
    config = lane(
        camera={"source": 'folder:/srv/50% "new"', "after": "move"},
        trigger={"mode": "arrival"},
        state_dir="/var/lib/vin-kiosk/lane1",
        service={"access_code_file": "/home/pi/my code"},
    )
    moved, write = confinement_findings(config, UNIT)
    assert moved.do == "sudo mv '/home/pi/my code' /srv/"
    assert 'ReadWritePaths="/srv/50%% \\"new\\""\n' in write.do


def test_paths_within_reach_are_well(lane, said):
    config = lane(
        camera={"source": "folder:/srv/scans/in", "after": "delete"},
        trigger={"mode": "arrival"},
        state_dir="/var/lib/vin-kiosk/lane1",
    )
    assert len(said(confinement_findings(config, UNIT))) == 1
    film = lane(camera={"source": "/home/pi/lane.mp4"}, state_dir="/data/lane1")
    free = Unit("vin-kiosk@lane1", {"LoadState": "loaded"})
    assert [one.status for one in confinement_findings(film, free)] == ["ok"]
    assert [one.status for one in confinement_findings(film, UNIT)] == ["fail", "fail"]
