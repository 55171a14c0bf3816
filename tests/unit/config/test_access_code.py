"""Where the access code may come from, and what is refused without showing it."""

import os
import traceback

import pytest

from kiosk.config import LaneConfig, read_access_code
from kiosk.errors import ConfigError
from kiosk.secret import Secret


def config(path=None):
    service = {"access_code_file": str(path) if path else None}
    return LaneConfig.model_validate(
        {"lane": "a", "camera": {"source": "/dev/a"}, "service": service}
    )


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


@pytest.fixture
def code_file(tmp_path):
    def write(data: bytes, mode: int = 0o600):
        path = tmp_path / "code"
        path.write_bytes(data)
        path.chmod(mode)
        return path

    return write


@pytest.mark.parametrize("data", [b"geheim", b"geheim\n", b"geheim\r\n"])
def test_the_code_is_the_files_one_line(code_file, data):
    assert read_access_code(config(code_file(data))) == Secret("geheim")


def test_the_group_may_read_the_file(code_file):
    assert read_access_code(config(code_file(b"geheim", 0o640))) == Secret("geheim")


def test_systemds_credential_goes_first(tmp_path, code_file, monkeypatch):
    path = code_file(b"from-file")
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    assert read_access_code(config(path)) == Secret("from-file")
    (folder / "access-code").write_bytes(b"from-systemd\n")
    assert read_access_code(config(path)) == Secret("from-systemd")
    assert read_access_code(config()) == Secret("from-systemd")
    (folder / "access-code").write_bytes(b"\n")  # what the unit gives where there is no file
    assert read_access_code(config(path)) == Secret("from-file")
    with pytest.raises(ConfigError, match="no access code"):
        read_access_code(config())


def test_without_either_the_person_is_told_of_both():
    with pytest.raises(ConfigError, match=r"access_code_file: no access code.*credential"):
        read_access_code(config())


@pytest.mark.parametrize(
    ("data", "mode", "words"),
    [
        (b"", 0o600, "is empty"),
        (b" \n", 0o600, "is empty"),
        (b"geheim\nzwei\n", 0o600, "several lines"),
        (b"geheim\rzwei", 0o600, "several lines"),
        (b"geheim zwei", 0o600, "visible ASCII"),
        (b"geheim\xff", 0o600, "visible ASCII"),
        (b"geheim" * 1000, 0o600, "visible ASCII"),
        (b"geheim", 0o644, "every user of this machine can read it: chmod 600 /"),
        (b"geheim", 0o602, "chmod 600 /"),
    ],
)
def test_an_unfit_file_is_refused_without_a_word_of_it(code_file, data, mode, words):
    with pytest.raises(ConfigError, match=words) as caught:
        read_access_code(config(code_file(data, mode)))
    assert "geheim" not in "".join(traceback.format_exception(caught.value))


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read_access_code(config(tmp_path / "none"))
    with pytest.raises(ConfigError, match="is not a plain file"):
        read_access_code(config(tmp_path))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="is not a plain file"):
        read_access_code(config(tmp_path / "pipe"))
