"""Examines many scenes in several processes; what is done stays in a file to go on from."""

import ctypes
import dataclasses
import hashlib
import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, Self

from prefilter_scene import CropFacts, Job, Peers, Row, examine_scene
from pyzbar import zbar_library

from kiosk.vision.prefilter import Prefilter

ROOT = Path(__file__).resolve().parents[2]
_SOURCES = ("kiosk/vision", "kiosk/simulate", "kiosk/model", "kiosk/vin.py", "kiosk/wmi.py")
_LIBRARIES = ("opencv-python-headless", "numpy", "zxing-cpp", "pyzbar")
_KEEP_FREED = {"MALLOC_MMAP_THRESHOLD_": f"{1 << 30}", "MALLOC_TRIM_THRESHOLD_": f"{1 << 31}"}
_CHUNK = 4  # scenes handed to a process at once, and at most lost to an interrupt
_PR_SET_PDEATHSIG = 1  # prctl(2)
_TELL_S = 1.0  # between two words of progress on a terminal
_TELL_LOG_S = 20.0  # and in a log
_MINUTE_S = 60.0
_eyes: list[Prefilter] = []  # one a process


def fingerprint() -> str:
    """Tell the code and the libraries that rows come from."""
    digest = hashlib.sha256()
    digest.update("".join([*map(version, _LIBRARIES), zbar_version()]).encode())
    for name in ("prefilter_scene.py", "prefilter_standard.py"):
        digest.update((Path(__file__).parent / name).read_bytes())
    for source in _SOURCES:
        path = ROOT / source
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def zbar_version() -> str:
    """Return the version of the C library that pyzbar uses; its wheel brings none."""
    library, _ = zbar_library.load()
    parts = [ctypes.c_uint() for _ in range(3)]
    library.zbar_version(*map(ctypes.byref, parts))
    return ".".join(str(part.value) for part in parts)


class Cache:
    """Rows in a file, one JSON object a line; the first line names the code they are of."""

    def __init__(self, path: Path, code: str, *, resume: bool) -> None:
        self.remark = ""
        self._rows: dict[tuple[str, int], Row] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = self._load(path, code) if resume and path.exists() else 0
        self._file: IO[str] = path.open("a" if whole else "w", encoding="utf-8")
        if whole:
            self._file.truncate(whole)  # a line that an interrupt cut off
        else:
            self._append({"code": code})

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def find(self, job: Job) -> Row | None:
        """Return the row of a job, if it is there with all that the job wants."""
        row = self._rows.get((job.level, job.seed))
        return None if row is None or (job.thorough and row.peers is None) else row

    def add(self, row: Row) -> None:
        """Keep a row, on disk too."""
        self._rows[row.level, row.seed] = row
        self._append(dataclasses.asdict(row))

    def _load(self, path: Path, code: str) -> int:
        """Take the rows over; return the length of what is whole, 0 where nothing is of use."""
        data = path.read_bytes()
        whole = data.rfind(b"\n") + 1
        lines = data[:whole].splitlines(keepends=True)
        if not lines or _object_in(lines[0]) != {"code": code}:
            self.remark = f"{path.name} is of other code: starting anew"
            return 0
        good = len(lines[0])
        for line in lines[1:]:
            facts = _object_in(line)
            if facts is None:
                break  # what a power cut left: the rows behind it are made again
            row = row_of(facts)
            self._rows[row.level, row.seed] = row
            good += len(line)
        self.remark = f"going on from {len(self._rows)} scenes in {path.name}"
        return good

    def _append(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()


def _object_in(line: bytes) -> dict[str, Any] | None:
    """Return the JSON object of a line, None where it holds none."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def row_of(line: dict[str, Any]) -> Row:
    """Make a row of its JSON object."""
    peers, crop, vins = line.pop("peers"), line.pop("crop"), tuple(line.pop("vins"))
    return Row(**line, vins=vins, peers=peers and Peers(**peers), crop=crop and CropFacts(**crop))


def examine_all(jobs: Sequence[Job], cache: Cache, processes: int) -> list[Row]:
    """Return a row for each job, in their order; those of the cache are not made again."""
    rows = {job: row for job in jobs if (row := cache.find(job))}
    missing = [job for job in jobs if job not in rows]
    what = f"scenes rendered and read, processes: {processes}"
    with Progress(len(missing), what) as progress, closing(_rows(missing, processes)) as made:
        for job, row in made:
            cache.add(row)
            rows[job] = row
            progress.step()
    return [rows[job] for job in jobs]


def _rows(jobs: Sequence[Job], processes: int) -> Generator[tuple[Job, Row], None, None]:
    if not jobs:
        return
    # an executor, since a pool waits for ever where one of its processes is killed
    executor = ProcessPoolExecutor(
        min(processes, len(jobs)), multiprocessing.get_context("spawn"), _open_eyes
    )
    try:
        with _generous_memory():
            made = executor.map(_examine, jobs, chunksize=_CHUNK)
        yield from made
    finally:
        executor.shutdown(cancel_futures=True)


@contextmanager
def _generous_memory() -> Iterator[None]:
    """Let processes that start in it keep the memory they free: a fifth less time to render.

    Nothing else is to inherit it, least of all the process whose memory is measured.
    """
    kept = {name: os.environ.get(name) for name in _KEEP_FREED}
    os.environ.update(_KEEP_FREED)
    try:
        yield
    finally:
        for name, value in kept.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _open_eyes() -> None:
    """Begin a process: an interrupt is its parent's business, and a killed parent its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _eyes.append(Prefilter())


def _examine(job: Job) -> tuple[Job, Row]:
    return job, examine_scene(_eyes[0], job)


class Progress:
    """Tells on stderr what is being done, how much of it is, and how long the rest will take."""

    def __init__(self, total: int, what: str) -> None:
        self._total, self._what = total, what
        self._done = 0
        self._began = self._told = time.monotonic()
        self._tty = sys.stderr.isatty()

    def __enter__(self) -> Self:
        if self._total:
            self._say(f"{self._what}: {self._total:,} to do")
        return self

    def __exit__(self, *_: object) -> None:
        if self._tty:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def step(self) -> None:
        """Count one; now and then say so."""
        self._done += 1
        now = time.monotonic()
        if now - self._told < (_TELL_S if self._tty else _TELL_LOG_S):
            return
        self._told = now
        left = (now - self._began) / self._done * (self._total - self._done)
        told = f"{left:.0f} seconds" if left < _MINUTE_S else f"{left / _MINUTE_S:.1f} minutes"
        self._say(f"{self._what}: {self._done:,} of {self._total:,}, {told} left")

    def _say(self, words: str) -> None:
        start, end = ("\r", "\033[K") if self._tty else ("", "\n")
        print(f"{start}{words}", end=end, file=sys.stderr, flush=True)
