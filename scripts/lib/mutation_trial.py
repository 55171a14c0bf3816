"""Whether tests notice a mistake.

Each is tried in a child. Where the child has the program and its tests loaded it takes the one
function with the mistake in place of the right one; else it has pytest and the libraries loaded and
takes the one module with the mistake in place of the file's. The files themselves are never
written.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import os
import select
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path
from types import ModuleType

import pytest
from mutation_loaded import Loaded
from mutation_points import Mutant
from mutation_run import PLAIN

_MEMORY = Path("/dev/shm")  # noqa: S108 - where there is some
# A trial may take so long, and so many times its tests' time; so may each test.
_SLOW_START_S, _SLOWER = 10.0, 5.0
_ITS_OWN = 0.5  # of a trial's time: a hang is the mistake's if its tests end so soon without it
_NOTICED_BY, _RUNNING = "noticed-by", "running"


class Ending(Enum):
    """How a trial ended."""

    NOTICED = auto()
    OVERLOOKED = auto()
    TOO_SLOW = auto()


class Trial:
    """A child that runs tests against a mistake; against none, to see how long they take now."""

    def __init__(
        self,
        mutant: Mutant | None,
        module: str,
        tests: Sequence[str],
        seconds: Mapping[str, float],
        loaded: Loaded | None = None,
    ) -> None:
        """Start it; ``seconds``: what each test took without a mistake when it was walked.

        ``loaded``: the program and its tests, if this process has loaded them.
        """
        self.mutant = mutant
        self.noticed_by = ""  # the test that failed; none where the process died
        self._folder = Path(tempfile.mkdtemp(dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None))
        self._asked = module, tests, seconds, loaded
        self._began = time.monotonic()
        whole = sum(seconds.get(test, 0.0) for test in tests)
        self.until = self._began + _SLOW_START_S + _SLOWER * whole
        self._child = os.fork()
        if not self._child:
            _try(mutant, module, tests, _Watch(self._folder, seconds), loaded)
        self.descriptor = os.pidfd_open(self._child)

    def end(self) -> Ending:
        """Wait no more, and tell whether it was noticed: by a test that fails or dies."""
        ended = select.select([self.descriptor], [], [], 0)[0]
        if not ended:
            os.kill(self._child, signal.SIGKILL)  # it may not lead a group of its own yet
        code = os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1])
        with suppress(ProcessLookupError):  # what a test started
            os.killpg(self._child, signal.SIGKILL)
        os.close(self.descriptor)
        running, self.noticed_by = _Watch.told(self._folder)
        shutil.rmtree(self._folder, ignore_errors=True)
        if (not ended or code == -signal.SIGALRM) and not self.noticed_by:
            if running:  # that one alone is too slow
                module, _, seconds, loaded = self._asked
                self._asked = module, [running], seconds, loaded
            return Ending.TOO_SLOW
        return Ending.NOTICED if code else Ending.OVERLOOKED

    def is_to_blame(self) -> bool:
        """Tell whether the mistake made its tests too slow, and not the machine's load.

        The same test is run once more, now, without it.
        """
        without = Trial(None, *self._asked)
        allowed = _ITS_OWN * (without.until - without._began)
        ended = select.select([without.descriptor], [], [], allowed)[0]
        return without.end() is Ending.OVERLOOKED and bool(ended)

    def notices_nothing_else(self) -> bool:
        """Tell whether the test that noticed the mistake passes without it, here and now."""
        module, _, seconds, loaded = self._asked
        without = Trial(None, module, [self.noticed_by], seconds, loaded)
        first_to_end([without])
        return without.end() is Ending.OVERLOOKED


def first_to_end(trials: Sequence[Trial]) -> Trial:
    """Wait for one of them to end, or for one whose time is over."""
    soonest = min(trials, key=lambda trial: trial.until)
    patience = max(0.0, soonest.until - time.monotonic())
    ready = select.select([trial.descriptor for trial in trials], [], [], patience)[0]
    return next((trial for trial in trials if trial.descriptor in ready), soonest)


def _try(
    mutant: Mutant | None, module: str, tests: Sequence[str], watch: "_Watch", loaded: Loaded | None
) -> None:
    code = 1
    try:
        os.setpgid(0, 0)
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(watch.folder / "hypothesis")
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(watch.folder)
        if loaded is None:
            if mutant is not None:
                sys.meta_path.insert(0, _Finder(module, mutant))
            code = int(pytest.main([*PLAIN, *tests], plugins=[watch]))
        else:
            if mutant is not None:
                loaded.put(mutant)
            code = loaded.run(tests, watch)
    finally:
        os._exit(code)


class _Watch:
    """Writes down which test runs and the first that fails; a test that hangs ends the process."""

    def __init__(self, folder: Path, seconds: Mapping[str, float]) -> None:
        self.folder = folder
        self._seconds = seconds

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Hear that a test begins."""
        (self.folder / _RUNNING).write_text(nodeid, "utf-8")
        allowed = _SLOW_START_S + _SLOWER * self._seconds.get(nodeid, 0.0)
        signal.setitimer(signal.ITIMER_REAL, allowed)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Hear how a part of a test ended."""
        if report.failed and not (self.folder / _NOTICED_BY).exists():
            (self.folder / _NOTICED_BY).write_text(report.nodeid, "utf-8")

    @property
    def has_failed(self) -> bool:
        """Tell whether a test has."""
        return (self.folder / _NOTICED_BY).exists()

    @staticmethod
    def told(folder: Path) -> tuple[str, str]:
        """Return the last test that began and the one that failed, empty where there is none."""
        paths = (folder / _RUNNING, folder / _NOTICED_BY)
        running, noticed_by = (path.read_text("utf-8") if path.exists() else "" for path in paths)
        return running, noticed_by


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
