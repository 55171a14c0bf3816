"""A camera's other side: writes a picture, again and again, into a v4l2loopback device.

vm_feeder.py /dev/video10 --format MJPG --size 1920x1080 --fps 5 PICTURE

The picture is read anew when it is replaced. Prints ``feeding`` once the first frame is in.
"""

import fcntl
import itertools
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import click
import cv2

from kiosk.vision.picture import decode_picture

# linux/videodev2.h: struct v4l2_format is a type and, 8 bytes in, a union of 200 bytes
_VIDIOC_S_FMT = 0xC0D05605
_VIDIOC_STREAMON = 0x40045612
_V4L2_BUF_TYPE_VIDEO_OUTPUT = 2
_V4L2_FIELD_NONE = 1
_PIXELS = struct.Struct("=8I")  # width height pixelformat field bytesperline sizeimage …
_UNION_AT, _WHOLE = 8, 208


def _as_jpeg(jpeg: bytes, _: tuple[int, int]) -> bytes:
    return jpeg


def _as_bgr(jpeg: bytes, size: tuple[int, int]) -> bytes:
    return _scaled(jpeg, size).tobytes()


def _as_yuyv(jpeg: bytes, size: tuple[int, int]) -> bytes:
    return cv2.cvtColor(_scaled(jpeg, size), cv2.COLOR_BGR2YUV_YUY2).tobytes()


def _scaled(jpeg: bytes, size: tuple[int, int]) -> cv2.typing.MatLike:
    return cv2.resize(decode_picture(jpeg), size, interpolation=cv2.INTER_AREA)


_FORMS: dict[str, tuple[Callable[[bytes, tuple[int, int]], bytes], int]] = {
    "MJPG": (_as_jpeg, 0),  # the last number: bytes a pixel, 0 where that is not fixed
    "YUYV": (_as_yuyv, 2),
    "BGR3": (_as_bgr, 3),
}


def set_format(device: int, form: str, width: int, height: int) -> None:
    """Say what will be written; raises ValueError where the driver takes something else."""
    pixel_bytes = _FORMS[form][1]
    fourcc = int.from_bytes(form.encode(), "little")
    wanted = (width, height, fourcc, _V4L2_FIELD_NONE, width * pixel_bytes)
    size = width * height * (pixel_bytes or 4)
    block = bytearray(_WHOLE)
    struct.pack_into("=I", block, 0, _V4L2_BUF_TYPE_VIDEO_OUTPUT)
    _PIXELS.pack_into(block, _UNION_AT, *wanted, size, 0, 0)
    fcntl.ioctl(device, _VIDIOC_S_FMT, block)
    got = _PIXELS.unpack_from(block, _UNION_AT)
    if got[:3] != wanted[:3]:
        raise ValueError(f"the driver takes {got[0]}x{got[1]} {got[2]:#x}, not {form}")


class _Picture:
    """A file's content in the form to write, read anew when the file is replaced."""

    def __init__(self, path: Path, form: str, size: tuple[int, int]) -> None:
        self._path, self._form, self._size = path, form, size
        self._read_at: int | None = None
        self._data = b""

    def data(self) -> bytes:
        changed = self._path.stat().st_mtime_ns
        if changed != self._read_at:
            self._data = _FORMS[self._form][0](self._path.read_bytes(), self._size)
            self._read_at = changed
        return self._data


def _size(_context: click.Context, _option: click.Parameter, word: str) -> tuple[int, int]:
    width, _, height = word.partition("x")
    return int(width), int(height)


@click.command()
@click.argument("device", type=click.Path(path_type=Path))
@click.argument("picture", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(list(_FORMS)), default="MJPG")
@click.option("--size", callback=_size, default="1920x1080")
@click.option("--fps", type=float, default=5.0)
def main(device: Path, picture: Path, form: str, size: tuple[int, int], fps: float) -> None:
    """Feed until killed."""
    source = _Picture(picture, form, size)
    pause = threading.Event()
    with device.open("wb", buffering=0) as output:
        set_format(output.fileno(), form, *size)
        # only a writer that streams gives the device back when it dies: else no other could write
        fcntl.ioctl(output, _VIDIOC_STREAMON, struct.pack("=I", _V4L2_BUF_TYPE_VIDEO_OUTPUT))
        for number in itertools.count():
            output.write(source.data())
            if number == 0:
                click.echo("feeding")
            pause.wait(1 / fps)


if __name__ == "__main__":
    main()
