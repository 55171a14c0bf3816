"""scripts/install from its first line to its last, in a folder instead of a machine.

What would reach for the network or the machine is played by small commands; the installation of
real packages under a real systemd is tried by scripts/nspawn-test.
"""

import os
import shutil
import subprocess

import pytest
from laid_down import ROOT, in_use, lane_file

PYTHON = """
[ "$1 $2" = "-m venv" ] || exit 0
mkdir "$3/bin"
cp "$0" "$3/bin/python"
printf '#!/bin/sh\\n' >"$3/bin/vin-kiosk"
chmod +x "$3/bin/vin-kiosk"
"""
PLAYED = {
    "id": "echo 0",
    "python": PYTHON,
    "df": "echo 9000",
    "getent": "exit 0",
    "apt-get": "exit 0",
    # ownership is root's to give
    "install": f"exec {shutil.which('install')} $(echo \" $*\" | sed -E 's/ -[og] [^ ]+//g')",
}


@pytest.fixture
def install(shell, checkout, tmp_path):
    """Run the checkout's scripts/install; it must end well. Returns what it said."""
    for part in ("scripts", "systemd"):
        shutil.copytree(ROOT / part, checkout / part)
    played = tmp_path / "played"
    played.mkdir()
    for name, lines in PLAYED.items():
        (played / name).write_text(f"#!/bin/bash\n{lines}\n")
        (played / name).chmod(0o755)
    environment = {
        "PATH": f"{played}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "PYTHON": str(played / "python"),
        "into": str(shell.into),
    }

    def run(*arguments):
        done = subprocess.run(
            [checkout / "scripts/install", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stderr

    return run


def test_one_lane_then_another_then_both_are_told_what_is_next(shell, install):
    first = install()
    assert in_use(shell).startswith("1.2.3-")
    assert lane_file(shell).exists()
    assert "What to do next, for lane lane1" in first
    second = install("--lane", "lane2")
    assert lane_file(shell, "lane2").exists()
    assert "What to do next, for lane lane2" in second
    again = install()
    assert again.rstrip().endswith("sudo adduser NAME vin-kiosk (and log in again)")
    assert again.count("What to do next") == len(["lane1", "lane2"])


def test_after_an_uninstallation_the_lanes_are_to_be_enabled_again(shell, install):
    install()
    lane_file(shell).with_suffix(".access-code").write_text("secret")
    assert "systemctl enable --now vin-kiosk@NAME" in install("--uninstall")
    said = install()
    assert "sudo systemctl enable --now vin-kiosk@lane1" in said
    assert "What to do next" not in said
