"""Reading a picture file: whole, never through a link, and no other file than the one listed."""

import os
import stat
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.folder.listing import list_folder, look_at
from kiosk.folder.reading import ChangedError, is_whole, read_file, why_no_picture
from kiosk.vision.picture import BYTES_MAX, decode_picture

NOISE = np.random.default_rng(3).integers(0, 255, (40, 60, 3), np.uint8)
GIF = bytes.fromhex(
    "47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b"
)
PROGRESSIVE = [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]
PICTURES = {
    "jpeg": cv2.imencode(".jpg", NOISE)[1].tobytes(),
    "progressive": cv2.imencode(".jpg", NOISE, PROGRESSIVE)[1].tobytes(),
    "png": cv2.imencode(".png", NOISE)[1].tobytes(),
    "bmp": cv2.imencode(".bmp", NOISE)[1].tobytes(),
    "gif": GIF,
}


def open_files():
    return sorted(path.name for path in Path("/proc/self/fd").iterdir())


def with_thumbnail(jpeg):
    """Put a whole JPEG into an APP1 segment, where cameras keep a small one."""
    small = b"Exif\0\0" + PICTURES["jpeg"]
    return jpeg[:2] + b"\xff\xe1" + (len(small) + 2).to_bytes(2, "big") + small + jpeg[2:]


PICTURES["with a thumbnail"] = with_thumbnail(PICTURES["jpeg"])


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_is_whole_with_its_last_byte_and_not_before(kind):
    data = PICTURES[kind]
    decode_picture(data)
    assert is_whole(data)
    cut = range(len(data)) if len(data) < 3000 else [*range(60), *range(60, len(data), 97)]
    assert [n for n in (*cut, len(data) - 1) if is_whole(data[:n])] == []


@pytest.mark.parametrize("kind", ["jpeg", "progressive", "png", "bmp"])
def test_what_is_appended_does_not_matter(kind):
    assert is_whole(PICTURES[kind] + b"a film that the phone took " * 99)


@given(st.binary(min_size=9))
def test_what_is_no_picture_waits_for_no_end(data):
    if not data.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM")):
        assert is_whole(data)


@given(st.binary(max_size=200))
def test_a_jpeg_of_noise_is_judged_without_an_error(data):
    is_whole(b"\xff\xd8\xff" + data)


def test_a_jpeg_with_damaged_segments_is_for_the_decoder_to_judge():
    assert is_whole(b"\xff\xd8\xff\xe0\x00\x04abnoise")
    assert not is_whole(b"\xff\xd8\xff\xff\xff\xd0\xff\xe0\x00\x04ab")


def test_a_file_is_read_as_it_was_listed(tmp_path):
    (tmp_path / "a").write_bytes(b"content")
    assert read_file(tmp_path, look_at(tmp_path, "a")) == b"content"


def swap_for_a_link(path):
    (path.parent / "other").write_bytes(b"content")
    path.unlink()
    path.symlink_to("other")


def swap_for_a_link_to_itself(path):
    path.rename(path.parent / "other")
    path.symlink_to("other")


def swap_for_a_fifo(path):
    path.unlink()
    os.mkfifo(path)


def swap_for_another(path):
    other = path.parent / "other"
    other.write_bytes(b"content")
    os.utime(other, ns=(0, path.stat().st_mtime_ns))
    other.rename(path)


def link(path):
    os.link(path, path.parent / "second")


def append(path):
    with path.open("ab") as file:
        file.write(b"more")


@pytest.mark.parametrize(
    "change",
    [swap_for_a_link, swap_for_a_link_to_itself, swap_for_a_fifo, swap_for_another, link, append],
)
def test_what_changed_since_it_was_listed_is_not_read(tmp_path, change, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(b"content")
    entry = look_at(tmp_path, "a")
    change(path)
    monkeypatch.delattr(os, "read")  # not a byte of it
    with pytest.raises(ChangedError):
        read_file(tmp_path, entry)


def test_a_file_that_changes_while_it_is_read_is_not_taken(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(b"content")
    entry = look_at(tmp_path, "a")
    read = os.read

    def read_and_write(descriptor, most):
        os.utime(path, ns=(0, 0))
        return read(descriptor, most)

    monkeypatch.setattr(os, "read", read_and_write)
    with pytest.raises(ChangedError):
        read_file(tmp_path, entry)


def test_errors_of_the_machine_come_out(tmp_path):
    (tmp_path / "a").write_bytes(b"content")
    entry = look_at(tmp_path, "a")
    (tmp_path / "a").unlink()
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path, entry)


def test_no_descriptor_is_left_open(tmp_path):
    (tmp_path / "a").write_bytes(b"content")
    entry = look_at(tmp_path, "a")
    before = open_files()
    read_file(tmp_path, entry)
    append(tmp_path / "a")
    with pytest.raises(ChangedError):
        read_file(tmp_path, entry)
    assert open_files() == before


def test_what_can_never_be_a_picture(tmp_path):
    (tmp_path / "plain").write_bytes(b"content")
    (tmp_path / "sym").symlink_to("plain")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "one").write_bytes(b"content")
    os.link(tmp_path / "one", tmp_path / "two")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(BYTES_MAX + 1)
    with (tmp_path / "large").open("wb") as file:
        file.truncate(BYTES_MAX)
    said = {name: why_no_picture(look_at(tmp_path, name)) for name in list_folder(tmp_path)}
    assert said["plain"] is None
    assert said["large"] is None
    assert "symbolic link" in said["sym"]
    assert "hard link" in said["one"]
    assert "hard link" in said["two"]
    assert "pipe" in said["pipe"]
    assert "larger than 32 MiB" in said["huge"]
    assert stat.S_ISLNK(look_at(tmp_path, "sym").mode)
