"""Tries mistakes in a program that is loaded already: nothing is imported or collected anew.

A process collects all tests once; for each mistake a child of it gets the functions that hold the
mistake in place of the right ones, and runs the tests. That is not possible for what runs while a
module is loaded: such mistakes, and those in functions that were called meanwhile, are given back.
"""

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Protocol

import pytest
from mutation_points import Mutant

_OPTIMIZED = 0x1  # of a code's flags: it is a function's, and no class's or module's


class Watch(Protocol):
    """A plugin that hears of tests."""

    @property
    def has_failed(self) -> bool:
        """Tell whether a test has."""


class Loaded:
    """A session of pytest that has collected; ``run`` is to be called in a child of its process."""

    def __init__(self, session: pytest.Session, called: frozenset[CodeType]) -> None:
        """Look at what is loaded; ``called`` is what ran meanwhile."""
        self._session = session
        self._items = {item.nodeid: item for item in session.items}
        self._called = called
        self._functions: dict[CodeType, list[FunctionType]] = {}
        for one in gc.get_objects():
            if type(one) is FunctionType:
                self._functions.setdefault(one.__code__, []).append(one)
        gc.freeze()  # a child does not go over, and so copy, what is there for good

    def can_hold(self, mutant: Mutant) -> bool:
        """Tell whether the mistake lies in functions alone, none of which was called yet."""
        return self._replacing(mutant) is not None

    def put(self, mutant: Mutant) -> None:
        """Put the mistake into the program, for as long as this process lives."""
        for function, code in self._replacing(mutant) or ():
            function.__code__ = code

    def run(self, tests: Sequence[str], watch: Watch) -> int:
        """Run tests until one fails; return an exit code."""
        self._session.config.pluginmanager.register(watch)
        items = [self._items[test] for test in tests]
        for item, after in zip(items, [*items[1:], None], strict=True):
            self._session.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if watch.has_failed:
                return 1
        return 0

    def _replacing(self, mutant: Mutant) -> list[tuple[FunctionType, CodeType]] | None:
        """List the functions, each with its new code; None where that is not all."""
        found = []
        mistaken = compile(mutant.source(), str(mutant.path), "exec", dont_inherit=True)
        for old, new in _differing(_right(mutant.path), mistaken):
            functions = [
                one
                for one in self._functions.get(old, ())
                if Path(one.__code__.co_filename) == mutant.path
            ]
            if not functions or old in self._called or old.co_freevars != new.co_freevars:
                return None
            found += [(function, new) for function in functions]
        return found or None


@lru_cache(maxsize=64)
def _right(path: Path) -> CodeType:
    return compile(path.read_text("utf-8"), str(path), "exec", dont_inherit=True)


def _differing(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Give the outermost functions that differ; of a module or a class all that it runs itself."""
    if old == new:
        return
    inner = [[one for one in code.co_consts if isinstance(one, CodeType)] for code in (old, new)]
    if old.co_flags & _OPTIMIZED or _itself(old) != _itself(new) or len(inner[0]) != len(inner[1]):
        yield old, new
        return
    for one, other in zip(*inner, strict=True):
        yield from _differing(one, other)


def _itself(code: CodeType) -> tuple[object, ...]:
    """Give what a code does, without what is defined in it and where it stands."""
    consts = [repr(one) for one in code.co_consts if not isinstance(one, CodeType)]
    return code.co_code, consts, code.co_names, code.co_varnames, code.co_exceptiontable


class Bench:
    """A plugin that, in place of running the collected tests, does ``work`` with them."""

    def __init__(self, work: Callable[[Loaded], None]) -> None:
        self._work = work
        self._called: set[CodeType] = set()
        sys.setprofile(self._note)

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            self._called.add(frame.f_code)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Do the work."""
        sys.setprofile(None)
        self._work(Loaded(session, frozenset(self._called)))
        os._exit(0)
