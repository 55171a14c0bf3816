"""The kernel's side of V4L2, in memory: devices with formats, controls and a ring of buffers.

It answers as the kernel's documentation says (userspace-api/media/v4l), with structures written
down as C has them, so that it shares no layout with the code it tests.
"""

import ctypes as c
import errno
import os
import select
from dataclasses import dataclass, field

CAPTURE, META, STREAMING, DEVICE_CAPS = 0x1, 0x800000, 0x4000000, 0x80000000
MONOTONIC, COPIED, DAMAGED = 0x2000, 0x4000, 0x40
INACTIVE, READ_ONLY, DISABLED, NEXT = 0x10, 0x4, 0x1, 0x80000000
INTEGER, BOOLEAN, MENU, BUTTON, CLASS, INTEGER_MENU = 1, 2, 3, 4, 6, 9


def four(name):
    return int.from_bytes(name.encode(), "little")


class Capability(c.Structure):
    _fields_ = [
        ("driver", c.c_char * 16),
        ("card", c.c_char * 32),
        ("bus_info", c.c_char * 32),
        ("version", c.c_uint32),
        ("capabilities", c.c_uint32),
        ("device_caps", c.c_uint32),
        ("reserved", c.c_uint32 * 3),
    ]


class FormatDescription(c.Structure):
    _fields_ = [
        ("index", c.c_uint32),
        ("type", c.c_uint32),
        ("flags", c.c_uint32),
        ("description", c.c_char * 32),
        ("pixelformat", c.c_uint32),
        ("mbus_code", c.c_uint32),
        ("reserved", c.c_uint32 * 3),
    ]


class Pixels(c.Structure):
    _fields_ = [
        (name, c.c_uint32)
        for name in (
            *("width", "height", "pixelformat", "field", "bytesperline", "sizeimage"),
            *("colorspace", "priv", "flags", "ycbcr_enc", "quantization", "xfer_func"),
        )
    ]


class FormatUnion(c.Union):
    # a window's structure holds a pointer, hence the alignment
    _fields_ = [("pix", Pixels), ("pointer", c.c_void_p), ("raw", c.c_uint8 * 200)]


class Format(c.Structure):
    _fields_ = [("type", c.c_uint32), ("fmt", FormatUnion)]


class RequestBuffers(c.Structure):
    _fields_ = [
        ("count", c.c_uint32),
        ("type", c.c_uint32),
        ("memory", c.c_uint32),
        ("capabilities", c.c_uint32),
        ("flags", c.c_uint8),
        ("reserved", c.c_uint8 * 3),
    ]


class Timeval(c.Structure):
    _fields_ = [("sec", c.c_long), ("usec", c.c_long)]


class Where(c.Union):
    _fields_ = [("offset", c.c_uint32), ("userptr", c.c_ulong), ("fd", c.c_int32)]


class Buffer(c.Structure):
    _fields_ = [
        ("index", c.c_uint32),
        ("type", c.c_uint32),
        ("bytesused", c.c_uint32),
        ("flags", c.c_uint32),
        ("field", c.c_uint32),
        ("timestamp", Timeval),
        ("timecode", c.c_uint32 * 4),
        ("sequence", c.c_uint32),
        ("memory", c.c_uint32),
        ("m", Where),
        ("length", c.c_uint32),
        ("reserved2", c.c_uint32),
        ("request_fd", c.c_int32),
    ]


class CaptureParameters(c.Structure):
    _fields_ = [
        ("capability", c.c_uint32),
        ("capturemode", c.c_uint32),
        ("numerator", c.c_uint32),
        ("denominator", c.c_uint32),
        ("rest", c.c_uint8 * 184),
    ]


class StreamParameters(c.Structure):
    _fields_ = [("type", c.c_uint32), ("capture", CaptureParameters)]


class ControlValue(c.Structure):
    _fields_ = [("id", c.c_uint32), ("value", c.c_int32)]


class ControlQuery(c.Structure):
    _fields_ = [
        ("id", c.c_uint32),
        ("type", c.c_uint32),
        ("name", c.c_char * 32),
        ("minimum", c.c_int64),
        ("maximum", c.c_int64),
        ("step", c.c_uint64),
        ("default", c.c_int64),
        ("flags", c.c_uint32),
        ("elem_size", c.c_uint32),
        ("elems", c.c_uint32),
        ("nr_of_dims", c.c_uint32),
        ("dims", c.c_uint32 * 4),
        ("reserved", c.c_uint32 * 32),
    ]


class MenuText(c.Union):
    _pack_ = 1
    _fields_ = [("name", c.c_char * 32), ("value", c.c_int64)]


class MenuQuery(c.Structure):
    _pack_ = 1
    _fields_ = [
        ("id", c.c_uint32),
        ("index", c.c_uint32),
        ("text", MenuText),
        ("reserved", c.c_uint32),
    ]


class SizeQuery(c.Structure):
    _fields_ = [
        ("index", c.c_uint32),
        ("pixel_format", c.c_uint32),
        ("type", c.c_uint32),
        ("size", c.c_uint32 * 6),
        ("reserved", c.c_uint32 * 2),
    ]


STRUCTURES = {
    ("R", 0): Capability,
    ("RW", 2): FormatDescription,
    ("RW", 5): Format,
    ("RW", 8): RequestBuffers,
    ("RW", 9): Buffer,
    ("RW", 15): Buffer,
    ("RW", 17): Buffer,
    ("W", 18): c.c_int,
    ("W", 19): c.c_int,
    ("RW", 22): StreamParameters,
    ("RW", 27): ControlValue,
    ("RW", 28): ControlValue,
    ("RW", 103): ControlQuery,
    ("RW", 37): MenuQuery,
    ("RW", 74): SizeQuery,
}


def number(direction, nr, structure):
    """Build an ioctl's number as asm-generic/ioctl.h does: direction, size, 'V', number."""
    bits = {"R": 2, "W": 1, "RW": 3}[direction]
    return bits << 30 | c.sizeof(structure) << 16 | ord("V") << 8 | nr


REQUESTS = {number(*key, structure): (key[1], structure) for key, structure in STRUCTURES.items()}


def fail(code):
    raise OSError(code, os.strerror(code))


@dataclass
class Knob:
    """A control: ``ruled_by`` names another one and the value at which that one takes over."""

    id: int
    name: str
    kind: int = INTEGER
    minimum: int = 0
    maximum: int = 255
    step: int = 1
    default: int = 0
    value: int = 0
    flags: int = 0
    menu: dict = field(default_factory=dict)
    ruled_by: tuple | None = None
    fault: int = 0  # of a write
    read_fault: int = 0
    again_fault: int = 0  # of the description, but for the first time
    faulted: int = 0  # so often
    sets: list = field(default_factory=list)


@dataclass
class Device:
    """A camera; ``expose`` is the sensor's side of it."""

    card: str = "HD Camera"
    bus_info: str = "usb-0000:01:00.0-1.3"
    can: int = CAPTURE | STREAMING
    formats: dict = field(default_factory=lambda: {"MJPG": [(640, 480), (1920, 1080)]})
    rates: tuple = (15, 30)
    knobs: list = field(default_factory=list)
    stepwise: bool = False
    padding: int = 0  # bytes behind each line
    faults: dict = field(default_factory=dict)  # request's number → errno
    gone: bool = False
    stuck: bool = False  # poll says error, and dequeueing says there is nothing
    length: int = 4 << 20
    guarded: tuple = (5, 8, 9, 15, 17, 18, 19)  # requests for the owner of the buffers alone

    def __post_init__(self):
        self.open_files = 0
        self.owner = None  # the file whose buffers these are
        self.mapped = 0
        self.asked_ids = []
        self.unplug()

    def unplug(self):
        self.streaming = False
        self.memory, self.queued, self.filled = [], [], []
        self.format, self.interval = Pixels(), (1, 30)

    def expose(self, data, stamp, flags=MONOTONIC, sequence=0):
        """Fill the oldest free buffer; False when all are full, and the picture is lost."""
        if not (self.streaming and self.queued):
            return False
        index = self.queued.pop(0)
        self.memory[index][: len(data)] = data
        self.filled.append((index, len(data), stamp, flags, sequence))
        return True

    # ---- the requests, by their number in the header ----

    def do_0(self, it):
        it.driver, it.card, it.bus_info = b"uvcvideo", self.card.encode(), self.bus_info.encode()
        it.device_caps = self.can
        it.capabilities = CAPTURE | META | STREAMING | DEVICE_CAPS  # the whole camera's

    def do_2(self, it):
        if it.type != 1 or it.index >= len(self.formats):
            fail(errno.EINVAL)
        it.pixelformat = four(list(self.formats)[it.index])

    def do_74(self, it):
        sizes = {four(name): sizes for name, sizes in self.formats.items()}.get(it.pixel_format, ())
        if it.index >= (1 if self.stepwise else len(sizes)):
            fail(errno.EINVAL)
        if self.stepwise:
            (w, h), (ww, hh) = sizes
            it.type, it.size[:] = 3, (w, ww, 2, h, hh, 2)
        else:
            it.type, it.size[:2] = 1, sizes[it.index]

    def do_5(self, it):
        if it.type != 1:
            fail(errno.EINVAL)
        if not self.formats:
            fail(errno.EINVAL)
        pix = it.fmt.pix
        name = next(
            (n for n in self.formats if four(n) == pix.pixelformat), next(iter(self.formats))
        )
        asked = (pix.width, pix.height)
        sizes = self.formats[name]
        if self.stepwise:
            chosen = tuple(min(max(a, lo), hi) for a, lo, hi in zip(asked, *sizes, strict=True))
        else:
            chosen = min(sizes, key=lambda s: abs(s[0] - asked[0]) + abs(s[1] - asked[1]))
        pix.width, pix.height = chosen
        pix.pixelformat = four(name)
        bytes_each = {"YUYV": 2, "UYVY": 2, "BGR3": 3, "RGB3": 3, "MJPG": 0}.get(name, 1)
        pix.bytesperline = chosen[0] * bytes_each + self.padding
        self.format = Pixels.from_buffer_copy(pix)

    def do_22(self, it):
        if it.type != 1:
            fail(errno.EINVAL)
        asked = it.capture.denominator / it.capture.numerator
        rate = min(self.rates, key=lambda rate: abs(rate - asked))
        it.capture.numerator, it.capture.denominator = (1, rate) if rate else (0, 0)

    def do_8(self, it):
        if (it.type, it.memory) != (1, 1):
            fail(errno.EINVAL)
        if self.mapped or self.queued:
            fail(errno.EBUSY)
        self.memory = [bytearray(self.length) for _ in range(it.count)]

    def do_9(self, it):
        it.length, it.m.offset = self.length, 4096 * (it.index + 1)

    def do_15(self, it):
        if it.memory != 1 or it.index in self.queued:
            fail(errno.EINVAL)
        self.queued.append(it.index)

    def do_17(self, it):
        if (it.type, it.memory) != (1, 1) or not self.streaming:
            fail(errno.EINVAL)
        if not self.filled:
            fail(errno.EAGAIN)
        it.index, it.bytesused, stamp, it.flags, it.sequence = self.filled.pop(0)
        it.timestamp = Timeval(int(stamp), round(stamp % 1 * 1e6))

    def do_18(self, it):
        self.streaming = True

    def do_19(self, it):
        self.streaming = False
        self.queued.clear()
        self.filled.clear()

    # ---- controls ----

    def _knob(self, id_):
        return next((k for k in self.knobs if k.id == id_), None) or fail(errno.EINVAL)

    def _faulty(self, knob, code):
        if code:
            knob.faulted += 1
            fail(code)

    def _inactive(self, knob):
        if knob.ruled_by is None:
            return False
        name, value = knob.ruled_by
        return next(k.value for k in self.knobs if k.name == name) == value

    def do_103(self, it):
        if it.id & NEXT:
            later = [k for k in self.knobs if k.id > it.id & ~NEXT]
            knob = min(later, key=lambda k: k.id) if later else fail(errno.EINVAL)
        else:
            knob = self._knob(it.id)
            self._faulty(knob, knob.again_fault)
        it.id, it.type, it.name = knob.id, knob.kind, knob.name.encode()
        it.minimum, it.maximum, it.step = knob.minimum, knob.maximum, knob.step
        it.default, it.flags = knob.default, knob.flags | (INACTIVE * self._inactive(knob))

    def do_37(self, it):
        knob = self._knob(it.id)
        if it.index not in knob.menu:
            fail(errno.EINVAL)
        entry = knob.menu[it.index]
        if knob.kind == INTEGER_MENU:
            it.text.value = entry
        else:
            it.text.name = entry.encode()

    def do_27(self, it):
        knob = self._knob(it.id)
        self._faulty(knob, knob.read_fault or (errno.EACCES if knob.kind == BUTTON else 0))
        it.value = knob.value

    def do_28(self, it):
        knob = self._knob(it.id)
        self.asked_ids.append(it.id)
        self._faulty(knob, knob.fault or (errno.EACCES if self._inactive(knob) else 0))
        if knob.kind in (MENU, INTEGER_MENU) and it.value not in knob.menu:
            fail(errno.ERANGE)
        steps = round((it.value - knob.minimum) / knob.step)
        knob.value = it.value = min(knob.minimum + steps * knob.step, knob.maximum)


class Mapped:
    def __init__(self, device, memory):
        self.device, self.memory = device, memory
        device.mapped += 1

    def __getitem__(self, part):
        return bytes(self.memory[part])

    def close(self):
        self.device.mapped -= 1


class FakeKernel:
    """A machine whose devices are in ``devices``, by path; an errno there is a failing open."""

    def __init__(self, clock, devices=None):
        self.clock = clock
        self.devices = devices or {}
        self.files = {}
        self.on_wait = lambda seconds: None  # what happens while somebody waits

    def open(self, path):
        device = self.devices.get(path, errno.ENOENT)
        if isinstance(device, int):
            fail(device)
        fd = max(self.files, default=100) + 1
        self.files[fd] = device
        device.open_files += 1
        return fd

    def ioctl(self, fd, request, argument):
        device = self.files[fd]
        nr, structure = REQUESTS[request]
        assert len(argument) == c.sizeof(structure)
        if device.gone:
            fail(errno.ENODEV)
        if device.faults.get(nr):
            fail(device.faults[nr])
        if nr in device.guarded and device.owner not in (None, fd):
            fail(errno.EBUSY)
        if nr == 8:
            device.owner = fd
        getattr(device, f"do_{nr}")(structure.from_buffer(argument))

    def map(self, fd, length, offset):
        return Mapped(self.files[fd], self.files[fd].memory[offset // 4096 - 1])

    def wait(self, fd, seconds):
        device = self.files[fd]
        if seconds > 0 and not (device.filled or device.gone or device.stuck):
            self.on_wait(seconds)
        if device.gone or device.stuck:
            return select.POLLERR
        if device.filled:
            return select.POLLIN
        self.clock.advance(seconds)
        return 0

    def close(self, fd):
        device = self.files.pop(fd)
        device.open_files -= 1
        if device.owner == fd:
            device.do_19(None)
            device.owner = None
