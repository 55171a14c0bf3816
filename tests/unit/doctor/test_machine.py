"""Files, programs and users of a machine."""

import os

from kiosk.doctor.accounts import ENTER, READ, WRITE, Account, account_named
from kiosk.doctor.machine import Machine
from kiosk.doctor.unit import unit_of


def test_a_program_that_is_not_there_fails_or_hangs_says_nothing(program, monkeypatch):
    machine = Machine()
    assert machine.said("vin-kiosk-no-such-program") is None
    program("mute", "exit 3")
    assert machine.said("mute") is None
    program("no", "echo inactive; exit 3")
    assert machine.said("no") == "inactive", "the exit code does not count"
    program("garbage", "printf '\\377ok'")
    assert machine.said("garbage") == "\N{REPLACEMENT CHARACTER}ok"
    program("hangs", "exec sleep 60")
    monkeypatch.setattr("kiosk.doctor.machine._PATIENCE_S", 0.05)
    assert machine.said("hangs") is None
    program("nonsense", "").write_bytes(b"\x7fELF")
    assert machine.said("nonsense") is None


def test_small_files_are_read_without_their_line_ends(tree):
    tree.write("/proc/device-tree/model", "Raspberry Pi 5\0")
    tree.write("/sys/number", "12\n")
    machine = tree.machine
    assert machine.text("/proc/device-tree/model") == "Raspberry Pi 5"
    assert (machine.text("/none"), machine.number("/none")) == (None, None)
    assert (machine.number("/sys/number"), machine.number("/sys/number", 16)) == (12, 18)
    assert machine.number("/proc/device-tree/model") is None


def test_a_name_is_followed_to_its_node(tree):
    tree.usb("ttyUSB0", "1-1")
    path = "/dev/serial/by-path/platform-xhci-hcd.0-usb-0:1:1.0-port0"
    assert tree.machine.node_of(path) == "/dev/ttyUSB0"
    assert tree.machine.node_of("/dev/none") == "/dev/none"


def test_a_user_has_its_own_group_and_those_that_list_it(tree):
    tree.users(("dialout", 20), ("video", 44), ("audio", 29))
    account = account_named(tree.machine, "vin-kiosk")
    assert account == Account("vin-kiosk", 990, frozenset({990, 20, 44, 29}))
    assert account_named(tree.machine, "nobody") is None
    tree.write("/etc/group", "dialout:x:20:\n")
    alone = account_named(tree.machine, "vin-kiosk")
    assert alone.groups == {990}
    assert alone.with_groups(tree.machine, ["dialout", "no-such"]).groups == {990, 20}


def test_a_files_mode_says_who_may(tmp_path):
    path = tmp_path / "device"
    path.write_text("")
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 4242, -1)
    status = path.stat()
    owner = Account("owner", status.st_uid, frozenset())
    member = Account("member", 4711, frozenset({status.st_gid}))
    other = Account("other", 4711, frozenset({4711}))
    assert owner.may(path, READ | WRITE)
    assert not owner.may(path, ENTER)
    assert member.may(path, READ)
    assert not member.may(path, READ | WRITE)
    assert not other.may(path, READ)
    path.chmod(0o007)
    assert other.may(path, READ | WRITE | ENTER)
    assert not member.may(path, READ), "the group's bits go before those of others"
    assert Account("root", 0, frozenset()).may(path, WRITE)


def test_systemd_is_asked_in_its_own_words(program):
    program(
        "systemctl",
        'test "$2" = vin-kiosk@lane7.service && echo "LoadState=loaded\nActiveState=failed\n'
        "UnitFileState=disabled\nResult=watchdog\nUser=vin-kiosk\n"
        "SupplementaryGroups=video dialout\n"
        'ProtectHome=yes\nPrivateTmp=yes\nProtectSystem=strict\nReadWritePaths=-/srv/scans"',
    )
    unit = unit_of(Machine(), "lane7")
    assert (unit.is_installed, unit.has_failed, unit.starts_at_boot) == (True, True, False)
    assert (unit.result, unit.user, unit.groups) == ("watchdog", "vin-kiosk", ("video", "dialout"))
    assert (unit.hides_homes, unit.hides_temporary, unit.is_read_only) == (True, True, True)
    assert unit.writable == ("/srv/scans",)
    assert unit_of(Machine(), "lane1") is None
    program("systemctl", "echo 'System has not been booted with systemd' >&2; exit 1")
    assert unit_of(Machine(), "lane7") is None
