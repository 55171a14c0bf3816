"""The station's serial lines: there, free, openable, and nobody else's."""

import fcntl
import os
import struct
import termios
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shlex import quote

from kiosk.config.schema import Station
from kiosk.config.serial_lines import SerialLine, serial_lines
from kiosk.doctor.daemon import Daemon
from kiosk.doctor.finding import Finding, Status, fail, ok, warn
from kiosk.doctor.machine import Machine
from kiosk.doctor.usb import serial_nodes
from kiosk.errors import SerialError
from kiosk.station.port import Device, Port, is_in_use

_GRABBERS = {
    "ModemManager": "talks to serial adapters as if they were modems",
    "brltty": "takes CH340 adapters for braille displays",
}
_LIST = "ls -l /dev/serial/by-path"


def line_findings(machine: Machine, station: Station, daemon: Daemon) -> Iterator[Finding]:
    """Look at the lines of the display, the scanner and the light; nothing is sent."""
    if station.port is None:
        words = "none is configured: the lane logs what a display would show"
        yield ok(words, about="display")
    for line in serial_lines(station):
        for finding in _of_line(machine, line, daemon):
            yield replace(finding, about=line.device)


def display_fails(machine: Machine, station: Station, daemon: Daemon) -> bool:
    """Tell whether the display's line, on which a button may be, is one that cannot work."""
    return any(
        finding.status is Status.FAIL
        for line in serial_lines(station)
        if line.device == "display"
        for finding in _of_line(machine, line, daemon)
    )


def _of_line(machine: Machine, line: SerialLine, daemon: Daemon) -> Iterator[Finding]:
    if _is_missing(machine.at(line.path)):
        yield fail(f"{line.key}: there is no {line.path}", _suggestions(machine, line))
        return
    if daemon.is_there:
        yield _as_the_daemon_says(line, daemon)
    else:
        yield _opened(str(machine.at(line.path)), line)
    yield from _grabbers(machine, line.path)
    yield from _console(machine, line.path)


def _is_missing(path: Path) -> bool:
    try:
        return not path.exists()
    except PermissionError:
        return False  # opening it says so


def _as_the_daemon_says(line: SerialLine, daemon: Daemon) -> Finding:
    said = daemon.says(line.device)
    if said in {"ok", ""}:
        return ok(f"{line.path} is held by the running lane")
    return fail(f"the running lane says: {said}", _LIST)


def _opened(path: str, line: SerialLine) -> Finding:
    try:
        port = Port(path, line.baud, Device(line.device, line.section))
    except SerialError as error:
        return fail(str(error), _way_in(path, error))
    try:
        lines = _modem_lines(port.fileno())
    finally:
        port.close()
    return ok(f"{path} is free and opens at {line.baud} baud{lines}")


def _way_in(path: str, error: SerialError) -> str:
    if not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
        return 'sudo usermod -aG dialout "$USER"   # then log in again; or: sudo vin-kiosk doctor'
    if is_in_use(error):
        return f"sudo fuser -v {quote(path)}   # who has it"
    return f"{_LIST}   # the serial ports that are there"


def _modem_lines(descriptor: int) -> str:
    """Read what the other end says on CTS and DSR (tty_ioctl(4)); a pty has neither."""
    try:
        raw = fcntl.ioctl(descriptor, termios.TIOCMGET, struct.pack("i", 0))
    except OSError:
        return ""
    (bits,) = struct.unpack("i", raw)
    states = [
        f"{name} {'on' if bits & bit else 'off'}"
        for name, bit in (("CTS", termios.TIOCM_CTS), ("DSR", termios.TIOCM_DSR))
    ]
    return f"; {', '.join(states)}"


def _suggestions(machine: Machine, line: SerialLine) -> str:
    there = [node.by_path or node.path for node in serial_nodes(machine)]
    if not there:
        return f"plug the adapter in, then: {_LIST}"
    return "\n".join(f"write {line.key}: {name}" for name in there)


def _grabbers(machine: Machine, path: str) -> Iterator[Finding]:
    if not Path(machine.node_of(path)).name.startswith(("ttyUSB", "ttyACM")):
        return
    for service, habit in _GRABBERS.items():
        if machine.said("systemctl", "is-active", service) == "active":
            words = f"{service} runs on this machine, and {habit}"
            yield warn(words, f"sudo systemctl disable --now {service}")


def _console(machine: Machine, path: str) -> Iterator[Finding]:
    node = machine.node_of(path)
    words = (machine.text("/proc/cmdline") or "").split()
    for word in words:
        name = word.removeprefix("console=").partition(",")[0]
        if word.startswith("console=") and machine.node_of(f"/dev/{name}") == node:
            yield fail(
                f"the system's own console writes to this line ({word})",
                "sudo raspi-config nonint do_serial_cons 1 && sudo reboot   # on a Pi",
            )
