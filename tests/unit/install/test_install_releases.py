"""Releases: made and tried beside the one in use, switched at once, and thrown away in time."""

import os
import time

import pytest
from laid_down import in_use, installing, names_in


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


def test_another_language_makes_no_other_release(shell, checkout):
    (checkout / "kiosk/B.py").write_text("")
    shell(installing(checkout))
    # elsewhere capital letters do not come first
    elsewhere = 'sort() { [ "${LC_ALL-}" != C ] && set -- -f "$@"; command sort "$@"; }\n'
    assert "changes: 0" in shell(f"export LC_ALL=de_DE.UTF-8; {elsewhere}" + installing(checkout))


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


@pytest.fixture
def install_version(shell, checkout):
    """Install a version by its number, the one after the other; return its release."""
    used = iter(range(99))

    def install(number):
        (checkout / "kiosk/app.py").write_text(f"# {number}")
        shell(installing(checkout))
        release = shell.into / "opt/vin-kiosk-releases" / in_use(shell)
        when = next(used) + time.time() - 1000
        assert release.stat().st_mtime > when  # it counts as used now
        os.utime(release, (when, when))
        return release

    return install


def test_old_releases_go_but_the_one_before_and_those_in_use_stay(shell, install_version):
    releases = [install_version(number) for number in range(4)]
    shell(f"is_running() {{ [ ${{1##*/}} = {releases[0].name} ]; }}; prune_releases")
    assert [release.is_dir() for release in releases] == [True, False, True, True]


def test_a_release_that_was_cut_off_goes_and_never_in_place_of_the_one_before(
    shell, install_version
):
    oldest, before, cut_off, now = [install_version(number) for number in range(4)]
    (cut_off / ".complete").unlink()
    os.utime(cut_off)  # later than all others
    shell("prune_releases")
    left = [release.is_dir() for release in (oldest, before, cut_off, now)]
    assert left == [False, True, False, True]


def test_the_release_before_is_the_one_that_was_used_not_the_one_made_last(shell, install_version):
    good, bad, _, mended = [install_version(number) for number in (0, 1, 0, 2)]
    shell("prune_releases")
    assert [release.is_dir() for release in (good, bad, mended)] == [True, False, True]
