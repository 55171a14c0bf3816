"""A stream's own thread: it owns the connection, reads all the time, and keeps the newest picture.

Reading must never pause, or pictures grow old in buffers; and what blocks here (a name server,
FFmpeg) must not block the camera's owner.
"""

import threading
from collections.abc import Callable

from kiosk.camera.feeds import Arrival, Feed
from kiosk.camera.feeds.line import Line
from kiosk.clock import Clock
from kiosk.errors import CameraError


class Reader:
    """Reads what ``connect`` gives until ``stop``, or until it is lost.

    ``connect`` gets the line that ``stop`` cuts.
    """

    def __init__(self, connect: Callable[[Line], Feed], clock: Clock) -> None:
        self._connect = connect
        self._clock = clock
        self._line = Line()
        self._changed = threading.Condition()
        self._connected = False
        self._newest: Arrival | None = None
        self._lost: str | None = None
        self._fault: BaseException | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="camera-stream", daemon=True)
        self._thread.start()

    def wait_connected(self, timeout_s: float) -> bool:
        """Wait until the stream is there; False when time is over. Raises why it is not there."""
        with self._changed:
            self._changed.wait_for(lambda: self._connected or self._has_ended, timeout_s)
            self._raise_if_ended()
            return self._connected

    def newest(self, deadline: float) -> Arrival | None:
        """Wait for a picture that was not taken yet, until ``deadline`` (monotonic s).

        Raises what ended the stream.
        """
        with self._changed:
            left = max(0.0, deadline - self._clock.monotonic())
            self._changed.wait_for(lambda: self._newest or self._has_ended, left)
            newest, self._newest = self._newest, None
            if newest is None:
                self._raise_if_ended()
            return newest

    def stop(self, timeout_s: float) -> bool:
        """Cut its line, and wait for the thread; False where it is still blocked."""
        self._stopping.set()
        self._line.cut()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def _has_ended(self) -> bool:
        return self._lost is not None or self._fault is not None

    def _raise_if_ended(self) -> None:
        if self._fault is not None:
            raise self._fault
        if self._lost is not None:
            raise CameraError(self._lost)

    def _run(self) -> None:
        try:
            feed = self._connect(self._line)
            try:
                self._tell_connected()
                while not self._stopping.is_set():
                    self._offer(feed.next())
            finally:
                feed.close()
        except CameraError as error:
            # its words only: its frames would keep the connection open until they are collected
            self._end(lost=str(error))
        except BaseException as error:  # noqa: BLE001 - raised on the thread of the camera's owner
            self._end(fault=error)

    def _tell_connected(self) -> None:
        with self._changed:
            self._connected = True
            self._changed.notify_all()

    def _offer(self, arrival: Arrival | None) -> None:
        if arrival is None:
            return
        with self._changed:
            self._newest = arrival
            self._changed.notify_all()

    def _end(self, lost: str | None = None, fault: BaseException | None = None) -> None:
        with self._changed:
            self._lost, self._fault = lost, fault
            self._changed.notify_all()
