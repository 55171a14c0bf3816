"""The command line's last line of defence: no traceback ever reaches a person."""

import subprocess
import sys
from pathlib import Path

import pytest


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "kiosk", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
        **options,
    )


@pytest.mark.parametrize("command", ["--help", "--version"])
def test_an_output_that_cannot_be_written_is_one_sentence(command):
    with Path("/dev/full").open("w", encoding="ascii") as full:
        done = run(command, stdout=full)
    assert done.returncode == 4
    assert done.stderr == "vin-kiosk: No space left on device\n"


def test_a_reader_that_leaves_early_is_no_news(tmp_path):
    picture = tmp_path / "no-picture.jpg"
    picture.write_bytes(b"x")
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk", "read", *[str(picture)] * 2000],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.close()
    with process.stderr:
        assert process.stderr.read() == ""
    assert process.wait(60) == 1


def test_an_error_of_ours_has_its_message_and_its_code(tmp_path):
    done = run("status", "-c", str(tmp_path / "none.yaml"), stdout=subprocess.DEVNULL)
    assert done.returncode == 2
    assert "none.yaml" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_commands_are_listed_without_loading_any_of_them():
    script = """if True:
        import sys
        from kiosk.cli import main
        sys.argv = ["vin-kiosk", "--help"]
        try:
            main()
        finally:
            print("cv2" in sys.modules, file=sys.stderr)
    """
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert "sandbox" in done.stdout
    assert done.stderr.strip().endswith("False")
