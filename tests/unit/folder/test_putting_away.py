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


@pytest.mark.parametrize("name", ["ä" * 125 + "b.jpg", "x" * 255, "a." + "b" * 253])
def test_a_name_as_long_as_names_can_be_gets_a_number_too(tmp_path, scanned, name):
    assert len(os.fsencode(name)) == 255
    for number in range(3):
        assert put_away(tmp_path, scanned(name, data=b"%d" % number), delete=False)
    done = sorted((tmp_path / ".done").iterdir(), key=lambda path: path.read_bytes())
    assert [path.read_bytes() for path in done] == [b"0", b"1", b"2"]
    assert [path.suffix == ".jpg" for path in done] == [name.endswith(".jpg")] * 3
    assert "-2" in done[1].name
    os.fsencode(done[1].name).decode("utf-8")  # no character is cut in two


def test_a_disk_that_cannot_say_durable_did_move_it(tmp_path, scanned, monkeypatch):
    stamp = scanned()

    def refuse(_):
        raise OSError(5, "Input/output error")

    (tmp_path / ".done").mkdir()
    monkeypatch.setattr(os, "fsync", refuse)
    assert put_away(tmp_path, stamp, delete=False)
    assert tree(tmp_path) == {".done/a.jpg": b"scanned"}


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
