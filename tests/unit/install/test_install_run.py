"""scripts/install itself, with nothing of the machine within its reach.

The installation as a whole is tried by scripts/nspawn-test.
"""

import fcntl
import os
import shutil
import subprocess

import pytest
from laid_down import ROOT, names_in

LACKING, MISUSED = 4, 2  # exit codes

# sudo tells what it was given; the others would change the machine, or begin what takes minutes
COMMANDS = {
    "id": "echo ${UID_SEEN:-0}",
    "sudo": 'printf "%s\\n" "$@" >"$FAKES/arguments"; env >"$FAKES/environment"',
    "apt-get": 'echo "$@" >"$FAKES/apt-get.called"; exit 1',
    "systemctl": "exit 1",
    "df": "echo 0",
}


@pytest.fixture
def script(tmp_path):
    """Run scripts/install on a folder; settings named UID_SEEN, PATH, … are its environment."""
    into, fakes, home = (tmp_path / name for name in ("machine", "fakes", "home"))
    for folder in (into / "opt", fakes, home):
        folder.mkdir(parents=True)
    for name, lines in COMMANDS.items():
        (fakes / name).write_text(f"#!/bin/bash\n{lines}\n")
        (fakes / name).chmod(0o755)
    base = {"PATH": f"{fakes}:{os.environ['PATH']}", "HOME": str(home)}

    def run(*arguments, **settings):
        return subprocess.run(
            [shutil.which("bash"), ROOT / "scripts/install", *arguments],
            env=base | {"into": str(into), "FAKES": str(fakes)} | settings,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    run.into, run.fakes, run.home = into, fakes, home
    return run


def test_help_tells_every_option(script):
    done = script("--help")
    assert done.returncode == 0
    for option in ("--lane", "--restart", "--uninstall"):
        assert option in done.stdout


@pytest.mark.parametrize(
    "arguments", [["--purge"], ["lane1"], ["--lane"], ["--lane", "Lane 1"], ["--lane", "../etc"]]
)
def test_what_it_does_not_understand_changes_nothing(script, arguments):
    done = script(*arguments)
    assert done.returncode == MISUSED
    assert done.stderr.startswith("install: ")


# ---- who runs it --------------------------------------------------------------------------------


def handed_to_sudo(script):
    options, _, command = (script.fakes / "arguments").read_text().partition("--\n")
    return options, command.splitlines()


def test_who_is_not_root_goes_on_with_sudo_and_the_same_words(script):
    done = script("--lane", "north-2", "--restart", UID_SEEN="1000")
    assert done.returncode == 0
    _, command = handed_to_sudo(script)
    assert command == [str(ROOT / "scripts/install"), "--lane", "north-2", "--restart"]
    assert names_in(script.into / "opt") == []


def test_sudo_keeps_what_pip_needs_and_sees_no_password(script):
    index, secret = "https://user:hunter2@example.net/simple", "unrelated"
    settings = {"PIP_INDEX_URL": index, "https_proxy": index, "PIPE": secret, "MY_PIP_X": secret}
    script(UID_SEEN="1000", **settings)
    options, command = handed_to_sudo(script)
    names = options.strip().removeprefix("--preserve-env=").split(",")
    assert sorted(names) == ["PIP_INDEX_URL", "https_proxy"]
    assert "hunter2" not in options + "".join(command)
    assert f"PIP_INDEX_URL={index}" in (script.fakes / "environment").read_text().splitlines()


def test_root_uses_the_pip_configuration_of_who_called_sudo(script):
    own = script.home / ".config/pip/pip.conf"
    own.parent.mkdir(parents=True)
    own.write_text("[global]\n")
    script(UID_SEEN="1000")
    assert handed_to_sudo(script)[0].strip() == "--preserve-env=PIP_CONFIG_FILE"
    assert f"PIP_CONFIG_FILE={own}" in (script.fakes / "environment").read_text().splitlines()


def test_without_root_and_without_sudo_it_says_so(script, tmp_path):
    few = tmp_path / "few"
    few.mkdir()
    (few / "id").symlink_to(script.fakes / "id")
    for name in ("bash", "dirname"):
        (few / name).symlink_to(shutil.which(name))
    done = script(UID_SEEN="1000", PATH=str(few))
    assert done.returncode == LACKING
    assert "needs root: run it as root, or install sudo" in done.stderr


# ---- what it does not begin ---------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [[], ["--uninstall"]])
def test_while_one_is_at_work_another_changes_nothing(script, arguments):
    releases = script.into / "opt/vin-kiosk-releases"
    releases.mkdir()
    other = os.open(script.into / "opt", os.O_RDONLY)
    try:
        fcntl.flock(other, fcntl.LOCK_EX)
        done = script(*arguments)
    finally:
        os.close(other)
    assert done.returncode == LACKING
    assert "another scripts/install is at work" in done.stderr
    assert releases.exists()
    assert "another" not in script(*arguments).stderr  # it ended


@pytest.mark.parametrize("name", ["opt/vin-kiosk", "usr/local/bin/vin-kiosk"])
def test_what_is_in_the_way_is_told_before_anything_is_made(script, name):
    theirs = script.into / name
    (theirs / "kiosk").mkdir(parents=True)
    done = script()
    assert done.returncode == LACKING
    assert f"{theirs} is in the way" in done.stderr
    assert not (script.fakes / "apt-get.called").exists()
    assert "making" not in done.stderr
    assert (theirs / "kiosk").is_dir()
