"""Which tests walk over which lines."""

import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import coverage
import pytest
from mutation_points import Mutant

PLAIN = (
    *("-q", "-x", "-p", "no:cacheprovider", "--no-header", "--hypothesis-seed=0"),
    "--timeout=0",  # what is too slow is judged here, against the same tests without a mistake
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # hypothesis is loaded already
)


@dataclass(frozen=True, slots=True)
class Walks:
    """``lines``: by file, and by line as text, the tests; ``seconds``: by test.

    ``stamp`` stands for all sources and all tests.
    """

    lines: Mapping[str, Mapping[str, Sequence[str]]]
    seconds: Mapping[str, float]
    stamp: str

    def tests_of(self, mutant: Mutant, most_s: float, promising: Sequence[str] = ()) -> list[str]:
        """List the tests that walk over a mistake, for so many seconds.

        First the ``promising``, the last one first; then those whose file names what the mistake
        lies in; of them, and of the others, the quickest first. Of a mistake that only runs while
        the module is loaded all tests of the module may tell.
        """
        lines = self.lines.get(mutant.path.name, {})

        def walking(over: Iterable[int]) -> set[str]:
            return {test for line in over for test in lines.get(str(line), ())}

        found = walking(range(mutant.first, mutant.last + 1))
        wanted = mutant.names | {mutant.path.stem}
        named = {test for test in self.seconds if wanted & _words_in(test.partition("::")[0])}
        groups = [found & named, found - named]
        if not found:
            using = walking(mutant.uses)
            rest = {test for tests in lines.values() for test in tests}
            groups = [named, using - named, rest - using - named]
        last = {test: at for at, test in enumerate(promising)}
        order = [
            (-last.get(test, -1), at, self.seconds.get(test, 0.0), test)
            for at, group in enumerate(groups)
            for test in group
        ]
        chosen: list[str] = []
        spent = 0.0
        for *_, took, test in sorted(order):
            spent += took
            if chosen and spent > most_s:
                break
            chosen.append(test)
        return chosen


@lru_cache(maxsize=64)
def _words_in(path: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", Path(path).read_text("utf-8")))


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
    code = pytest.main([*PLAIN, *map(str, tests)], plugins=[noted])
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
