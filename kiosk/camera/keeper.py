"""The camera's one owning thread: opens it, drains it into the slot, finds it again when lost."""

import logging
from collections.abc import Callable

from kiosk.camera import Camera
from kiosk.camera.slot import LatestFrame
from kiosk.clock import Clock
from kiosk.errors import CameraError
from kiosk.model import Event, EventKind
from kiosk.supervisor import Life

_log = logging.getLogger(__name__)
_RETRY_S = 1.0
_READ_S = 1.0  # a read that gives nothing for this long lets the thread look at its stop event
_STALLED_S = 5.0
_OPEN_S = 30.0  # a sick camera fails each of a dozen USB requests only after 5 s


class CameraKeeper:
    """A worker that keeps the camera open; a missing camera is a state that heals, no crash."""

    name = "camera"

    def __init__(
        self,
        camera: Camera,
        slot: LatestFrame,
        clock: Clock,
        publish: Callable[[Event], None],
    ) -> None:
        self._camera = camera
        self._slot = slot
        self._clock = clock
        self._publish = publish
        self._lost_at: float | None = None

    def run(self, life: Life) -> None:
        """Keep frames coming until stopped."""
        while not life.stopping.is_set():
            try:
                life.lease(_OPEN_S)
                self._camera.open()
                self._drain(life)
            except CameraError as error:
                self._note_lost(str(error))
            finally:
                self._camera.close()
            # closed by now: a USB camera whose node is still held comes back under another number
            life.wait(_RETRY_S)

    def _drain(self, life: Life) -> None:
        last_frame = self._clock.monotonic()
        while not life.stopping.is_set():
            life.beat()
            now = self._clock.monotonic()
            frame = self._camera.read(now + _READ_S)
            if frame is not None:
                self._note_back()
                self._slot.put(frame)
                last_frame = self._clock.monotonic()  # a stamp may be of before
            elif now - last_frame > _STALLED_S:
                raise CameraError(f"the camera gave no picture for {_STALLED_S:.0f} s")

    def _note_lost(self, why: str) -> None:
        self._slot.lose(why)
        if self._lost_at is None:
            self._lost_at = self._clock.monotonic()
            _log.warning("camera lost: %s", why)
            self._publish(Event(EventKind.CAMERA_LOST, self._lost_at, detail=why))

    def _note_back(self) -> None:
        if self._lost_at is None:
            return
        now = self._clock.monotonic()
        _log.info("camera back after %.0f s", now - self._lost_at)
        self._lost_at = None
        self._publish(Event(EventKind.CAMERA_BACK, now))
