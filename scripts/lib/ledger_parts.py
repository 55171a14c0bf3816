"""Parts of the bench of the ledger: a service beside it, a bare loop, the commands, the disk."""

import contextlib
import http.client
import os
import pty
import re
import shutil
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import requests
from lane_process import BenchError
from ledger_child import CODE, Sender, crop_number

from kiosk.ledger.ledger import Ledger
from kiosk.model import Crop
from kiosk.service.request import HEADERS

_CHILD = Path(__file__).with_name("ledger_child.py")
_MEMORY = Path("/dev/shm")  # noqa: S108 - only to fill a ledger sooner; it is copied from there
_TERMINAL = (50, 100)  # lines, columns
_NOT_INSTALLED = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")  # an installation knows neither
_SYNCS = ("fsync", "fdatasync")
_WRITES = ("write", "pwrite64", "writev", "pwritev")
_CALL = re.compile(r"(\w+)\((\d+)<([^>]*)>.* = (-?\d+)")


@dataclass(frozen=True, slots=True)
class Service:
    """The sandbox in a process of its own."""

    url: str
    ca_file: Path | None


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds a picture: the bare loop's and the uploader's, a value for each block."""

    bare: list[float]
    drain: list[float]

    @property
    def ratio(self) -> float:
        """Tell how fast the uploader is, the bare loop being 1: of the medians."""
        return statistics.median(self.bare) / statistics.median(self.drain)


@dataclass(frozen=True, slots=True)
class Written:
    """What one scan costs the disk."""

    syncs: float
    kilobytes: float
    by_file: dict[str, float]  # kB


@contextlib.contextmanager
def service(latency_s: float, *, tls: bool = False) -> Iterator[Service]:
    """Run a sandbox that takes ``latency_s`` for each answer."""
    command = [sys.executable, "-m", "kiosk", "sandbox", "--listen", "127.0.0.1:0"]
    command += ["--credits", str(10**9), "--latency", str(latency_s), *(["--tls"] if tls else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            told = process.stdout.readline().strip() if tls else ""
            ca_file = told.removeprefix("ca_file: ")
            yield Service(url, Path(ca_file) if ca_file else None)
        finally:
            process.send_signal(signal.SIGTERM)


def filled(state: Path, count: int) -> None:
    """Make a ledger of ``count`` queued pictures at ``state``."""
    where = _MEMORY if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=where) as folder:
        made = Path(folder, "state")
        _child("fill", str(made), str(count))
        shutil.copytree(made, state)
    os.sync()


def opening(state: Path) -> float:
    """Open a ledger in a fresh process; return how long that took (s)."""
    return float(_child("open", str(state)).split()[0])


def listing(config: Path, *options: str, terminal: bool = False) -> tuple[float, int]:
    """Run ``vin-kiosk queue list``; return its wall seconds and how many lines it wrote.

    Its modules are compiled, as an installation has them: by the first run, beside ``config``.
    """
    command = [sys.executable, "-m", "kiosk", "queue", "list", "-c", str(config), *options]
    environment = {name: os.environ[name] for name in os.environ if name not in _NOT_INSTALLED}
    environment["PYTHONPYCACHEPREFIX"] = str(config.with_name("compiled"))
    if not config.with_name("compiled").exists():
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    began = time.perf_counter()
    if terminal:
        written = _on_a_terminal(command, environment)
    else:
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
        written = done.stdout
    return time.perf_counter() - began, written.count(b"\n")


def _on_a_terminal(command: list[str], environment: dict[str, str]) -> bytes:
    ours, theirs = pty.openpty()
    lines, columns = _TERMINAL
    environment |= {"LINES": str(lines), "COLUMNS": str(columns), "TERM": "xterm"}
    written = bytearray()

    def read() -> None:
        with contextlib.suppress(OSError):  # the end, once nobody holds the other side
            while piece := os.read(ours, 1 << 16):
                written.extend(piece)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        subprocess.run(command, check=True, stdin=theirs, stdout=theirs, env=environment)
    finally:
        os.close(theirs)
        reader.join()
        os.close(ours)
    return bytes(written)


class BareLoop:
    """The same requests, one after the other and with nothing around them.

    ``http.client`` and a body made beforehand: the least that Python can do.
    """

    def __init__(self, service: Service, base: Crop) -> None:
        self._base = base
        self._parts = urlsplit(service.url)
        query = {"accesscode": CODE, "saveimage": "FALSE", "vindecode": "TRUE", "format": "JSON"}
        self._target = f"{self._parts.path}?{urlencode(query)}"
        cafile = service.ca_file
        self._tls = ssl.create_default_context(cafile=str(cafile)) if cafile else None

    def run(self, first: int, count: int) -> float:
        """Send so many pictures; return the seconds for each."""
        bodies = [self._request(number) for number in range(first, first + count)]
        began = time.perf_counter()
        for request in bodies:
            self._send(request)
        return (time.perf_counter() - began) / count

    def _request(self, number: int) -> requests.PreparedRequest:
        name = f"label.{self._base.format}"
        picture = (name, crop_number(self._base, number), f"image/{self._base.format}")
        return requests.Request("POST", "http://x", files={"image": picture}).prepare()

    def _send(self, request: requests.PreparedRequest) -> None:
        host, port = self._parts.hostname or "", self._parts.port
        connection = (
            http.client.HTTPSConnection(host, port, context=self._tls)
            if self._tls
            else http.client.HTTPConnection(host, port)
        )
        with contextlib.closing(connection):
            headers = HEADERS | {"Content-Type": request.headers["Content-Type"]}
            connection.request("POST", self._target, request.body, headers)
            response = connection.getresponse()
            if b"Success" not in response.read() and response.status != http.HTTPStatus.OK:
                raise BenchError(f"the service answered {response.status}")


def drained(ledger: Ledger, service: Service, count: int) -> float:
    """Let an uploader send ``count`` of what waits; return the seconds for each.

    From the end of its first attempt on; one that is made ready at the end is taken back.
    """
    sender = Sender(ledger, service.url, service.ca_file)
    try:
        sender.until(count + 1)
    except TimeoutError as error:
        raise BenchError(str(error)) from error
    finally:
        sender.stop()
    return (sender.ends[count] - sender.ends[0]) / count


def paces(
    ledger: Ledger, base: Crop, latency_s: float, blocks: int, count: int, *, tls: bool
) -> Pace:
    """Send blocks of ``count`` pictures by the bare loop and by the uploader, in turn."""
    pace = Pace([], [])
    with service(latency_s, tls=tls) as there:
        loop = BareLoop(there, base)
        loop.run(10**7, 2)
        for block in range(blocks):
            pace.bare.append(loop.run(10**6 + block * count, count))
            pace.drain.append(drained(ledger, there, count))
    return pace


def written(folder: Path, url: str, scans: int, how: str) -> Written:
    """Count the syncs and the bytes written of a scan, by the difference of two runs."""
    short, long = (
        _traced(folder / f"{how}-{count}", url, count, how) for count in (10, scans + 10)
    )
    files = sorted(set(long[1]) | set(short[1]))
    by_file = {name: (long[1].get(name, 0) - short[1].get(name, 0)) / scans / 1e3 for name in files}
    return Written((long[0] - short[0]) / scans, sum(by_file.values()), by_file)


def _traced(state: Path, url: str, count: int, how: str) -> tuple[int, dict[str, int]]:
    trace = state.with_suffix(".strace")
    calls = ",".join((*_SYNCS, *_WRITES))
    strace = ["strace", "-f", "-qq", "-y", "-s", "0", "-e", f"trace={calls}", "-o", str(trace)]
    child = [sys.executable, str(_CHILD), "scans", str(state), str(count), url, how]
    subprocess.run([*strace, *child], check=True)
    syncs, sizes = 0, dict[str, int]()
    for line in trace.read_text("utf-8", "replace").splitlines():
        call = _CALL.search(line)
        if call is None or not call[3].startswith(str(state)):
            continue
        if call[1] in _SYNCS:
            syncs += 1
        else:
            name = Path(call[3]).name
            sizes[name] = sizes.get(name, 0) + int(call[4])
    return syncs, sizes


def _child(*arguments: str) -> str:
    command = [sys.executable, str(_CHILD), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
