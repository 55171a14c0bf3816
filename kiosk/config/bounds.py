"""What a key takes, in words: its range with the unit, its closed list, its kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Annotated, get_args, get_origin

from kiosk.config.keys import choices_of, known_keys
from kiosk.config.problem import KeyPath
from kiosk.config.source import CameraSource

_UNITS = {"_s": "seconds", "_days": "days", "fps": "pictures a second"} | dict.fromkeys(
    ("width", "height"), "pixels"
)
_KINDS: dict[object, str] = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    Path: "absolute path",
    CameraSource: "text",
    bytes: "text in double quotes",
    str: "text",
    NoneType: "null",
}


@dataclass(frozen=True, slots=True)
class Range:
    """The bounds of a number, both included, with their unit (may be empty)."""

    least: float
    most: float
    unit: str

    def __str__(self) -> str:
        """Write it for a person: ``0.1 to 60 seconds``."""
        return f"{_number(self.least)} to {_number(self.most)} {self.unit}".rstrip()


def range_of(path: KeyPath) -> Range | None:
    """Give the bounds of a key's numbers; None where it takes none, or has no bounds."""
    info = known_keys().get(path)
    bounds = {
        name: getattr(limit, name)
        for limit in (info.metadata if info else ())
        for name in ("ge", "le")
        if hasattr(limit, name)
    }
    return Range(bounds["ge"], bounds["le"], unit_of(path)) if bounds else None


def unit_of(path: KeyPath) -> str:
    """Name the unit of a key's number; empty where it has none."""
    return next((word for end, word in _UNITS.items() if path[-1].endswith(end)), "")


def kind_of(path: KeyPath) -> str:
    """Name what a key takes: ``whole number``, ``absolute path or null``, ``json | xml``."""
    annotation = known_keys()[path].annotation
    choices = choices_of(path)
    if _is_closed(choices):
        return " | ".join(map(str, choices))
    if get_origin(annotation) is Mapping:
        return "names with values"
    kinds = [_bare(kind) for kind in choices or [annotation]]
    return " or ".join(_KINDS[kind] for kind in kinds)


def closed_list_of(path: KeyPath) -> list[object]:
    """Give the values a key is limited to, true and false among them; else an empty list."""
    if known_keys()[path].annotation is bool:
        return ["true", "false"]
    choices = choices_of(path)
    return choices if _is_closed(choices) else []


def _bare(kind: object) -> object:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _is_closed(choices: list[object]) -> bool:
    return bool(choices) and all(isinstance(choice, str | int) for choice in choices)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)
