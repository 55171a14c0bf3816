"""A video file as a camera: played in real time, and from the start again at its end."""

import logging
import math
import stat
import time
from collections.abc import Callable
from pathlib import Path

from kiosk.camera.ffmpeg import Film, prepare_ffmpeg
from kiosk.clock import Clock
from kiosk.errors import CameraError
from kiosk.model import Frame, Image

_log = logging.getLogger(__name__)
_FPS = 15.0  # of a file that does not tell
_CHECK_EVERY_S = 1.0  # whether the file is still the one that plays
_SKIP_MAX_S = 1.0  # held up for longer, the film waits too
_DAMAGED_MAX = 64  # damaged pictures in a row, then that is the end

_Identity = tuple[int, int, int, int]


class VideoCamera:
    """Plays the file at ``path`` (Camera protocol).

    Every picture is stamped with the moment it is due; one that is late is left out, so that a
    process that was held up finds the present picture and no burst. ``read`` ends by its deadline,
    but for the work on one picture (decoding; at the end, opening the file again). ``sleep`` is
    how the thread waits, s.
    """

    def __init__(
        self, path: Path, clock: Clock, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        prepare_ffmpeg()
        self._path = path
        self._clock = clock
        self._sleep = sleep
        self._film: Film | None = None
        self._playing: _Identity | None = None
        self._seen: _Identity | None = None  # what lay there at the last look
        self._look_again_at = 0.0
        self._interval_s = 1 / _FPS
        self._due = 0.0
        self._number = 0
        self._played = 0  # pictures since the film's beginning
        self._damaged = 0  # pictures in a row that could not be used
        self._said_loop = False

    def open(self) -> None:
        """Open the file. Raises CameraError, with what to do, where it is no playable video."""
        self.close()
        self._playing = self._seen = self._identity()
        film = Film.open(str(self._path))
        if film is None:
            raise CameraError(
                f"{self._path} is no video that can be played (damaged, without pictures, or of "
                "an unknown kind): camera.source needs a file such as .avi, .mp4 or .mkv"
            )
        self._film = film
        self._interval_s = 1 / (film.fps or _FPS)
        self._played = 0
        now = self._clock.monotonic()
        self._look_again_at = now + _CHECK_EVERY_S
        self._due = max(self._due, now)

    def read(self, deadline: float) -> Frame | None:
        """Wait until the next picture is due, at most until ``deadline`` (monotonic s)."""
        self._notice_changes()
        now = self._clock.monotonic()
        if self._due > deadline:
            self._sleep(max(0.0, deadline - now))
            return None
        if self._due > now:
            self._sleep(self._due - now)
        self._skip_what_is_late()
        taken_at = min(self._due, self._clock.monotonic())
        look = self._next()
        self._due += self._interval_s
        self._number += 1
        return Frame(look, taken_at, self._number) if look else None

    def close(self) -> None:
        """Close the file."""
        if self._film is not None:
            self._film.close()
            self._film = None

    # ---- the film -------------------------------------------------------------------------------

    def _skip_what_is_late(self) -> None:
        late_s = self._clock.monotonic() - self._due
        if late_s > _SKIP_MAX_S:
            self._due += late_s  # decoding all that was missed would hold us up again
            return
        for _ in range(math.floor(late_s / self._interval_s)):
            self._advance()
            self._due += self._interval_s
            self._number += 1

    def _next(self) -> Callable[[], Image] | None:
        """Go on by one picture, from the start again at the end; None for a damaged one."""
        self._advance()
        look = self._open_film.look()
        self._damaged = 0 if look else self._damaged + 1
        if self._damaged > _DAMAGED_MAX:
            raise self._unusable()
        return look

    def _advance(self) -> None:
        if not self._advances():
            self._start_again()

    def _advances(self) -> bool:
        """Try the next pictures: a damaged one in the middle is not the end."""
        film = self._open_film
        left = max(1, min(film.frames - self._played, _DAMAGED_MAX))
        if any(film.advance() for _ in range(left)):
            self._played += 1
            return True
        return False

    def _start_again(self) -> None:
        if not self._played:
            raise self._unusable()
        if not self._said_loop:
            _log.debug("%s is at its end and plays from its start again", self._path)
            self._said_loop = True
        self._open_film.rewind()
        self._played = 0
        if self._advances():
            return
        self.open()  # not every container goes back
        if not self._advances():
            raise self._unusable()

    def _unusable(self) -> CameraError:
        return CameraError(
            f"{self._path} holds no undamaged picture: copy the recording again, "
            "or name another file as camera.source"
        )

    @property
    def _open_film(self) -> Film:
        if self._film is None:
            raise CameraError(f"{self._path} is not open")
        return self._film

    # ---- the file -------------------------------------------------------------------------------

    def _notice_changes(self) -> None:
        """Play the new file once it lies still: one that is being copied changes all the time."""
        now = self._clock.monotonic()
        if now < self._look_again_at:
            return
        self._look_again_at = now + _CHECK_EVERY_S
        before, self._seen = self._seen, self._identity()
        if self._seen not in (self._playing, before):
            return
        if self._seen != self._playing:
            _log.info("%s was replaced: playing the new one", self._path)
            self.open()

    def _identity(self) -> _Identity:
        """Tell this file from another one. Raises CameraError where there is none to play."""
        try:
            status = self._path.stat()
        except OSError as error:
            raise CameraError(
                f"no video at {self._path} ({error.strerror}): camera.source names the file"
            ) from error
        if not stat.S_ISREG(status.st_mode):
            raise CameraError(f"{self._path} is no regular file: camera.source names a video file")
        if status.st_size == 0:
            raise CameraError(f"{self._path} is empty: copy the recording there again")
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
