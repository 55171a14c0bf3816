"""Files, directories and links: put once, and what is not ours is left alone."""

import pytest
from laid_down import names_in


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
    put = "put_link $into/opt/vin-kiosk-releases/{} $into/opt/vin-kiosk;"
    shell(put.format("one") + put.format("two"))
    assert link.readlink().name == "two"
    link.unlink()
    (link / "bin").mkdir(parents=True)
    assert "in the way" in shell(put.format("three"), code=4)
    assert (link / "bin").is_dir()


@pytest.mark.parametrize("target", ["srv/mine", "opt/vin-kiosk-of-mine/1"])
def test_a_link_of_somebody_else_is_not_switched(shell, target):
    link = shell.into / "opt/vin-kiosk"
    link.symlink_to(shell.into / target)
    put = "put_link $into/opt/vin-kiosk-releases/one $into/opt/vin-kiosk"
    assert "in the way" in shell(put, code=4)
    assert link.readlink() == shell.into / target


def test_a_directory_is_made_once_and_stays_as_its_admin_wants_it(shell, tmp_path):
    folder, moved = shell.into / "srv/own", tmp_path / "moved"
    put = "put_directory $into/srv/own 755 root root; echo changes: ${#changes[@]}"
    assert "changes: 1" in shell(f"umask 077; {put}")
    assert folder.stat().st_mode & 0o777 == 0o755
    folder.chmod(0o750)
    assert "changes: 0" in shell(put)
    assert folder.stat().st_mode & 0o777 == 0o750
    folder.rename(moved)
    folder.symlink_to(moved)
    assert "changes: 0" in shell(put)
    moved.rename(tmp_path / "gone")
    assert "in the way" in shell(put, code=4)
