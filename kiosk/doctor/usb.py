"""Cameras and serial adapters as the kernel shows them in /sys, and the names udev gives them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kiosk.doctor.machine import Machine

_SERIAL = ("tty", "/dev/serial")
_VIDEO = ("video4linux", "/dev/v4l")


@dataclass(frozen=True, slots=True)
class Twin:
    """What udev names a USB device by in by-id; two devices with the same share their name."""

    make: str  # idVendor:idProduct
    product: str
    serial: str

    def __str__(self) -> str:
        """Name the make for a person."""
        return f"{self.product or self.make} with serial number {self.serial or '(none)'}"


@dataclass(frozen=True, slots=True)
class UsbNode:
    """A device node of a USB device. ``socket`` is where it is plugged in, such as 1-1.2."""

    path: str
    socket: str
    twin: Twin
    by_path: str | None
    by_id: str | None


def serial_nodes(machine: Machine) -> list[UsbNode]:
    """List the serial ports of USB adapters."""
    return list(_nodes(machine, *_SERIAL))


def camera_nodes(machine: Machine) -> list[UsbNode]:
    """List USB cameras by their first node: the others carry metadata."""
    return [
        node
        for node in _nodes(machine, *_VIDEO)
        if machine.text(f"/sys/class/video4linux/{Path(node.path).name}/index") in {"0", None}
    ]


def twins(nodes: list[UsbNode]) -> dict[Twin, list[UsbNode]]:
    """Find devices that udev cannot tell apart by their serial numbers."""
    groups: dict[Twin, list[UsbNode]] = defaultdict(list)
    for node in nodes:
        groups[node.twin].append(node)
    return {
        twin: group for twin, group in groups.items() if len({node.socket for node in group}) > 1
    }


def stable_names(machine: Machine, folder: str) -> dict[str, list[str]]:
    """Map nodes' names (ttyUSB0) to the links in ``folder`` that point to them now."""
    names: dict[str, list[str]] = defaultdict(list)
    try:
        links = sorted(machine.at(folder).iterdir(), key=_plain_first)
    except OSError:
        return names
    for link in links:
        if link.is_symlink():
            names[link.readlink().name].append(f"{folder}/{link.name}")
    return names


def by_path_of(machine: Machine, node: str) -> str | None:
    """Return the by-path name of a camera's or adapter's node; None where it has none."""
    folder = "/dev/v4l/by-path" if Path(node).name.startswith("video") else "/dev/serial/by-path"
    return _first(stable_names(machine, folder)[Path(node).name])


def _nodes(machine: Machine, kind: str, links: str) -> Iterator[UsbNode]:
    by_path = stable_names(machine, f"{links}/by-path")
    by_id = stable_names(machine, f"{links}/by-id")
    try:
        entries = sorted(machine.at(f"/sys/class/{kind}").iterdir())
    except OSError:
        return
    for entry in entries:
        usb = _usb_device(entry)
        if usb is not None:
            name = entry.name
            yield UsbNode(
                f"/dev/{name}",
                usb.name,
                _twin(usb),
                _first(by_path.get(name, [])),
                _first(by_id.get(name, [])),
            )


def _usb_device(entry: Path) -> Path | None:
    """Climb from a class entry to the USB device; None for what is not on USB."""
    device = entry.resolve()
    return next((place for place in device.parents if (place / "idVendor").exists()), None)


def _twin(usb: Path) -> Twin:
    def read(name: str) -> str:
        try:
            return (usb / name).read_text("utf-8", "replace").strip()
        except OSError:  # serial and product are optional (USB 2.0, 9.6.1)
            return ""

    return Twin(f"{read('idVendor')}:{read('idProduct')}", read("product"), read("serial"))


def _plain_first(link: Path) -> tuple[int, str]:
    """Prefer the shorter of two names: newer udevs add …-usbv2-… beside …-usb-…."""
    return len(link.name), link.name


def _first(names: list[str]) -> str | None:
    return names[0] if names else None
