"""A process that holds the access code leaves no picture of its memory behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from kiosk import hardening

TELL = (
    "import ctypes, resource, sys\n"
    "from kiosk.cli import cli\n"
    "try:\n    cli(sys.argv[1:], standalone_mode=False)\n"
    "except Exception as error:\n    print(type(error).__name__)\n"
    "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE))\n"
)


def tell(*words):
    done = subprocess.run(
        [sys.executable, "-c", TELL, *words], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("words", [("run",), ("submit", "a.jpg")])
def test_what_holds_the_code_cannot_be_dumped(words, tmp_path):
    missing = str(tmp_path / "missing.yaml")  # the door is shut before anything is read
    assert tell(*words, "-c", missing) == ["ConfigError", "0 (0, 0)"]


def test_what_does_not_hold_it_stays_as_it_is(tmp_path):
    assert tell("scans", "-c", str(tmp_path / "missing.yaml"))[-1].startswith("1 ")


def test_a_process_that_cannot_be_dumped_still_reaches_a_deep_socket(tmp_path):
    """The way there goes through /proc/self/fd, which then belongs to root."""
    program = (
        "import os, sys, pathlib, socket\n"
        "from kiosk.hardening import forbid_core_dumps\n"
        "from kiosk.control.address import reachable\n"
        "with socket.socket(socket.AF_UNIX) as door, "
        "reachable(pathlib.Path(sys.argv[1])) as address:\n"
        "    if os.getuid() == 0:\n"
        "        os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "    forbid_core_dumps()\n"
        "    door.bind(address)\n"
        "print('bound', address.startswith('/proc'))\n"
    )
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    deep.chmod(0o777)
    done = subprocess.run(
        [sys.executable, "-c", program, str(deep / "control.sock")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "bound True\n", done.stderr


def test_a_libc_without_the_call_is_said_and_no_reason_not_to_start(monkeypatch, caplog):
    def no_libc(_name):
        raise OSError

    monkeypatch.setattr(hardening.ctypes, "CDLL", no_libc)
    monkeypatch.setattr(hardening.resource, "setrlimit", lambda *_: None)  # it could not go back
    hardening.forbid_core_dumps()
    assert "can still be dumped" in caplog.text


def test_the_unit_forbids_core_files_too():
    unit = Path(__file__).parents[2] / "systemd" / "vin-kiosk@.service"
    assert "LimitCORE=0" in unit.read_text("utf-8").splitlines()
