"""Runs a target over many inputs in a child that may die: of a signal, of time or of memory.

The input at work stands in a file before it is taken in, so that what a death was due to is known.
"""

import faulthandler
import os
import pickle
import resource
import signal
import sys
import time
import traceback
import tracemalloc
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from fuzz_cases import Dice
from fuzz_targets import Target

_HUNG_S = 20  # of the processor: the kernel ends the child
_ADDRESS_SPACE = 1 << 30  # bytes above what the child has as it begins
_ENOUGH = 5  # findings


@dataclass(frozen=True, slots=True)
class Finding:
    """An input that is not taken in as it should be. ``number`` makes it again: `Dice(number)`."""

    target: str
    number: int
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a run came to; ``slowest_s`` and ``peak`` are the worst that were seen, as allowed."""

    inputs: int
    refused: int  # by one of the target's own exceptions
    slowest_s: float
    peak: int
    resident: int  # bytes more at the end of the run than as it began: what is not Python's, too
    findings: tuple[Finding, ...]


def fuzz(target: Target, count: int, *, first: int = 0, seconds: float = 600.0) -> Report:
    """Take in ``count`` inputs, those of the dice from ``first`` on, or as many as time allows."""
    with TemporaryDirectory() as name:
        at_work, result = Path(name, "at-work"), Path(name, "result")
        child = os.fork()
        if not child:
            _child(target, range(first, first + count), seconds, at_work, result)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code == 0:
            report: Report = pickle.loads(result.read_bytes())
            return report
        number = int(at_work.read_text())
        why = f"the process ended with {code}" if code > 0 else signal.Signals(-code).name
        finding = Finding(target.name, number, why)
        return Report(number - first + 1, 0, 0.0, 0, 0, (finding,))


def _child(target: Target, numbers: range, seconds: float, at_work: Path, result: Path) -> None:
    code = 1
    try:
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        faulthandler.disable()
        sys.settrace(None)  # what a coverage tool takes is not the target's
        with Path(os.devnull).open("w") as nowhere:  # the decoders' own words
            os.dup2(nowhere.fileno(), 2)
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + _ADDRESS_SPACE,) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        result.write_bytes(pickle.dumps(_run(target, numbers, time.monotonic() + seconds, at_work)))
        code = 0
    finally:
        os._exit(code)


def _run(target: Target, numbers: range, until: float, at_work: Path) -> Report:
    refused, slowest, peak, done = 0, 0.0, 0, 0
    findings: list[Finding] = []
    before = _resident()
    with at_work.open("w") as file:
        for number in numbers:
            if time.monotonic() > until or len(findings) >= _ENOUGH:
                break
            file.seek(0)
            file.write(f"{number:<20}")
            file.flush()
            data = target.case(Dice(number))
            signal.setitimer(signal.ITIMER_PROF, _HUNG_S)
            done += 1
            why, was_refused, took_s = _timed(target, data)
            why_more, peak_here = _weighed(target, data)
            signal.setitimer(signal.ITIMER_PROF, 0)
            refused += was_refused
            slowest, peak = max(slowest, took_s), max(peak, peak_here)
            if why or why_more:
                findings.append(Finding(target.name, number, why or why_more))
    more = _resident() - before
    if more > target.resident:
        findings.append(Finding(target.name, numbers.start, f"{more >> 20} MiB resident, in all"))
    return Report(done, refused, slowest, peak, more, tuple(findings))


def _resident() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def _timed(target: Target, data: bytes) -> tuple[str, bool, float]:
    """Take an input in; what took too long has two more tries, for the machine may be busy."""
    took = []
    for _ in range(3):
        began = time.thread_time()
        try:
            target.enter(data)
            refused = False
        except target.raises:
            refused = True
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            return "".join(traceback.format_exception(error)), False, 0.0
        took.append(time.thread_time() - began)
        if took[-1] <= target.seconds:
            return "", refused, took[-1]
    return f"took {min(took):.3f} s", refused, min(took)


def _weighed(target: Target, data: bytes) -> tuple[str, int]:
    tracemalloc.start(1)
    try:
        target.enter(data)
    except Exception:  # noqa: BLE001 - judged by _timed
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return (f"took {peak / 2**20:.1f} MiB" if peak > target.peak else ""), peak
