"""The cameras of this machine: paths that stay the same, names, and serial numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kiosk.camera.node import KERNEL, Kernel, opened
from kiosk.camera.videodev2 import CAP_VIDEO_CAPTURE

_SYSFS = Path("/sys/class/video4linux")
_DEV = Path("/dev")


@dataclass(frozen=True, slots=True)
class Device:
    """A capture device. ``serial`` is its USB serial number, which cheap cameras share.

    ``problem`` tells why the node could not be opened; then ``bus_info`` is empty, and whether it
    gives pictures is not known.
    """

    path: str  # /dev/v4l/by-path/… where udev made one, else /dev/videoN
    node: str  # /dev/videoN
    name: str
    bus_info: str
    serial: str | None
    problem: str | None = None


def capture_devices(
    kernel: Kernel = KERNEL, sysfs: Path = _SYSFS, dev: Path = _DEV
) -> tuple[Device, ...]:
    """List the devices that give pictures, those on USB first.

    A Pi has a dozen video nodes without a camera (codecs, the image processor), and a USB camera
    has a second one for metadata: those that do not capture are left out.
    """
    links = _links(dev)
    entries = sorted(sysfs.glob("video*"), key=lambda entry: (len(entry.name), entry.name))
    found = [device for entry in entries for device in _device(entry, dev, links, kernel)]
    return tuple(sorted(found, key=lambda device: not device.bus_info.startswith("usb-")))


def _links(dev: Path) -> dict[Path, str]:
    """Map nodes to their link by path; of several for one node the shortest."""
    links = sorted((dev / "v4l" / "by-path").glob("*"), key=lambda link: (-len(link.name), link))
    return {link.resolve(): str(link) for link in links}


def _device(entry: Path, dev: Path, links: dict[Path, str], kernel: Kernel) -> Iterator[Device]:
    node = dev / entry.name
    path = links.get(node.resolve(), str(node))
    name = _first_line(entry / "name") or entry.name
    serial = _first_line((entry / "device").resolve().parent / "serial")
    try:
        with opened(path, kernel) as camera:
            capability = camera.capability()
    except OSError as error:
        if _first_line(entry / "index") == "0":  # metadata nodes have another
            yield Device(path, str(node), name, "", serial, error.strerror)
        return
    if capability.can & CAP_VIDEO_CAPTURE:
        yield Device(path, str(node), name, capability.bus_info, serial)


def _first_line(file: Path) -> str | None:
    try:
        return file.read_text("utf-8", "replace").strip() or None
    except OSError:
        return None
