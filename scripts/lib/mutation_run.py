"""Which tests walk over which lines, and whether they notice a mistake there.

Each mistake is tried in a child that has pytest and the libraries loaded already, and takes the
one module with the mistake in place of the file's. The files themselves are never written.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import select
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import coverage
import pytest
from mutation_points import Mutant

_MEMORY = Path("/dev/shm")  # noqa: S108 - where there is some
_PLAIN = (
    *("-q", "-x", "-p", "no:cacheprovider", "--no-header", "--hypothesis-seed=0"),
    "--timeout=0",  # what is too slow is judged here, against the same tests without a mistake
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # hypothesis is loaded already
)
_SLOW_START_S, _SLOWER = 10.0, 5.0  # a trial may take so long, and so many times its tests' time
_ITS_OWN = 0.5  # of a trial's time: a hang is the mistake's if its tests end so soon without it
_NOTICED_BY = "noticed-by"


@dataclass(frozen=True, slots=True)
class Walks:
    """``lines``: by file, and by line as text, the tests; ``seconds``: by test.

    ``stamp`` stands for all sources and all tests.
    """

    lines: Mapping[str, Mapping[str, Sequence[str]]]
    seconds: Mapping[str, float]
    stamp: str

    def tests_of(self, mutant: Mutant, most_s: float) -> list[str]:
        """List the tests that walk over a mistake, the quickest first, for so many seconds.

        What is only run while the module is loaded concerns all that use the module.
        """
        lines = self.lines.get(mutant.path.name, {})
        here = {
            test
            for line in range(mutant.first, mutant.last + 1)
            for test in lines.get(str(line), ())
        }
        found = here or {test for tests in lines.values() for test in tests}
        chosen: list[str] = []
        spent = 0.0
        for test in sorted(found, key=lambda test: (self.seconds.get(test, 0.0), test)):
            spent += self.seconds.get(test, 0.0)
            if chosen and spent > most_s:
                break
            chosen.append(test)
        return chosen


def walks(package: Path, tests: Sequence[Path], kept: Path) -> Walks:
    """Run all tests once and note where each goes; kept beside for as long as nothing changes."""
    stamp = sha256()
    for path in sorted({*package.glob("*.py"), *_files_of(tests)}):
        stamp.update(path.read_bytes())
    with suppress(OSError, ValueError):
        stored = json.loads(kept.read_text("utf-8"))
        if stored["stamp"] == stamp.hexdigest():
            return Walks(stored["lines"], stored["seconds"], stored["stamp"])
    child = os.fork()
    if not child:
        _walk(package, tests, kept, stamp.hexdigest())
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        raise SystemExit("the tests fail without any mistake in the program: mend them first")
    return walks(package, tests, kept)


def _files_of(tests: Sequence[Path]) -> Iterator[Path]:
    """Give the tests' own files, and what lies beside them that is no test."""
    for path in tests:
        folder = path if path.is_dir() else path.parent
        for one in folder.glob("*.py"):
            if one == path or path.is_dir() or not one.name.startswith("test_"):
                yield one


def _walk(package: Path, tests: Sequence[Path], kept: Path, stamp: str) -> None:
    cover = coverage.Coverage(data_file=None, config_file=False, source=[str(package)])
    noted = _Noted(cover)
    cover.start()
    code = pytest.main([*_PLAIN, *map(str, tests)], plugins=[noted])
    cover.stop()
    data = cover.get_data()
    lines = {
        Path(file).name: {
            str(line): sorted(filter(None, names))
            for line, names in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }
    if code == 0:
        kept.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"stamp": stamp, "lines": lines, "seconds": noted.seconds})
        kept.write_text(text, "utf-8")
    os._exit(int(code))


class _Noted:
    """Tells coverage which test runs, and how long each takes."""

    def __init__(self, cover: coverage.Coverage) -> None:
        self._cover = cover
        self.seconds: dict[str, float] = {}

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note the lines of a test from here on."""
        self._cover.switch_context(nodeid)
        self.seconds[nodeid] = time.monotonic()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Note how long it took."""
        self.seconds[nodeid] = time.monotonic() - self.seconds[nodeid]


# ---- one mistake --------------------------------------------------------------------------------


class Ending(Enum):
    """How a trial ended."""

    NOTICED = auto()
    OVERLOOKED = auto()
    TOO_SLOW = auto()


class Trial:
    """A child that runs tests against a mistake; against none, to see how long they take now."""

    def __init__(
        self, mutant: Mutant | None, module: str, tests: Sequence[str], seconds: float
    ) -> None:
        """Start it; ``seconds`` are what the tests took without a mistake when they were walked."""
        self.mutant = mutant
        self.noticed_by = ""  # the test that failed; none where the process died
        self._folder = Path(tempfile.mkdtemp(dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None))
        self._asked = module, tests, seconds
        self._began = time.monotonic()
        self.until = self._began + _SLOW_START_S + _SLOWER * seconds
        self._child = os.fork()
        if not self._child:
            _try(mutant, module, tests, self._folder)
        self.descriptor = os.pidfd_open(self._child)

    def end(self) -> Ending:
        """Wait no more, and tell whether it was noticed: by a test that fails or dies."""
        ended = select.select([self.descriptor], [], [], 0)[0]
        if not ended:
            os.kill(self._child, signal.SIGKILL)  # it may not lead a group of its own yet
            with suppress(ProcessLookupError):
                os.killpg(self._child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1])
        os.close(self.descriptor)
        with suppress(FileNotFoundError):
            self.noticed_by = (self._folder / _NOTICED_BY).read_text("utf-8")
        shutil.rmtree(self._folder, ignore_errors=True)
        if not ended and not self.noticed_by:
            return Ending.TOO_SLOW
        return Ending.NOTICED if code else Ending.OVERLOOKED

    def is_to_blame(self) -> bool:
        """Tell whether the mistake made its tests too slow, and not the machine's load.

        The same tests are run once more, now, without it.
        """
        without = Trial(None, *self._asked)
        allowed = _ITS_OWN * (without.until - without._began)
        ended = select.select([without.descriptor], [], [], allowed)[0]
        return without.end() is Ending.OVERLOOKED and bool(ended)


def first_to_end(trials: Sequence[Trial]) -> Trial:
    """Wait for one of them to end, or for one whose time is over."""
    soonest = min(trials, key=lambda trial: trial.until)
    patience = max(0.0, soonest.until - time.monotonic())
    ready = select.select([trial.descriptor for trial in trials], [], [], patience)[0]
    return next((trial for trial in trials if trial.descriptor in ready), soonest)


def _try(mutant: Mutant | None, module: str, tests: Sequence[str], folder: Path) -> None:
    code = 1
    try:
        os.setpgid(0, 0)
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(folder / "hypothesis")
        if mutant is not None:
            sys.meta_path.insert(0, _Finder(module, mutant))
        options = [*_PLAIN, f"--basetemp={folder / 'tmp'}"]
        code = int(pytest.main([*options, *tests], plugins=[_Failure(folder / _NOTICED_BY)]))
    finally:
        os._exit(code)


class _Failure:
    """Writes down the first test that fails."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Hear how a part of a test ended."""
        if report.failed and not self._path.exists():
            self._path.write_text(report.nodeid, "utf-8")


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module with a mistake in it."""

    def __init__(self, module: str, mutant: Mutant) -> None:
        self._module = module
        self._mutant = mutant

    def find_spec(
        self, name: str, _path: object = None, _target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Answer for the one name."""
        if name != self._module:
            return None
        spec = importlib.util.spec_from_loader(name, self, origin=str(self._mutant.path))
        assert spec is not None
        spec.has_location = True
        return spec

    def exec_module(self, module: ModuleType) -> None:
        """Run the source with the mistake."""
        code = compile(self._mutant.source(), str(self._mutant.path), "exec", dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102 - it is our own source
