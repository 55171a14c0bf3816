"""Where the prefilter's time goes: a meter at the doors between the rooms of kiosk.vision."""

import functools
import importlib
import pkgutil
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any

import kiosk.vision

_PACKAGE = kiosk.vision.__name__
_STAGES = {
    "locate": "locate",
    "bars": "locate",
    "tensor": "locate",
    "patches": "locate",
    "cells": "locate",
    "cuts": "locate",
    "survey": "prefilter",
    "beside": "locate",
    "rectify": "rectify",
    "track": "rectify",
    "windows": "rectify",
    "lines": "rectify",
    "reach": "rectify",
    "runs": "rectify",
    "parts": "rectify",
    "look": "read",
    "judge": "read",
    "symbols": "read",
    "profile": "read",
    "decode": "read",
    "walk": "read",
    "candidates": "read",
    "margins": "read",
    "quiet": "read",
    "ends": "read",
    "grid": "read",
    "refine": "read",
    "blur": "crop",
    "templates": "read",
    "confidence": "read",
    "readers": "read, libraries",
    "trials": "crop",
    "crop": "crop",
    "proof": "crop",
    "foreign": "foreign",
    "prefilter": "prefilter",
}
UNSEEN = frozenset({"header", "picture"})
"""Rooms that a picture passes before the prefilter sees it."""

STAGES = tuple(dict.fromkeys(_STAGES.values()))
"""The stages, in the order of a picture's way; a room not known here counts by its name."""


class StageMeter:
    """Adds up processor time (s) by stage: each room's own, without the rooms it calls."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._rooms = [_PACKAGE]
        self._since = time.process_time()

    @contextmanager
    def within(self, room: str) -> Iterator[None]:
        """Book what is done inside on ``room``, but for what it calls of others."""
        self._account()
        self._rooms.append(room)
        try:
            yield
        finally:
            self._account()
            self._rooms.pop()

    def _account(self) -> None:
        now = time.process_time()
        name = self._rooms[-1].removeprefix(f"{_PACKAGE}.")
        if name != _PACKAGE:
            self.seconds[_STAGES.get(name, name)] += now - self._since
        self._since = now


@contextmanager
def metered() -> Iterator[StageMeter]:
    """Put the meter at every function that one room of kiosk.vision may call of another."""
    meter = StageMeter()
    modules = [
        importlib.import_module(f"{_PACKAGE}.{found.name}")
        for found in pkgutil.iter_modules(kiosk.vision.__path__)
    ]
    kept = [(module, name, value) for module in modules for name, value in _doors_of(module)]
    wrapped: dict[int, Callable[..., Any]] = {}
    for module, name, value in kept:
        door = wrapped.setdefault(id(value), _watched(value, meter))
        setattr(module, name, door)
    try:
        yield meter
    finally:
        for module, name, value in kept:
            setattr(module, name, value)


def _doors_of(module: ModuleType) -> Iterator[tuple[str, FunctionType]]:
    """Yield the functions of other rooms that ``module`` holds, and those it offers."""
    for name, value in list(vars(module).items()):
        if not isinstance(value, FunctionType) or not value.__module__.startswith(_PACKAGE):
            continue
        if value.__module__ != module.__name__ or not name.startswith("_"):
            yield name, value


def _watched(function: FunctionType, meter: StageMeter) -> Callable[..., Any]:
    @functools.wraps(function)
    def watched(*args: Any, **kwargs: Any) -> Any:
        with meter.within(function.__module__):
            made = function(*args, **kwargs)
        return _drawn(made, function.__module__, meter) if isinstance(made, Generator) else made

    return watched


def _drawn(made: Generator[Any, Any, Any], room: str, meter: StageMeter) -> Iterator[Any]:
    """Pass on what a generator yields; its work is done whenever it is asked for more."""
    try:
        while True:
            with meter.within(room):
                try:
                    value = next(made)
                except StopIteration:
                    return
            yield value
    finally:
        with meter.within(room):
            made.close()
