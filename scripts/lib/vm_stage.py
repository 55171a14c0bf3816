"""What the trials act on: the machine, its journal, the lane, and the camera's other side."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from vm_guest import Guest
from vm_journal import KERNEL, STREAM, TRIAL, Entry, Journal
from vm_lane import SANDBOX_PORT, Lane
from vm_machine import Machine

SOURCES = "/usr/src/vin-kiosk"
PYTHON = "/opt/vin-kiosk/bin/python -u"
LOOPBACK = "/dev/video10"
VIVID = "/dev/v4l/by-path/platform-vivid.0-video-index0"
_FEEDER = "feeder.service"
_JOURNAL_OUT = "/dev/virtio-ports/journal"
# The image holds the packages; scripts/install finds its release made, and does all the rest.
_INSTALL = f"""
mkdir -p {SOURCES} && tar xf /dev/vdb -C {SOURCES} && cd {SOURCES}
root=$PWD python=/usr/bin/python3
. scripts/lib/environment.sh && . scripts/lib/place.sh && . scripts/lib/release.sh
name=$(release_name) && release=$(releases)/${{name#vin-kiosk }}
mkdir -p "$(releases)" && mv /opt/vin-kiosk "$release" && touch "$release/.complete"
scripts/install --lane lane1
/opt/vin-kiosk/bin/python -m compileall -q kiosk
"""


@dataclass(frozen=True, slots=True)
class Car:
    """A view of the lane with a label: the picture's path inside, and the VIN on it."""

    picture: str
    vin: str


class Stage:
    """The installed guest; every trial leaves it as it found it."""

    def __init__(self, machine: Machine, cars: Sequence[Car]) -> None:
        self.machine = machine
        self.guest: Guest = machine.guest
        self.journal = Journal(machine.journal_file)
        self.lane = Lane(self.guest, self.journal)
        self.cars = cars

    def prepare(self) -> str:
        """Install the project as scripts/install does; return what is there, in words."""
        self.guest.service("journal-out", f'sh -c "{STREAM} >{_JOURNAL_OUT}"')
        self.guest.check(f"set -euo pipefail; {_INSTALL}", 600)
        return self.guest.check("/opt/vin-kiosk/bin/vin-kiosk --version")

    @contextmanager
    def service(self) -> Iterator["Service"]:
        """Run the stand-in for the recognition service inside, on loopback."""
        command = f"/opt/vin-kiosk/bin/vin-kiosk sandbox --listen 127.0.0.1:{SANDBOX_PORT}"
        mark = self.journal.mark()
        self.guest.service("sandbox", command)
        try:
            self.journal.wait("sandbox.service", "http://", mark, 120)
            yield Service(self.guest)
        finally:
            self.guest.run("systemctl stop sandbox")

    @contextmanager
    def vivid(self) -> Iterator[Entry]:
        """Have the kernel's test camera at VIVID; gives the kernel's line about it."""
        mark = self.journal.mark()
        self.guest.check("modprobe vivid n_devs=1 node_types=1")
        try:
            registered = self.journal.wait(KERNEL, "registered as video", mark, 30)
            self.guest.check("udevadm settle")
            yield registered
        finally:
            self.guest.check("modprobe -r vivid")

    @contextmanager
    def loopback(self, car: Car, form: str = "MJPG") -> Iterator["Feeder"]:
        """Have a camera at LOOPBACK that shows ``car``."""
        options = "video_nr=10 exclusive_caps=1 max_buffers=4 card_label=Lane"
        self.guest.check(f"modprobe v4l2loopback {options}")
        feeder = Feeder(self, f"{LOOPBACK} {car.picture} --format {form}")
        try:
            feeder.start()
            yield feeder
        finally:
            self.guest.run(f"systemctl kill --signal=KILL {_FEEDER}; systemctl stop {_FEEDER}")
            self.guest.check("modprobe -r v4l2loopback")


class Service:
    """The stand-in's books."""

    def __init__(self, guest: Guest) -> None:
        self._guest = guest

    def requests(self) -> list[dict[str, Any]]:
        """Return every request it got."""
        url = f"http://127.0.0.1:{SANDBOX_PORT}/_sandbox/journal"
        ask = f"import urllib.request as r; print(r.urlopen('{url}').read().decode())"
        books = json.loads(self._guest.check(f'/opt/vin-kiosk/bin/python -c "{ask}"'))
        requests: list[dict[str, Any]] = books["requests"]
        return requests


class Feeder:
    """The program that writes the loopback camera's frames. It can stall, die and come back."""

    def __init__(self, stage: Stage, arguments: str) -> None:
        self._stage = stage
        self._command = f"{PYTHON} {SOURCES}/scripts/lib/vm_feeder.py {arguments}"

    def start(self) -> Entry:
        """Start it; return the line of its first frame."""
        mark = self._stage.journal.mark()
        self._stage.guest.service("feeder", self._command)
        return self._stage.journal.wait(_FEEDER, "^feeding$", mark, 120)

    def stall(self) -> Entry:
        """Keep the device open and write nothing more."""
        return self._tell("stalls", f"systemctl kill --signal=STOP {_FEEDER}")

    def go_on(self) -> Entry:
        """Write again."""
        return self._tell("goes on", f"systemctl kill --signal=CONT {_FEEDER}")

    def die(self) -> Entry:
        """End without a word, as a pulled plug does."""
        kill = f"systemctl kill --signal=KILL {_FEEDER}"
        gone = f"until ! systemctl is-active --quiet {_FEEDER}; do sleep 0.1; done"
        return self._tell("dies", f"{kill} && {gone}")

    def _tell(self, word: str, command: str) -> Entry:
        """Do it, and have the guest's clock say when."""
        journal = self._stage.journal
        mark = journal.mark()
        note = f"the feeder {word}"
        self._stage.guest.check(f"echo {note} | systemd-cat -t {TRIAL} && {command}")
        return journal.wait(TRIAL, f"^{note}$", mark, 30)
