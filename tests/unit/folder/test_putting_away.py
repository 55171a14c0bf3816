"""What becomes of a scanned picture: moved or deleted, never another one, never over another."""

import os
from pathlib import Path

import pytest

from kiosk.folder.listing import look_at
from kiosk.folder.putting_away import put_away


def open_files():
    return sorted(path.name for path in Path("/proc/self/fd").iterdir())


@pytest.fixture
def scanned(tmp_path):
    def make(name="a.jpg", data=b"scanned"):
        (tmp_path / name).write_bytes(data)
        return look_at(tmp_path, name).stamp

    return make


def tree(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_moved(tmp_path, scanned):
    assert put_away(tmp_path, scanned(), delete=False)
    assert tree(tmp_path) == {".done/a.jpg": b"scanned"}


def test_deleted(tmp_path, scanned):
    assert put_away(tmp_path, scanned(), delete=True)
    assert tree(tmp_path) == {}


def test_a_name_that_is_taken_gets_a_number(tmp_path, scanned):
    for number in range(3):
        assert put_away(tmp_path, scanned(data=b"%d" % number), delete=False)
    assert tree(tmp_path) == {
        ".done/a-2.jpg": b"1",
        ".done/a-3.jpg": b"2",
        ".done/a.jpg": b"0",
    }


def test_what_is_gone_is_done(tmp_path, scanned):
    stamp = scanned()
    (tmp_path / "a.jpg").unlink()
    assert not put_away(tmp_path, stamp, delete=False)
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("delete", [False, True])
def test_another_picture_under_the_name_is_put_back(tmp_path, scanned, delete):
    stamp = scanned()
    scanned(data=b"a new picture")
    assert not put_away(tmp_path, stamp, delete=delete)
    assert tree(tmp_path) == {"a.jpg": b"a new picture"}


def test_a_link_in_its_place_is_put_back(tmp_path, scanned):
    stamp = scanned()
    (tmp_path / "elsewhere").write_bytes(b"scanned")
    (tmp_path / "a.jpg").unlink()
    (tmp_path / "a.jpg").symlink_to("elsewhere")
    assert not put_away(tmp_path, stamp, delete=True)
    assert (tmp_path / "a.jpg").is_symlink()


def test_a_link_in_place_of_done_is_not_followed(tmp_path, scanned):
    stamp = scanned()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".done").symlink_to("elsewhere")
    with pytest.raises(OSError, match="Not a directory"):
        put_away(tmp_path, stamp, delete=False)
    assert tree(tmp_path) == {"a.jpg": b"scanned"}


def test_a_failed_move_leaves_nothing_behind(tmp_path, scanned, monkeypatch):
    stamp = scanned()

    def refuse(*args, **kwargs):
        raise PermissionError(1, "Operation not permitted")

    before = open_files()
    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", refuse)
        with pytest.raises(PermissionError):
            put_away(tmp_path, stamp, delete=False)
    assert tree(tmp_path) == {"a.jpg": b"scanned"}
    assert open_files() == before
    assert put_away(tmp_path, stamp, delete=False)
