"""scripts/install --uninstall: what it takes away, and what it keeps."""

import pytest
from laid_down import installing, lane_file, names_in


def test_uninstalling_keeps_what_people_and_lanes_wrote(shell, checkout):
    put_command = "put_link $into/opt/vin-kiosk/bin/vin-kiosk $into/usr/local/bin/vin-kiosk"
    shell(f"{installing(checkout)}; prepare_lane lane1; {put_command}")
    ledger = shell.into / "var/lib/vin-kiosk/lane1/ledger.sqlite"
    ledger.parent.mkdir(parents=True)
    ledger.write_text("every scan")
    said = shell("uninstall_all")
    assert "Kept: /etc/vin-kiosk" in said
    assert ledger.read_text() == "every scan"
    assert lane_file(shell).exists()
    assert names_in(shell.into / "opt") == []
    assert not (shell.into / "usr/local/bin/vin-kiosk").is_symlink()


@pytest.mark.parametrize("name", ["opt/vin-kiosk", "usr/local/bin/vin-kiosk"])
@pytest.mark.parametrize("kind", ["folder", "link"])
def test_uninstalling_keeps_what_was_not_made_here(shell, tmp_path, name, kind):
    theirs, folder = shell.into / name, tmp_path / "theirs"
    (folder / "kiosk").mkdir(parents=True)
    theirs.parent.mkdir(parents=True, exist_ok=True)
    theirs.symlink_to(folder) if kind == "link" else folder.rename(theirs)
    assert f"kept: {theirs}, which was not made" in shell("uninstall_all")
    assert (theirs / "kiosk").is_dir()
