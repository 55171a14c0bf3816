"""What lies in a folder: which names count, and what is said where it cannot be listed."""

import errno
import os

import pytest
from folder_life import break_names

from kiosk.errors import CameraError
from kiosk.folder.listing import (
    entry_of,
    identity_of,
    is_empty,
    is_picture_name,
    list_folder,
    look_at,
    signed,
)
from kiosk.printable import printable


@pytest.mark.parametrize(
    "name", ["a.jpg", "A.JPG", "noextension", "a.txt", "ä.png", "part", "a.tmp2"]
)
def test_names_that_count(name):
    assert is_picture_name(name)


@pytest.mark.parametrize(
    "name",
    [".done", ".a.jpg.Xy12", "a.jpg.part", "A.JPG.PART", "a.tmp", "a.jpg~", "a.filepart",
     "a.crdownload"],
)  # fmt: skip
def test_names_of_files_on_their_way(name):
    assert not is_picture_name(name)


def test_a_listing_has_files_of_every_kind_and_no_folders(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"12345")
    (tmp_path / "link.jpg").symlink_to("nowhere")
    (tmp_path / "to-folder").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / ".hidden").write_bytes(b"")
    (tmp_path / "a.part").write_bytes(b"")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.jpg").write_bytes(b"")
    listing = list_folder(tmp_path)
    assert sorted(listing) == ["a.jpg", "link.jpg", "pipe", "to-folder"]
    assert [name for name, entry in listing.items() if entry.is_plain] == ["a.jpg"]
    assert listing["a.jpg"].size == 5
    for name in (*listing, "sub", ".hidden", "a.part", "nothing"):
        assert look_at(tmp_path, name) == listing.get(name)
    with (tmp_path / "a.jpg").open("rb") as file:
        assert entry_of("a.jpg", file.fileno()) == listing["a.jpg"]


def test_names_that_are_no_utf_8_are_listed(tmp_path):
    name = os.fsdecode(b"\xff\xfe.jpg")
    (tmp_path / name).write_bytes(b"")
    assert list(list_folder(tmp_path)) == [name]


def test_a_folder_that_is_away_says_what_to_do(tmp_path):
    for ask in (list_folder, identity_of):
        with pytest.raises(CameraError, match="mount its disk"):
            ask(tmp_path / "away")
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(CameraError, match="folder"):
            ask(tmp_path / "file")


def test_a_name_that_cannot_be_looked_at_takes_no_other_away(tmp_path, monkeypatch):
    for name in ("bad.jpg", "good.jpg"):
        (tmp_path / name).write_bytes(b"")
    unseen = {}
    break_names(monkeypatch, {"bad.jpg"})
    assert list(list_folder(tmp_path, unseen.__setitem__)) == ["good.jpg"]
    assert {name: error.errno for name, error in unseen.items()} == {"bad.jpg": errno.ESTALE}
    assert look_at(tmp_path, "bad.jpg") is None
    assert look_at(tmp_path, "x" * 300) is None


def test_an_empty_folder_is_one_without_pictures_names(tmp_path):
    (tmp_path / ".done").mkdir()
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.part").write_bytes(b"")
    assert is_empty(tmp_path)
    (tmp_path / "link").symlink_to("sub")
    assert not is_empty(tmp_path)
    with pytest.raises(CameraError, match="mount its disk"):
        is_empty(tmp_path / "away")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ä b.jpg", "ä b.jpg"),
        ("a\n<3>kiosk: forged", "a�<3>kiosk: forged"),
        ("\x1b]0;title\x07.jpg", "�]0;title�.jpg"),
        ("gpj.\u202eb", "gpj.�b"),
        (os.fsdecode(b"\xff.jpg"), "�.jpg"),
    ],
)
def test_a_name_is_shown_on_one_line_and_moves_no_terminal(name, text):
    assert printable(name) == text


def test_a_folder_made_again_is_another_and_its_own_time_tells_of_changes(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    before, changed = identity_of(folder)
    assert identity_of(folder) == (before, changed)
    os.utime(folder, ns=(0, 0))
    assert identity_of(folder) == (before, 0)
    (tmp_path / "other").mkdir()
    folder.rmdir()
    (tmp_path / "other").rename(folder)
    after, _ = identity_of(folder)
    assert after != before
    assert after.is_same_folder(before)  # it lies on the same disk


def test_numbers_fit_into_the_ledger():
    assert [signed(0), signed(2**63 - 1), signed(2**63), signed(2**64 - 1)] == [
        0,
        2**63 - 1,
        -(2**63),
        -1,
    ]
