"""A machine made of files: a tree as the kernel and udev lay it out, and real little programs."""

import os
from pathlib import Path

import pytest

from kiosk.config.schema import LaneConfig
from kiosk.doctor.machine import Machine


class Tree:
    """A root directory with what a test says is there."""

    def __init__(self, root: Path):
        self.root = root
        self.machine = Machine(root)

    def write(self, path, text=""):
        place = self.machine.at(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
        return place

    def folder(self, path):
        place = self.machine.at(path)
        place.mkdir(parents=True, exist_ok=True)
        return place

    def link(self, path, target):
        place = self.machine.at(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)

    def usb(self, name, socket, *, serial="", make="1a86:7523", index=None, interface=0):
        """Plug a device in: its folders in /sys, its node, and udev's links to it."""
        vendor, _, model = make.partition(":")
        facts = {"idVendor": vendor, "idProduct": model, "product": "USB Serial", "serial": serial}
        device = f"/sys/devices/platform/axi/xhci-hcd.0/usb1/{socket}"
        for attribute, value in facts.items():
            if value:
                self.write(f"{device}/{attribute}", f"{value}\n")
        part = f"{device}/{socket}:1.{interface}"
        if name.startswith("video"):
            kind, links, end = "video4linux", "v4l", f"-video-index{index}"
            entry = self.folder(f"{part}/video4linux/{name}")
            (entry / "index").write_text(f"{index}\n")
        else:
            kind, links, end = "tty", "serial", f"-if0{interface}-port0"
            entry = self.folder(f"{part}/{name}/tty/{name}")
        up = os.path.relpath(entry, self.folder(f"/sys/class/{kind}"))
        self.link(f"/sys/class/{kind}/{name}", up)
        self.write(f"/dev/{name}")
        place = f"platform-xhci-hcd.0-usb-0:{socket.partition('-')[2]}:1.{interface}"
        by_path = self.folder(f"/dev/{links}/by-path")
        (by_path / f"{place}{end.removeprefix(f'-if0{interface}')}").symlink_to(f"../../{name}")
        known = self.folder(f"/dev/{links}/by-id") / f"usb-{vendor}_USB_Serial_{serial}{end}"
        known.unlink(missing_ok=True)  # as udev: of two that claim a name one wins
        known.symlink_to(f"../../{name}")

    def users(self, *groups, user="vin-kiosk", uid=990, gid=990):
        """Have a system user, in further groups: (name, number)."""
        self.write(
            "/etc/passwd", f"root:x:0:0::/root:/bin/sh\n{user}:x:{uid}:{gid}::/:/bin/false\n"
        )
        lines = [f"{name}:x:{number}:pi,{user}" for name, number in groups]
        self.write("/etc/group", "\n".join([f"vin-kiosk:x:{gid}:", *lines, "broken"]) + "\n")


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    return Tree(root)


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Put a program of that name before all others."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def install(name, script):
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        path.chmod(0o755)
        return path

    return install


@pytest.fixture
def lane(tmp_path):
    """A lane's configuration, whole, with what a test sets in it."""

    def make(name="lane1", **sections):
        camera = sections.pop("camera", {"source": "/dev/v4l/by-path/usb-1"})
        state_dir = str(sections.pop("state_dir", tmp_path / f"{name}-state"))
        return LaneConfig.model_validate(
            {"lane": name, "state_dir": state_dir, "camera": camera, **sections}
        )

    return make


@pytest.fixture
def said():
    """Write findings as the command does: status and words, without what to do."""

    def lines(findings):
        return [f"{one.status} {one.found}" for one in findings]

    return lines
