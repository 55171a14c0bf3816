import os
import wave

import cv2
import numpy as np
import pytest

from kiosk.camera.video import VideoCamera
from kiosk.clock import ManualClock
from kiosk.errors import CameraError, PictureError

FPS = 10.0
PICTURES = 8
KINDS = {"lane.avi": "MJPG", "lane.mkv": "MJPG", "lane.mov": "MJPG", "lane.mp4": "mp4v"}
MJPEG = [name for name, code in KINDS.items() if code == "MJPG"]


def film(path, greys=range(20, 20 + 25 * PICTURES, 25), fps=FPS, code=None):
    """One flat picture after the other; its grey tells which one it is."""
    code = cv2.VideoWriter_fourcc(*(code or KINDS[path.name]))
    fresh = path.with_name(f"new-{path.name}")
    writer = cv2.VideoWriter(str(fresh), code, fps, (64, 48))
    for grey in greys:
        writer.write(np.full((48, 64, 3), grey, np.uint8))
    writer.release()
    fresh.replace(path)
    return path


def which(frame):
    """The number of the picture in the film, from 0."""
    return round((float(frame.look().mean()) - 20) / 25)


class Lane:
    """A camera on a clock that moves only while the camera waits."""

    def __init__(self, path):
        self.clock = ManualClock()
        self.camera = VideoCamera(path, self.clock, sleep=self.clock.advance)

    def read(self, within=1.0):
        return self.camera.read(self.clock.monotonic() + within)

    def open_and_read(self):
        self.camera.open()
        return self.read()

    def read_many(self, count):
        return [self.read() for _ in range(count)]


@pytest.fixture
def lane(tmp_path):
    lanes = []

    def opened(name="lane.avi", **film_of):
        lane = Lane(film(tmp_path / name, **film_of))
        lanes.append(lane)
        lane.camera.open()
        return lane

    yield opened
    for lane in lanes:
        lane.camera.close()


# ---- pace ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_a_film_plays_at_its_own_pace_and_again_from_its_start(lane, name, caplog):
    caplog.set_level("DEBUG", logger="kiosk.camera")
    playing = lane(name)
    began = playing.clock.monotonic()
    frames = playing.read_many(3 * PICTURES)
    assert [which(frame) for frame in frames] == [*range(PICTURES)] * 3
    assert [frame.number for frame in frames] == [*range(1, 3 * PICTURES + 1)]
    due = [began + number / FPS for number in range(3 * PICTURES)]
    assert [frame.taken_at for frame in frames] == pytest.approx(due, abs=1e-6)
    assert [record.message for record in caplog.records] == [
        f"{playing.camera._path} is at its end and plays from its start again"
    ]


def test_a_frame_that_is_not_due_is_waited_for_until_the_deadline(lane):
    playing = lane()
    assert which(playing.read()) == 0
    before = playing.clock.monotonic()
    assert playing.read(within=0.03) is None
    assert playing.clock.monotonic() == pytest.approx(before + 0.03)
    assert which(playing.read(within=0.08)) == 1


@pytest.mark.parametrize("name", ["lane.avi", "lane.mp4"])
def test_a_camera_that_was_held_up_shows_what_is_due_now(lane, name):
    playing = lane(name)
    first = playing.read()
    playing.clock.advance(0.35)
    late = playing.read()
    assert which(late) == 3
    assert late.number == first.number + 3
    assert late.taken_at == pytest.approx(first.taken_at + 0.3)
    following = playing.read()
    assert which(following) == 4
    assert following.taken_at == pytest.approx(first.taken_at + 0.4)


def test_a_camera_that_was_held_up_for_long_goes_on_where_it_was(lane):
    playing = lane()
    playing.read()
    playing.clock.advance(60)
    late = playing.read()
    assert which(late) == 1
    assert late.taken_at == playing.clock.monotonic()
    assert playing.read(within=0.05) is None


@pytest.mark.parametrize(("fps", "interval"), [(5.0, 0.2), (1000.0, 1 / 15)])
def test_a_file_without_a_usable_frame_rate_plays_at_fifteen(lane, fps, interval):
    playing = lane(fps=fps)
    first, second = playing.read_many(2)
    assert second.taken_at - first.taken_at == pytest.approx(interval)


@pytest.mark.parametrize("name", KINDS)
def test_a_film_of_one_picture_is_shown_again_and_again(lane, name):
    frames = lane(name, greys=[120]).read_many(5)
    assert [which(frame) for frame in frames] == [4] * 5


# ---- what a path may hold -----------------------------------------------------------------------


def no_file(path):
    pass


def fifo(path):
    os.mkfifo(path)


def sound(path):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16_000))


def half_a_film(path):
    film(path.with_name("lane.mp4"))
    data = path.with_name("lane.mp4").read_bytes()
    path.write_bytes(data[: len(data) // 2])


def head_of_a_film(path):
    film(path.with_name("lane.avi"))
    data = path.with_name("lane.avi").read_bytes()
    path.write_bytes(data[: data.index(b"movi") + 4])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (no_file, "no video at .*No such file"),
        (fifo, "is no regular file"),
        (lambda path: path.mkdir(), "is no regular file"),
        (lambda path: path.touch(), "is empty"),
        (lambda path: path.write_bytes(bytes(range(256)) * 40), "is no video"),
        (lambda path: path.write_text("#EXTM3U\nhttp://127.0.0.1:1/x.ts\n"), "is no video"),
        (sound, "is no video"),
        (half_a_film, "is no video"),
        (head_of_a_film, "no video|holds no undamaged picture"),
    ],
)
def test_what_cannot_be_played_is_told_with_what_to_do(tmp_path, make, says):
    path = tmp_path / "recording"
    make(path)
    playing = Lane(path)
    with pytest.raises(CameraError, match=says) as told:
        playing.open_and_read()
    playing.camera.close()
    assert "camera.source" in str(told.value) or "copy the recording" in str(told.value)


def test_a_path_that_may_not_be_searched_is_told(tmp_path):
    path = film(tmp_path / "lane.avi") / "below"
    with pytest.raises(CameraError, match="Not a directory"):
        Lane(path).camera.open()


# ---- damage -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MJPEG)
def test_a_damaged_picture_is_left_out_and_the_film_goes_on(lane, name):
    playing = lane(name)
    path = playing.camera._path
    data = path.read_bytes()
    third = [at for at in range(len(data) - 3) if data[at : at + 3] == b"\xff\xd8\xff"][2]
    path.write_bytes(data[:third] + b"\0\0\0" + data[third + 3 :])
    playing.camera.open()
    frames = playing.read_many(PICTURES)
    assert frames[2] is None
    assert [which(frame) for frame in frames if frame] == [0, 1, 3, 4, 5, 6, 7]


def test_a_picture_that_cannot_be_decoded_is_not_the_end_of_the_film(lane):
    playing = lane("lane.mp4")
    path = playing.camera._path
    data = path.read_bytes()
    begins = data.index(b"\0\0\1\xb6", data.index(b"\0\0\1\xb6") + 4)
    ends = data.index(b"\0\0\1\xb6", begins + 4)
    path.write_bytes(data[:begins] + bytes(ends - begins) + data[ends:])
    playing.camera.open()
    seen = [which(frame) for frame in playing.read_many(3 * PICTURES)]
    assert seen.count(PICTURES - 1) == 3  # the last one, each time


def test_pictures_are_decoded_only_when_somebody_looks(lane):
    playing = lane()
    path = playing.camera._path
    data = path.read_bytes()
    table = data.index(b"\xff\xdb", data.index(b"\xff\xd8\xff"))
    path.write_bytes(data[:table] + bytes(40) + data[table + 40 :])
    playing.camera.open()
    frame = playing.read()
    with pytest.raises(PictureError):
        frame.look()
    assert which(playing.read()) == 1


@pytest.mark.parametrize("missing", [30, 300])
def test_a_film_that_ends_in_the_middle_of_a_picture_plays_on(lane, missing):
    playing = lane()
    path = playing.camera._path
    data = path.read_bytes()
    last = data.rindex(b"\xff\xd9")
    path.write_bytes(data[: last + 2 - missing])
    playing.camera.open()
    seen = [which(frame) for frame in playing.read_many(4 * PICTURES) if frame]
    assert seen.count(0) >= 3
    assert set(seen) >= set(range(PICTURES - 2))


def test_a_film_of_nothing_but_damage_is_told(lane):
    playing = lane()
    path = playing.camera._path
    path.write_bytes(path.read_bytes().replace(b"\xff\xd8\xff", b"\0\0\0"))
    playing.camera.open()
    with pytest.raises(CameraError, match="holds no undamaged picture"):
        playing.read_many(200)


# ---- the file changes ---------------------------------------------------------------------------


def test_a_film_that_is_replaced_is_played_within_seconds(lane, tmp_path, caplog):
    caplog.set_level("INFO", logger="kiosk.camera")
    playing = lane()
    last = playing.read()
    film(tmp_path / "lane.avi", greys=[220] * 5)
    replaced_at = playing.clock.monotonic()
    while which(last) != 8:
        last = playing.read()
        assert playing.clock.monotonic() < replaced_at + 3
    assert [record.message for record in caplog.records] == [
        f"{tmp_path / 'lane.avi'} was replaced: playing the new one"
    ]


def test_a_film_that_is_still_being_copied_is_left_alone(lane, tmp_path):
    playing = lane()
    path, frames = tmp_path / "lane.avi", []
    for _ in range(6):
        with path.open("ab") as file:
            file.write(b"more")
        frames += playing.read_many(10)
    assert [which(frame) for frame in frames] == [number % PICTURES for number in range(60)]


def test_a_film_that_is_taken_away_is_a_lost_camera(lane, tmp_path):
    playing = lane()
    (tmp_path / "lane.avi").unlink()
    with pytest.raises(CameraError, match="no video at"):
        playing.read_many(30)


def test_a_camera_that_is_not_open_says_so(tmp_path):
    playing = Lane(film(tmp_path / "lane.avi"))
    with pytest.raises(CameraError, match="is not open"):
        playing.read()
