"""The virtual machine itself: QEMU without KVM, its console log, its monitor, its plugs."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from vm_guest import Guest, TrialFailed, until
from vm_wire import JsonLines, Refused

_BOOT_S = 240.0  # emulated, on a machine that does other things too
_QUIT_S = 15.0
_SAVE_S = 120.0
_CPU = "Nehalem"  # x86-64-v2. Not "max": QEMU 7.2 emulates AVX2 so that numpy's argsort crashes
_KERNEL_LINE = (
    "console=ttyS0 root=/dev/vda rw quiet mitigations=off nokaslr net.ifnames=0 "
    "systemd.mask=serial-getty@ttyS0.service"
)


@dataclass(frozen=True, slots=True)
class Disks:
    """What the machine is started from: the image's folder, and a tar with the project.

    ``root``: a qcow2 that outlives the machine. Without one its disk is a snapshot of the image's,
    gone with it.
    """

    image: Path
    project: Path
    root: Path | None = None


class Machine:
    """A running virtual machine. A context manager; its sockets and log lie in ``folder``.

    ``more``: further words for QEMU. ``saved``: what `save` wrote, to go on from there; the disk
    must be as it was then, and the words the same.
    """

    guest: Guest
    monitor: JsonLines

    def __init__(
        self, disks: Disks, folder: Path, *, more: Sequence[str] = (), saved: Path | None = None
    ) -> None:
        self._disks = disks
        self._folder = folder
        self._more = tuple(more)
        self._saved = saved
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: list[JsonLines] = []

    @property
    def serial_line(self) -> Path:
        """The socket at the far end of the USB serial adapter's cable."""
        return self._folder / "serial"

    @property
    def journal_file(self) -> Path:
        """What the guest writes to its port ``journal``."""
        return self._folder / "journal"

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        process = self._process
        if process is None:
            return
        try:
            self.monitor.ask("quit", timeout_s=_QUIT_S)
            process.wait(_QUIT_S)
        except (AttributeError, OSError, Refused, subprocess.TimeoutExpired):
            process.kill()  # it holds nothing that must be kept
            process.wait()
        for lines in self._lines:
            lines.close()

    def cut(self) -> None:
        """Cut its power: all that it holds is gone, but for what its disk was told to keep."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def save(self, path: Path) -> None:
        """Write its memory to ``path``; it stands still from here on, its disk complete."""
        self.monitor.ask("stop")
        self.monitor.ask("migrate", {"uri": f"exec:cat >{path}"})

        def saved() -> bool:
            state = self.monitor.ask("query-migrate").get("status")
            if state in {"failed", "cancelled"}:
                raise TrialFailed("the machine's memory could not be saved")
            return bool(state == "completed")

        until(saved, _SAVE_S, "saving the machine's memory")

    def plug(self, device: str, name: str, **properties: str) -> None:
        """Plug a device in, such as ``usb-serial``; ``name`` is what it is pulled by."""
        self.monitor.ask("device_add", {"driver": device, "id": name, **properties})

    def pull(self, name: str) -> None:
        """Pull a device out, and wait until it is gone."""
        self.monitor.ask("device_del", {"id": name})
        self.monitor.wait_for("DEVICE_DELETED", 30)

    def _start(self) -> None:
        log = (self._folder / "qemu.log").open("wb")
        with log:
            self._process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.monitor = self._connect("monitor")
        self.monitor.listen(30)  # its greeting
        self.monitor.ask("qmp_capabilities")
        if self._saved is not None:
            until(self._is_loaded, _SAVE_S, "loading the machine's memory")
            self.monitor.ask("cont")
        self.guest = Guest(self._connect("agent"), _BOOT_S)

    def _connect(self, name: str) -> JsonLines:
        """Connect once QEMU listens: it makes all its sockets before it answers on the first."""
        assert self._process is not None
        path = self._folder / name
        for _ in range(100):
            if path.exists():
                self._lines.append(JsonLines(path, 30))
                return self._lines[-1]
            try:
                self._process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            said = (self._folder / "qemu.log").read_text("utf-8", "replace")
            raise ConnectionError(f"QEMU does not start: {said.strip()}")
        raise TimeoutError("QEMU does not open its monitor")

    def _command(self) -> list[str]:
        image, folder = self._disks.image, self._folder
        return [
            *("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-M", "q35", "-cpu", _CPU),
            *("-smp", "2", "-m", "2048", "-display", "none", "-no-reboot", "-monitor", "none"),
            *("-nodefaults", "-nic", "none", "-serial", f"file:{folder / 'console.log'}"),
            *("-kernel", str(image / "kernel"), "-initrd", str(image / "initrd")),
            *("-append", _KERNEL_LINE),
            *("-drive", self._root_drive()),
            *("-drive", f"file={self._disks.project},format=raw,if=virtio,readonly=on"),
            *("-qmp", f"unix:{folder / 'monitor'},server=on,wait=off"),
            *("-chardev", f"socket,id=agent,path={folder / 'agent'},server=on,wait=off"),
            *("-device", "virtio-serial"),
            *("-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"),
            *("-chardev", f"file,id=journal,path={self.journal_file}"),
            *("-device", "virtserialport,chardev=journal,name=journal"),
            *("-chardev", f"socket,id=serial,path={self.serial_line},server=on,wait=off"),
            *("-device", "qemu-xhci,id=usb"),
            *self._more,
            *(("-incoming", f"exec:cat {self._saved}") if self._saved else ()),
        ]

    def _is_loaded(self) -> bool:
        return bool(self.monitor.ask("query-status")["status"] != "inmigrate")

    def _root_drive(self) -> str:
        if self._disks.root is None:  # the image stays as it was built
            return f"file={self._disks.image / 'root.img'},format=raw,if=virtio,snapshot=on"
        return f"file={self._disks.root},format=qcow2,if=virtio,cache=writeback"
