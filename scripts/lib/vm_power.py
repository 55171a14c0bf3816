"""A lane in a virtual machine that is ready, saved, and loses its power again and again.

The machine is prepared once: Debian, the project as scripts/install puts it there; then the lane
under systemd, READY and warm. Its memory is saved. Each cut goes on from there, on an overlay of
its own over the disk as it was, and kills QEMU: what the guest had not written, and what QEMU had
not flushed, is gone. The service and all that was acknowledged are outside.
"""

import itertools
import json
import random
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vm_guest import Guest
from vm_lane import LANE, UNIT
from vm_machine import Disks, Machine
from vm_power_disk import Storage
from vm_power_judge import Books, Outcome, Remains, lane_settings
from vm_power_witness import PORTS, Heard, Witness
from vm_stage import SOURCES, Stage

_STATE = Path("/var/lib/vin-kiosk") / LANE
_INBOX = Path("/srv/scans")  # as docs/installing.md has it
_UNSYNCED = Path("/srv/unsynced/lines")
_CA_FILE = "/etc/vin-kiosk/service.pem"
_PORT = "/dev/virtio-ports/load"
_START_S, _WARM_S, _LOAD_S = 600.0, 300.0, 180.0  # emulated, and perhaps not alone
_WARM = 6  # pictures before the machine is saved: what they leave is on every disk
_MOST_BEFORE, _MOST_AFTER_S = 6, 3.0  # acknowledgements before a cut, and the time after the last
# The sandbox's certificate is for localhost: that name is the host's, here.
_PLACES = f"""
mkdir -p /etc/systemd/network
printf '[Match]\\nName=eth0\\n[Network]\\nAddress=10.0.2.15/24\\n' >/run/eth0
install -m 644 /run/eth0 /etc/systemd/network/eth0.network
echo '10.0.2.2 localhost' >/etc/hosts
systemctl enable --now systemd-networkd
chown root:vin-kiosk {_INBOX.parent}
install -d -m 2770 -o root -g vin-kiosk {_INBOX}
install -d {_UNSYNCED.parent}
"""
_QEMU = (
    *("-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net"),
    *("-device", "virtserialport,chardev=load,name=load", "-serial", "chardev:glass"),
)


@dataclass(frozen=True, slots=True)
class Saved:
    """A machine that stands still: its disk and its memory."""

    disk: Path
    memory: Path


class PoweredLane:
    """A lane that is ready, and what it takes to cut its power."""

    def __init__(self, image: Path, folder: Path, storage: Storage, books: Books) -> None:
        self._image = image
        self._folder = folder
        self._storage = storage
        self._books = books
        self._size = (image / "root.img").stat().st_size
        self._installed = Saved(folder / "installed.qcow2", folder / "installed.memory")
        self._ready = Saved(folder / "ready.qcow2", folder / "ready.memory")
        self._before: Heard | None = None
        self.found = folder / "found"  # what lay on the disk after the last cut

    def install(self) -> None:
        """Boot, and put the project in place; raises TrialFailed."""
        disk = self._overlay(self._installed.disk, self._image / "root.img", "raw")
        run = self._fresh("run")
        with Witness(run, random.Random()) as witness, self._machine(run, disk) as machine:  # noqa: S311 - it draws nothing
            witness.connected()
            Stage(machine, ()).prepare()
            machine.guest.check(f"{_PLACES}\nsync", _START_S)
            machine.save(self._installed.memory)

    def make_ready(self, dice: random.Random, mutant: str | None) -> None:
        """Start the lane, with a mistake in it if ``mutant`` names one, and warm it.

        Raises TrialFailed.
        """
        self._books.open()
        disk = self._overlay(self._ready.disk, self._installed.disk, "qcow2")
        run = self._fresh("run")
        with (
            Witness(run, dice) as witness,
            self._machine(run, disk, self._installed.memory) as machine,
        ):
            witness.connected()
            self._start_lane(machine.guest, mutant)
            witness.wait_for_words("READY", _START_S)
            self._start_load(machine.guest)
            witness.begin()
            witness.wait(_WARM, _WARM_S)
            witness.end()
            self._rest(machine.guest)
            machine.guest.check("sync", _START_S)
            self._before = witness.heard()
            machine.save(self._ready.memory)
        self._books.settle()
        self._books.share()

    def cut(self, dice: random.Random, *, boot: bool = False) -> Outcome:
        """Go on from what was saved, cut the power at some moment, and judge.

        With ``boot`` the machine boots again on that disk first: the lane must come back by itself
        and send what waits; then its power is cut once more.
        """
        assert self._before is not None
        self._books.begin()
        disk = self._overlay(self._folder / "cut.qcow2", self._ready.disk, "qcow2")
        run = self._fresh("run")
        with (
            Witness(run, dice, self._before) as witness,
            self._machine(run, disk, self._ready.memory) as machine,
        ):
            witness.connected()
            witness.begin()
            enough = self._before.count + dice.randint(1, _MOST_BEFORE)
            witness.wait(enough, _LOAD_S)
            witness.linger(dice.uniform(0, _MOST_AFTER_S))
            machine.cut()
            heard = witness.over()
        if boot:
            self._boot_again(disk, heard)
        self._books.settle()
        return self._judge(disk, heard)

    def _boot_again(self, disk: Path, heard: Heard) -> None:
        run = self._fresh("run")
        with (
            Witness(run, random.Random(), heard) as witness,  # noqa: S311 - it draws nothing
            self._machine(run, disk) as machine,
        ):
            witness.connected()
            witness.wait_for_words("READY", _START_S)
            self._rest(machine.guest)
            machine.cut()

    def _judge(self, disk: Path, heard: Heard) -> Outcome:
        rest = self._fresh("rest")
        folders = [str(_STATE), str(_INBOX), str(_UNSYNCED.parent)]
        self._storage.copy_out(disk, folders, rest)
        shutil.rmtree(self.found, ignore_errors=True)
        shutil.copytree(rest, self.found)
        remains = Remains(rest / _STATE.name, rest / _INBOX.name, heard, self._books)
        left = remains.verdict()
        complaints = remains.live_again()
        synced = (rest / _UNSYNCED.parent.name / _UNSYNCED.name).read_bytes().count(b"\n")
        assert self._before is not None
        fresh = self._books.fresh()
        return Outcome(
            left,
            remains.verdict(),
            complaints,
            heard.count - self._before.count,
            len(fresh.requests),
            fresh.charged,
            synced < heard.unsynced,
        )

    def _machine(self, run: Path, disk: Path, saved: Path | None = None) -> Machine:
        ports = [("-chardev", f"socket,id={name},path={run / name}") for name in PORTS]
        disks = Disks(self._image, self._folder / "project.tar", disk)
        more = (*itertools.chain.from_iterable(ports), *_QEMU)
        return Machine(disks, run, more=more, saved=saved)

    def _overlay(self, disk: Path, below: Path, form: str) -> Path:
        return self._storage.overlay(disk, below, form, self._size)

    def _fresh(self, name: str) -> Path:
        folder = self._folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def _start_lane(self, guest: Guest, mutant: str | None) -> None:
        sandbox = self._books.sandbox
        assert sandbox.ca_file is not None
        guest.write(_CA_FILE, sandbox.ca_file.read_text("ascii"))
        url = sandbox.url.replace("127.0.0.1", "localhost")
        service = {"url": url, "ca_file": _CA_FILE}
        settings: dict[str, Any] = lane_settings(_STATE, _INBOX, service)
        settings["station"] = {"port": "/dev/ttyS1"}
        guest.write(f"/etc/vin-kiosk/{LANE}.yaml", json.dumps(settings))
        guest.write(f"/etc/vin-kiosk/{LANE}.access-code", "only-for-the-sandbox")
        guest.write("/root/drop-in.conf", _drop_in(mutant))
        guest.check(f"install -D -m 644 /root/drop-in.conf /etc/systemd/system/{UNIT}.d/power.conf")
        guest.check(f"systemctl daemon-reload && systemctl enable --now {UNIT}", _START_S)

    def _start_load(self, guest: Guest) -> None:
        program = f"/opt/vin-kiosk/bin/python -u {SOURCES}/scripts/lib/vm_power_load.py"
        guest.service("load", f"{program} {LANE} {_STATE} {_INBOX} {_UNSYNCED} {_PORT}")

    def _rest(self, guest: Guest) -> None:
        """Wait until all that was sent is answered."""
        ask = f"vin-kiosk status --lane {LANE} --json"
        guest.check(f"until {ask} | grep -q '\"waiting\": 0'; do sleep 1; done", _WARM_S)


def _drop_in(mutant: str | None) -> str:
    lines = ["[Service]", f"ReadWritePaths={_INBOX}", f"TimeoutStartSec={_START_S:.0f}"]
    if mutant:
        lines += [
            f"Environment=PYTHONPATH={SOURCES}/tests/faults",
            "ExecStart=",
            f"ExecStart=/opt/vin-kiosk/bin/python -m mutants {mutant} -- run --lane %i",
        ]
    return "\n".join(lines) + "\n"
