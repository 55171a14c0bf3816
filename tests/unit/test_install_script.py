"""scripts/install, in a folder instead of a machine: what it lays down, and what it leaves alone.

The installation as a whole is tried by scripts/nspawn-test.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PARTS = "say machine place release lanes uninstall"


@pytest.fixture
def shell(tmp_path):
    """Run lines of shell with the parts of scripts/install, $into being a folder of its own."""
    into = tmp_path / "machine"
    (into / "opt").mkdir(parents=True)
    (into / "etc/vin-kiosk").mkdir(parents=True)
    head = f'set -euo pipefail; root={ROOT} into={into} python=python3 release_identity=""\n'
    head += f'for part in {PARTS}; do . "{ROOT}/scripts/lib/$part.sh"; done\n'
    # ownership is root's to give: here everything stays with who runs the tests
    head += 'install() { command install $(echo " $*" | sed -E "s/ -[og] [^ ]+//g"); }\n'
    head += 'has_mode() { [ "$(stat -c %a "$1" 2>/dev/null)" = "$2" ]; }\n'

    def run(lines, code=0):
        done = subprocess.run(
            ["bash", "-c", f"{head}{lines}"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    run.into = into
    return run


def script(*arguments):
    return subprocess.run(
        [ROOT / "scripts/install", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def names_in(folder):
    return [path.name for path in folder.iterdir()]


def test_help_tells_every_option():
    done = script("--help")
    assert done.returncode == 0
    for option in ("--lane", "--restart", "--uninstall"):
        assert option in done.stdout


@pytest.mark.parametrize(
    "arguments", [["--purge"], ["lane1"], ["--lane"], ["--lane", "Lane 1"], ["--lane", "../etc"]]
)
def test_what_it_does_not_understand_changes_nothing(arguments):
    done = script(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("install: ")


# ---- files --------------------------------------------------------------------------------------


def test_a_file_is_put_once(shell, tmp_path):
    (tmp_path / "new").write_text("text")
    put = "put_file new $into/a/b/file 640; echo changes: ${#changes[@]}\n"
    assert shell(put + put).count("changes: 1") == 2
    file = shell.into / "a/b/file"
    assert file.read_text() == "text"
    assert file.stat().st_mode & 0o777 == 0o640
    assert names_in(file.parent) == ["file"]


def test_a_changed_file_and_a_changed_mode_are_mended(shell, tmp_path):
    (tmp_path / "new").write_text("text")
    file = shell.into / "file"
    file.write_text("older")
    put = "put_file new $into/file 600; echo changes: ${#changes[@]}"
    assert "changes: 1" in shell(put)
    assert file.read_text() == "text"
    file.chmod(0o644)
    assert "changes: 1" in shell(put)
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_link_is_switched_but_nothing_else_is_taken_for_it(shell):
    link = shell.into / "opt/vin-kiosk"
    shell("put_link /one $into/opt/vin-kiosk; put_link /two $into/opt/vin-kiosk")
    assert str(link.readlink()) == "/two"
    link.unlink()
    (link / "bin").mkdir(parents=True)
    assert "in the way" in shell("put_link /three $into/opt/vin-kiosk", code=4)
    assert (link / "bin").is_dir()


# ---- lanes --------------------------------------------------------------------------------------


def lane_file(shell, name="lane1"):
    return shell.into / f"etc/vin-kiosk/{name}.yaml"


def test_the_first_lane_has_its_name_and_a_private_access_code(shell):
    shell("prepare_lane north-2")
    lane = yaml.safe_load(lane_file(shell, "north-2").read_text("utf-8"))
    assert lane["lane"] == "north-2"
    assert lane["state_dir"] == "/var/lib/vin-kiosk/north-2"
    code = lane_file(shell, "north-2").with_suffix(".access-code")
    assert code.read_bytes() == b""
    assert code.stat().st_mode & 0o777 == 0o600


def test_what_a_person_wrote_stays(shell):
    lane_file(shell).write_text("lane: lane1  # mine")
    code = lane_file(shell).with_suffix(".access-code")
    code.write_text("secret")
    code.chmod(0o400)
    assert "secret" not in shell("prepare_lane lane1; echo changes: ${#changes[@]}")
    assert lane_file(shell).read_text() == "lane: lane1  # mine"
    assert code.read_text() == "secret"
    assert code.stat().st_mode & 0o777 == 0o400


@pytest.mark.parametrize(("cameras", "found"), [(0, False), (1, True), (2, False)])
def test_the_only_camera_is_written_into_a_new_lane(shell, cameras, found):
    by_path = shell.into / "dev/v4l/by-path"
    by_path.mkdir(parents=True)
    for number in range(cameras):
        (by_path / f"platform-usb-0:{number}:1.0-video-index0").touch()
        (by_path / f"platform-usb-0:{number}:1.0-video-index1").touch()
    shell("prepare_lane lane1")
    source = yaml.safe_load(lane_file(shell).read_text("utf-8"))["camera"]["source"]
    assert (source == str(by_path / "platform-usb-0:0:1.0-video-index0")) == found


# ---- releases -----------------------------------------------------------------------------------


@pytest.fixture
def checkout(shell, tmp_path):
    """A checkout small enough to be installed without a network."""
    root = tmp_path / "checkout"
    (root / "kiosk").mkdir(parents=True)
    (root / "kiosk/app.py").write_text("")
    (root / "pyproject.toml").write_text('version = "1.2.3"\n')
    (root / "requirements.lock").write_text("a==1\n")
    shutil.copytree(ROOT / "config", root / "config")
    for name in ("README.md", "LICENSE"):
        shutil.copy(ROOT / name, root)
    return root


def installing(root, fill='mkdir "$venv/bin"', attempt="true"):
    return (
        f"root={root}; fill_release() {{ {fill}; }}; try_release() {{ {attempt}; }}\n"
        "room_needed_mb=1; install_release; echo changes: ${#changes[@]}"
    )


def in_use(shell):
    return (shell.into / "opt/vin-kiosk").readlink().name


def test_a_release_is_made_once(shell, checkout):
    assert "changes: 2" in shell(installing(checkout))
    assert in_use(shell).startswith("1.2.3-")
    assert "changes: 0" in shell(installing(checkout, fill="exit 9"))


def test_a_change_makes_another_release_beside_it(shell, checkout):
    shell(installing(checkout))
    before = in_use(shell)
    (checkout / "kiosk/app.py").write_text("# changed")
    shell(installing(checkout))
    assert in_use(shell) != before
    assert (shell.into / "opt/vin-kiosk-releases" / before).is_dir()


@pytest.mark.parametrize(
    "broken", [{"fill": "mkdir $venv/bin; fail no network"}, {"attempt": "fail it does not start"}]
)
def test_a_failed_update_leaves_the_old_release_in_use_and_nothing_else(shell, checkout, broken):
    shell(installing(checkout))
    before = in_use(shell)
    (checkout / "requirements.lock").write_text("a==2\n")
    shell(installing(checkout, **broken), code=4)
    assert in_use(shell) == before
    assert names_in(shell.into / "opt/vin-kiosk-releases") == [before]


def test_a_release_that_was_cut_off_is_made_anew(shell, checkout):
    shell(installing(checkout))
    release = shell.into / "opt/vin-kiosk-releases" / in_use(shell)
    (release / ".complete").unlink()
    (release / "half-written").touch()
    shell(installing(checkout))
    assert (release / ".complete").exists()
    assert not (release / "half-written").exists()


def test_a_full_disk_is_told_before_anything_is_made(shell, checkout):
    said = shell(installing(checkout).replace("mb=1", "mb=999999999"), code=4)
    assert "make some" in said
    assert names_in(shell.into / "opt") == []


def test_old_releases_go_but_the_one_before_and_those_in_use_stay(shell, checkout):
    releases = []
    for number in range(4):
        (checkout / "kiosk/app.py").write_text(f"# {number}")
        shell(installing(checkout))
        releases.append(shell.into / "opt/vin-kiosk-releases" / in_use(shell))
        os.utime(releases[-1], (number, number))
    running = f"is_running() {{ [ ${{1##*/}} = {releases[0].name} ]; }}; prune_releases"
    shell(running)
    assert [release.is_dir() for release in releases] == [True, False, True, True]


# ---- and back -----------------------------------------------------------------------------------


def test_uninstalling_keeps_what_people_and_lanes_wrote(shell, checkout):
    shell(installing(checkout) + "; prepare_lane lane1; put_link /x $into/usr/local/bin/vin-kiosk")
    ledger = shell.into / "var/lib/vin-kiosk/lane1/ledger.sqlite"
    ledger.parent.mkdir(parents=True)
    ledger.write_text("every scan")
    said = shell("lanes_running() { :; }; systemctl() { :; }; uninstall_all")
    assert "Kept: /etc/vin-kiosk" in said
    assert ledger.read_text() == "every scan"
    assert lane_file(shell).exists()
    assert names_in(shell.into / "opt") == []
    assert not (shell.into / "usr/local/bin/vin-kiosk").is_symlink()
