"""The part of the kernel's linux/videodev2.h that a capture device needs, for 64-bit machines.

Request numbers hold their structure's size (asm-generic/ioctl.h), so that a wrong layout is
refused by the kernel instead of misread. Numbers, sizes and offsets are those a C compiler gives
for the header on x86-64 and on 64-bit Arm; timeval and long have other sizes on 32-bit machines.
"""

from dataclasses import dataclass
from struct import Struct


@dataclass(frozen=True, slots=True)
class Request:
    """An ioctl: its number, and the fields of its structure that are looked at, in order."""

    number: int
    layout: Struct

    def pack(self, *values: int) -> bytearray:
        """Fill the first fields with ``values`` and the rest with zeros."""
        empty = self.layout.unpack(bytes(self.layout.size))
        return bytearray(self.layout.pack(*values, *empty[len(values) :]))


# driver, card, bus_info, version, capabilities, device_caps
QUERYCAP = Request(0x80685600, Struct("=16s32s32s3I12x"))
# index, type, flags, description, pixelformat
ENUM_FMT = Request(0xC0405602, Struct("=3I32sI16x"))
# type, width, height, pixelformat, field, bytesperline, sizeimage
S_FMT = Request(0xC0D05605, Struct("=I4x6I176x"))
# count, type, memory, capabilities
REQBUFS = Request(0xC0145608, Struct("=4I4x"))
# index, type, bytesused, flags, field, seconds, microseconds, sequence, memory, offset, length
_BUFFER = Struct("=5I4x2q16x3I4xI12x")
QUERYBUF = Request(0xC0585609, _BUFFER)
QBUF = Request(0xC058560F, _BUFFER)
DQBUF = Request(0xC0585611, _BUFFER)
# type
STREAMON = Request(0x40045612, Struct("=I"))
STREAMOFF = Request(0x40045613, Struct("=I"))
# type, capability, mode, numerator and denominator of the seconds a frame takes
S_PARM = Request(0xC0CC5616, Struct("=5I184x"))
# id, value
G_CTRL = Request(0xC008561B, Struct("=Ii"))
S_CTRL = Request(0xC008561C, Struct("=Ii"))
# id, type, name, minimum, maximum, step, default, flags
QUERY_EXT_CTRL = Request(0xC0E85667, Struct("=2I32s2qQqI156x"))
# id, index, name (a 64-bit number in its first bytes for an integer menu)
QUERYMENU = Request(0xC02C5625, Struct("=2I32s4x"))
# index, pixelformat, type, then width and height, or their minimum, maximum and step
ENUM_FRAMESIZES = Request(0xC02C564A, Struct("=9I8x"))

VIDEO_MAJOR = 81  # the kernel's Documentation/admin-guide/devices.txt

CAPTURE = 1  # V4L2_BUF_TYPE_VIDEO_CAPTURE
MEMORY_MMAP = 1

CAP_VIDEO_CAPTURE = 0x1
CAP_META_CAPTURE = 0x800000
CAP_STREAMING = 0x4000000
CAP_DEVICE_CAPS = 0x80000000

FRAMESIZE_DISCRETE = 1

BUFFER_ERROR = 0x40
BUFFER_STAMP_MASK = 0xE000
BUFFER_STAMP_MONOTONIC = 0x2000

CONTROL_DISABLED = 0x1
CONTROL_READ_ONLY = 0x4
CONTROL_INACTIVE = 0x10
CONTROL_NEXT = 0x80000000
CONTROL_KINDS = {
    1: "integer",
    2: "boolean",
    3: "menu",
    4: "button",
    5: "integer64",
    6: "class",
    7: "string",
    8: "bitmask",
    9: "integer_menu",
}


def fourcc_of(number: int) -> str:
    """Write a pixel format's number as the four letters it stands for."""
    return number.to_bytes(4, "little").decode("latin-1")


def number_of(fourcc: str) -> int:
    """Turn four letters into the pixel format's number."""
    return int.from_bytes(fourcc.encode("latin-1"), "little")


def text_of(field: bytes) -> str:
    """Read a name from its fixed field, which zeros fill up."""
    return field.partition(b"\0")[0].decode("utf-8", "replace")
