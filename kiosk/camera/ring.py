"""The driver's ring of buffers: it fills them one after the other, we empty them."""

import errno
import os
import select
from contextlib import suppress
from dataclasses import dataclass

from kiosk.camera import videodev2 as v4l2
from kiosk.camera.node import Memory, VideoNode

_BUFFERS = 4  # a reader late by three frames loses none; more would only hold older pictures
_OURS = (v4l2.CAPTURE, 0, 0, 0, 0, 0, 0, v4l2.MEMORY_MMAP)  # the fields from type to memory


@dataclass(frozen=True, slots=True)
class Shot:
    """What a buffer held. ``stamp`` is the driver's own time in seconds, where it gave one.

    That is CLOCK_MONOTONIC where ``monotonic``; else any clock: the wall's, another program's.
    ``waited``: the queue was empty when it was asked, and the frame came afterwards.
    """

    data: bytes
    stamp: float | None
    monotonic: bool
    sequence: int
    damaged: bool
    waited: bool


class Ring:
    """A device that streams, between ``start`` and ``stop``. Raises OSError."""

    def __init__(self, node: VideoNode) -> None:
        self._node = node
        self._buffers: list[Memory] = []
        self._streaming = False

    def start(self) -> None:
        """Get buffers from the driver, hand them all over, and let it fill them."""
        granted = self._node.ask(v4l2.REQBUFS, _BUFFERS, v4l2.CAPTURE, v4l2.MEMORY_MMAP)[0]
        for index in range(granted):
            *_, offset, length = self._node.ask(v4l2.QUERYBUF, index, *_OURS)
            self._buffers.append(self._node.map(length, offset))
            self._node.ask(v4l2.QBUF, index, *_OURS)
        self._node.ask(v4l2.STREAMON, v4l2.CAPTURE)
        self._streaming = True

    def next(self, seconds: float) -> Shot | None:
        """Take the oldest filled buffer, waiting for one; None when none came."""
        there = self._node.wait(0)
        events = there or (self._node.wait(seconds) if seconds > 0 else 0)
        if not events:
            return None
        try:
            taken = self._node.ask(v4l2.DQBUF, 0, *_OURS)
        except BlockingIOError:
            if events & select.POLLIN:
                return None
            # poll reports an error that nobody takes back: waiting again would spin
            raise OSError(errno.EIO, os.strerror(errno.EIO)) from None
        index, _, used, flags, _, whole_s, micro_s, sequence, *_ = taken
        data = self._buffers[index][:used]
        self._node.ask(v4l2.QBUF, index, *_OURS)
        return Shot(
            data,
            whole_s + micro_s / 1e6 or None,
            monotonic=flags & v4l2.BUFFER_STAMP_MASK == v4l2.BUFFER_STAMP_MONOTONIC,
            sequence=sequence,
            damaged=not data or bool(flags & v4l2.BUFFER_ERROR),
            waited=not there,
        )

    def stop(self) -> None:
        """Stop the device and unmap its buffers; harmless at any time, also when it is gone."""
        if self._streaming:  # else it may be another program's stream that this would stop
            self._streaming = False
            with suppress(OSError):
                self._node.ask(v4l2.STREAMOFF, v4l2.CAPTURE)
        for buffer in self._buffers:
            buffer.close()
        self._buffers.clear()
