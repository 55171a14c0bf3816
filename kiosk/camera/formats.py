"""What pictures a device can give, and what it gives when asked for one."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from kiosk.camera import videodev2 as v4l2
from kiosk.camera.node import KERNEL, Kernel, VideoNode, opened
from kiosk.camera.pixels import UNCOMPRESSED, Geometry
from kiosk.camera.troubles import in_words
from kiosk.errors import CameraError

JPEG = ("MJPG", "JPEG")
_WANTED = (*JPEG, *UNCOMPRESSED)  # the best first
_SAME_RATE = 0.01  # 29.97 is what is meant by 30
_NO_MORE = (errno.EINVAL, errno.ENOTTY)
_LIST_MAX = 256  # a driver that never says "no more" would hold the camera's thread


@dataclass(frozen=True, slots=True)
class Mode:
    """A pixel format by its four letters, and its sizes (width, height).

    Where ``stepwise`` is true any size between the first and the second is possible.
    """

    format: str
    sizes: tuple[tuple[int, int], ...]
    stepwise: bool = False

    def __str__(self) -> str:
        """Write it as one reads it: ``MJPG in 640x480, 1280x720``."""
        sizes = [f"{width}x{height}" for width, height in self.sizes]
        between = " to " if self.stepwise else ", "
        return f"{self.format} in {between.join(sizes)}" if sizes else self.format


@dataclass(frozen=True, slots=True)
class Picture:
    """What a device gives; ``fps`` is None where it does not say."""

    format: str
    geometry: Geometry
    fps: float | None

    def __str__(self) -> str:
        """Write it for a person: ``1280x720 MJPG at 30 fps``."""
        rate = "" if self.fps is None else f" at {self.fps:g} fps"
        return f"{self.geometry.width}x{self.geometry.height} {self.format}{rate}"


def modes_of(path: str, kernel: Kernel = KERNEL) -> tuple[Mode, ...]:
    """List what the device at ``path`` can give. Raises CameraError."""
    with in_words(path, kernel), opened(path, kernel) as node:
        return read_modes(node)


def read_modes(node: VideoNode) -> tuple[Mode, ...]:
    """List the formats of an open device with their sizes. Raises OSError."""
    found = _listed(node, v4l2.ENUM_FMT, v4l2.CAPTURE)
    return tuple(_mode(node, number) for *_, number in found)


def _mode(node: VideoNode, number: int) -> Mode:
    name = v4l2.fourcc_of(number)
    sizes = list(_listed(node, v4l2.ENUM_FRAMESIZES, number))
    if sizes and sizes[0][2] != v4l2.FRAMESIZE_DISCRETE:
        least_width, most_width, _, least_height, most_height, _ = sizes[0][3:]
        ends = ((least_width, least_height), (most_width, most_height))
        return Mode(name, ends, stepwise=True)
    return Mode(name, tuple((size[3], size[4]) for size in sizes))


def _listed(node: VideoNode, request: v4l2.Request, of: int) -> Iterator[tuple[int, ...]]:
    for index in range(_LIST_MAX):
        try:
            yield node.ask(request, index, of)
        except OSError as error:
            if error.errno in _NO_MORE:
                return
            raise


def settle(node: VideoNode, width: int, height: int, fps: float) -> tuple[Picture, tuple[str, ...]]:
    """Ask for JPEG of this size at this rate, else for the best there is.

    Returns what the device gives, and a sentence where that is not what was asked. Raises OSError,
    and CameraError where it gives nothing that can be read.
    """
    modes = read_modes(node)
    offered = {mode.format: mode for mode in modes}
    wanted = next((name for name in _WANTED if name in offered), JPEG[0])
    given = _set(node, wanted, width, height)
    if given.format not in _WANTED:
        there = "; ".join(offered) or given.format
        raise CameraError(
            f"{node.path} gives pictures only as {there}: take a camera with {', '.join(_WANTED)}"
        )
    given = Picture(given.format, given.geometry, _set_rate(node, fps))
    return given, _difference(given, Picture(JPEG[0], Geometry(width, height, 0), fps), offered)


def _set(node: VideoNode, wanted: str, width: int, height: int) -> Picture:
    number = v4l2.number_of(wanted)
    _, width, height, number, _, stride, _ = node.ask(
        v4l2.S_FMT, v4l2.CAPTURE, width, height, number
    )
    return Picture(v4l2.fourcc_of(number), Geometry(width, height, stride), None)


def _set_rate(node: VideoNode, fps: float) -> float | None:
    rate = Fraction(fps).limit_denominator(1001)  # NTSC's rates are so many 1001sts
    try:
        *_, seconds, of = node.ask(
            v4l2.S_PARM, v4l2.CAPTURE, 0, 0, rate.denominator, rate.numerator
        )
    except OSError as error:
        if error.errno in _NO_MORE:
            return None
        raise
    return float(of / seconds) if seconds and of else None


def _difference(given: Picture, asked: Picture, offered: dict[str, Mode]) -> tuple[str, ...]:
    here, there = given.geometry, asked.geometry
    same_size = (here.width, here.height) == (there.width, there.height)
    same_rate = given.fps is None or abs(given.fps / (asked.fps or 1) - 1) <= _SAME_RATE
    if same_size and same_rate and given.format in JPEG:
        return ()
    mode = offered.get(given.format)
    choice = f" (it has {mode})" if mode and mode.sizes and not same_size else ""
    return (f"camera gives {given}, not {asked}{choice}",)
