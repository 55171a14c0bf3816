"""Device names that will not mean the same device tomorrow, or mean two of them today."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os.path import realpath

from kiosk.config.device_names import is_counted
from kiosk.config.schema import LaneConfig
from kiosk.config.serial_lines import serial_lines
from kiosk.config.source import SourceKind
from kiosk.doctor.finding import Finding, fail, ok, warn
from kiosk.doctor.machine import Machine
from kiosk.doctor.usb import UsbNode, by_path_of, camera_nodes, serial_nodes, twins


@dataclass(frozen=True, slots=True)
class Named:
    """A device that a lane's file names."""

    lane: str
    key: str
    path: str


def named_by(config: LaneConfig) -> list[Named]:
    """List the devices that a lane names."""
    named = []
    if config.camera.source.kind is SourceKind.DEVICE:
        named.append(Named(config.lane, "camera.source", config.camera.source.path))
    lines = serial_lines(config.station)
    named += [Named(config.lane, line.key, line.path) for line in lines]
    button = config.trigger.button
    if button.port is not None and realpath(button.port) not in {realpath(n.path) for n in named}:
        named.append(Named(config.lane, "trigger.button.port", button.port))
    if button.device is not None and not button.device.startswith("simulated:"):
        named.append(Named(config.lane, "trigger.button.device", button.device))
    return named


def name_findings(machine: Machine, config: LaneConfig) -> Iterator[Finding]:
    """Say which of a lane's device names can come to mean another device."""
    shaky = False
    for one in named_by(config):
        if is_counted(one.path):
            words = f"{one.key}: {one.path} may be another device after a restart"
            yield warn(words, _better(machine, one))
            shaky = True
        for twin, nodes in _ambiguous(machine, one):
            places = ", ".join(node.path for node in nodes)
            words = f"{one.key}: {one.path} fits {len(nodes)} devices ({twin}: {places})"
            yield warn(words, _better(machine, one))
            shaky = True
    if not shaky:
        yield ok("every device is named so that it stays the same")


def twin_findings(machine: Machine, lanes: Sequence[LaneConfig]) -> Iterator[Finding]:
    """Say which cameras and adapters share a serial number, and whether a lane falls for it."""
    found = False
    for nodes in (camera_nodes(machine), serial_nodes(machine)):
        for twin, group in twins(nodes).items():
            found = True
            yield _of_twins(machine, str(twin), group, lanes)
    if not found:
        yield ok("no two cameras or serial adapters share a serial number")


def sharing_findings(machine: Machine, lanes: Sequence[LaneConfig]) -> Iterator[Finding]:
    """Say what two lanes both want for themselves."""
    users: dict[tuple[str, str], list[str]] = defaultdict(list)
    for config in lanes:
        users["state directory", machine.node_of(str(config.state_dir))].append(config.lane)
        for one in named_by(config):
            users["device", machine.node_of(one.path)].append(config.lane)
    both = {what: names for what, names in users.items() if len(names) > 1}
    for (kind, path), names in both.items():
        words = f"{' and '.join(names)} name the same {kind}: {path}"
        yield fail(words, f"give lane {names[-1]} its own, in its file")
    if not both and len(lanes) > 1:
        yield ok(f"{len(lanes)} lanes share neither a device nor a state directory")


def _ambiguous(machine: Machine, one: Named) -> Iterator[tuple[object, list[UsbNode]]]:
    """Find the devices that compete for a by-id name."""
    if "/by-id/" not in one.path:
        return
    node = machine.node_of(one.path)
    for nodes in (camera_nodes(machine), serial_nodes(machine)):
        for twin, group in twins(nodes).items():
            if any(node == other.path for other in group):
                yield twin, group


def _better(machine: Machine, one: Named) -> str:
    """Name the device by its USB socket; a line for the lane's file."""
    stable = by_path_of(machine, machine.node_of(one.path))
    folder = "/dev/v4l/by-path" if one.key == "camera.source" else "/dev/serial/by-path"
    if stable is None:
        return f"ls -l {folder}\nwrite the name of its socket as {one.key}"
    return f"write {one.key}: {stable}"


def _of_twins(
    machine: Machine, what: str, group: list[UsbNode], lanes: Sequence[LaneConfig]
) -> Finding:
    nodes = {node.path for node in group}
    ids = {f"{node.by_id}" for node in group if node.by_id}
    concerned = [
        one.lane
        for config in lanes
        for one in named_by(config)
        if one.path in ids or ("/by-id/" in one.path and machine.node_of(one.path) in nodes)
    ]
    words = f"{len(group)} devices are the same to by-id: {what}, at {', '.join(sorted(nodes))}"
    if concerned:
        return warn(
            f"{words}; concerns {', '.join(sorted(set(concerned)))}",
            "name them by path: " + ", ".join(node.by_path or node.path for node in group),
        )
    if lanes:
        return ok(f"{words}; no lane names them so: keep to by-path")
    return warn(words, "name them by path: " + ", ".join(n.by_path or n.path for n in group))
