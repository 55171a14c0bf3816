"""The shell's completion: by a real bash, and by what each shell's script asks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.cli import _COMMANDS, cli
from kiosk.completion import SHELLS, script_for
from kiosk.config.keys import known_keys

PROGRAM = Path(sys.executable).with_name("vin-kiosk")
TRY = """
compopt() { printf 'compopt %s\\n' "$*"; }
_vin_kiosk_completion "${COMP_WORDS[0]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def lanes(tmp_path):
    for name in ("lane1.yaml", "lane2.yaml", "yard.yaml", ".lane3.yaml", "access-code"):
        (tmp_path / name).touch()
    return {"VIN_KIOSK_CONFIG_DIR": str(tmp_path)}


@pytest.fixture
def bash(lanes):
    """Press Tab behind these words, in a real bash; the words are broken as bash breaks them."""

    def press_tab(*words):
        array = " ".join(f"'{word}'" for word in (str(PROGRAM), *words))
        script = f"{script_for('bash')}\nCOMP_WORDS=({array})\nCOMP_CWORD={len(words)}\n{TRY}"
        done = subprocess.run(
            ["bash", "--norc", "-u", "-c", script],
            env=os.environ | lanes,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert done.stderr == ""
        return done.stdout.split()

    return press_tab


def ask(shell, words, number, lanes, *more):
    """Ask as a shell's script does."""
    done = subprocess.run(
        [sys.executable, *more, "-m", "kiosk"],
        env=os.environ
        | lanes
        | {
            "_VIN_KIOSK_COMPLETE": f"{shell}_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(number),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["sta"], ["station", "status"]),
        (["queue", "re"], ["resend", "resume"]),
        (["queue", "list", "--o"], ["--open"]),
        (["run", "--lane", ""], ["lane1", "lane2", "yard"]),
        (["run", "--lane", "y"], ["yard"]),
        (["run", "--lane", "=", "y"], ["yard"]),
        (["run", "--lane", "="], ["lane1", "lane2", "yard"]),
        (["status", "--set", "trigger.m"], ["compopt", "-o", "nospace", "trigger.mode="]),
        (["status", "--set", "trigger.mode", "="], ["button", "presentation", "arrival"]),
        (["status", "--set", "trigger.mode", "=", "b"], ["button"]),
        (["status", "--set", "=", "keep_frames", "=", "f"], ["false"]),
        (["status", "--set", "a=1", "--set", "upload.when", "=", "n"], ["never"]),
        (["status", "--set", "camera.source", "=", "folder", ":", "/s"], []),
        (["read", "some/pic"], ["compopt", "-o", "default"]),
        (["run", "-c", ""], ["compopt", "-o", "default"]),
        (["read", "--crops", ""], ["compopt", "-o", "dirnames"]),
        (["completion", ""], list(SHELLS)),
        (["queue", "show", ""], []),
    ],
)
def test_a_real_bash_completes(bash, words, offered):
    assert bash(*words) == offered


def test_every_command_is_offered(bash):
    assert bash("") == sorted(_COMMANDS)


def test_every_key_of_the_schema_is_offered(bash):
    sections = {path[:-1] for path in known_keys()}
    keys = [f"{'.'.join(path)}=" for path in known_keys() if path not in sections]
    assert bash("run", "--set", "")[3:] == keys


def test_a_quote_that_is_open_breaks_nothing(lanes):
    assert ask("bash", "vin-kiosk\nrun\n--lane\n'y", 3, lanes)[0] == "plain,yard\n"


def test_names_that_are_no_lanes_are_not_offered(bash, lanes, tmp_path):
    for name in ("$(touch x)", "a;id", "Lane9", "lane 9", "y" * 33, "lane`id`"):
        (tmp_path / f"{name}.yaml").touch()
    assert bash("run", "--lane", "") == ["lane1", "lane2", "yard"]


def test_zsh_is_told_the_value_and_its_meaning(lanes):
    told, _ = ask("zsh", "vin-kiosk run --set camera.w", 3, lanes)
    assert told == "plain\ncamera.width=\n160 to 7680 pixels\n"
    assert script_for("zsh").startswith("#compdef vin-kiosk\n")


def test_fish_is_told_the_value_and_its_meaning(lanes):
    told, _ = ask("fish", "vin-kiosk check", "check", lanes)
    assert told.startswith("plain,check-config\tCheck a lane")


def test_completing_loads_no_command(lanes):
    """Neither OpenCV nor NumPy nor pydantic: on a Pi each of them is a wait that can be felt."""
    for words, number in (("vin-kiosk read --", 2), ("vin-kiosk run --set camera.", 3)):
        told, imports = ask("bash", words, number, lanes, "-X", "importtime")
        assert told.startswith("plain,")
        loaded = {line.rpartition("|")[2].strip() for line in imports.splitlines()}
        assert "click.core" in loaded
        assert not loaded & {"cv2", "numpy", "pydantic", "yaml", "rich", "requests"}
        assert not {name for name in loaded if name.startswith("kiosk.commands.r")}


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_says_how_to_install_it(shell):
    printed = CliRunner().invoke(cli, ["completion", shell])
    assert printed.exit_code == 0
    assert printed.stdout == script_for(shell)
    how = next(line for line in printed.stdout.splitlines() if "install" in line)
    assert how.startswith(f"# To install it: vin-kiosk completion {shell} | sudo tee /")
    assert how.partition("| ")[2] in CliRunner().invoke(cli, ["completion", "--help"]).stdout


def test_the_script_of_bash_defines_what_completes_and_says_nothing(tmp_path):
    script = tmp_path / "vin-kiosk"
    script.write_text(script_for("bash"))
    done = subprocess.run(
        ["bash", "--norc", "-eu", "-c", f"source {script}; complete -p vin-kiosk"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "complete -o nosort -F _vin_kiosk_completion vin-kiosk\n"
    assert done.stderr == ""


def test_a_shell_that_is_not_known_is_a_usage_error():
    assert CliRunner().invoke(cli, ["completion", "tcsh"]).exit_code == 2


@pytest.mark.parametrize("wish", ["tcsh_complete", "bash_dance", "bash"])
def test_a_wish_that_is_not_known_ends_with_1(lanes, wish):
    environment = os.environ | lanes | {"_VIN_KIOSK_COMPLETE": wish}
    done = subprocess.run(
        [sys.executable, "-m", "kiosk"], env=environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, b"")
