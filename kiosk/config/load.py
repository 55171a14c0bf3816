"""A lane's file into its typed configuration, or into every mistake that is in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from pydantic import ValidationError

from kiosk.config.document import Document
from kiosk.config.explain import explain
from kiosk.config.overrides import lay_over
from kiosk.config.parse import parse
from kiosk.config.problem import KeyPath, Place, Problem
from kiosk.config.schema import Camera, LaneConfig, Section, Station, Trigger
from kiosk.config.schema_trigger import about_button
from kiosk.config.serial_lines import doubly_named
from kiosk.config.source import SourceKind
from kiosk.errors import ConfigError

_Kind = TypeVar("_Kind", bound=Section)
_SOURCE = frozenset({("source",), ("camera", "source")})
_NOT_A_MEMBER = (
    "; lanes are used by root and by members of the group vin-kiosk: "
    "`sudo adduser $USER vin-kiosk`, then log in again"
)
_MAX_BYTES = 256 * 1024  # the example with all its comments is a fiftieth of this


@dataclass(frozen=True, slots=True)
class Examination:
    """What became of a file: a configuration, or the problems in the order of their lines.

    ``origins`` tells where each value that was given stands; all else is a default. ``values`` is
    what the text says, as far as it can be understood, right or wrong.
    """

    config: LaneConfig | None
    problems: tuple[Problem, ...]
    origins: Mapping[KeyPath, Place] = field(default_factory=lambda: MappingProxyType({}))
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


def load_config(
    path: Path, overrides: Sequence[str] = (), *, lane: str | None = None
) -> LaneConfig:
    """Load a lane's file with ``--set`` options over it; ``lane`` is the name it must bear.

    Raises ConfigError with one line for each mistake.
    """
    examination = examine(path, overrides, lane=lane)
    if examination.config is None:
        raise ConfigError([str(problem) for problem in examination.problems])
    return examination.config


def examine(path: Path, overrides: Sequence[str] = (), *, lane: str | None = None) -> Examination:
    """Look at a lane's file as a whole; nothing that a file can hold raises."""
    text = _read(path)
    if isinstance(text, Problem):
        return Examination(None, (text,))
    document = parse(text, str(path))
    lay_over(document, overrides)
    config = _validate(document)
    if config and lane and config.lane != lane:
        words = f"must be {lane}: the file's name and the lane's are one"
        document.report(document.place_of(("lane",)), ("lane",), words)
    if document.problems or config is None:
        problems = tuple(sorted(document.problems, key=_in_order))
        return Examination(None, problems, values=MappingProxyType(document.values or {}))
    return Examination(
        config, (), MappingProxyType(document.origins()), MappingProxyType(document.values or {})
    )


def _validate(document: Document) -> LaneConfig | None:
    if document.values is None:
        return None
    try:
        config = LaneConfig.model_validate(document.values)
    except ValidationError as error:
        explain(error, document)
        config = None
    _compare_sections(document, document.values)
    _compare_lines(document, document.values)
    return config


def _compare_sections(document: Document, values: dict[str, object]) -> None:
    """Report contradictions between sound sections, whatever else is wrong in the file."""
    camera = _sound(Camera, values.get("camera"))
    trigger = _sound(Trigger, values.get("trigger", {}))
    if camera is None or trigger is None or not _SOURCE.isdisjoint(document.reported):
        return  # nothing is held against a source that was not meant as it stands
    folder = camera.source.kind is SourceKind.FOLDER
    if folder and trigger.mode != "arrival":
        words = "must be arrival where camera.source is folder:PATH"
    elif trigger.mode == "arrival" and not folder:
        words = "arrival needs a camera.source of folder:PATH"
    else:
        return
    path = ("trigger", "mode")
    document.report(document.place_of(path), path, words)


def _compare_lines(document: Document, values: dict[str, object]) -> None:
    """Report lines and a button that cannot be used together, or not with the trigger's mode."""
    station = _sound(Station, values.get("station", {}))
    trigger = _sound(Trigger, values.get("trigger", {}))
    if station is None:
        return
    if trigger and (found := about_button(trigger.button, station.port)):
        key, words = found
        at = ("trigger", "button", key)
        document.report(document.place_of(at), at, words)
    if both := doubly_named(station):
        first, second = both
        path = tuple(second.key.split("."))
        words = f"names the same device as {first.key}; each needs a port of its own"
        document.report(document.place_of(path), path, words)
    if trigger and trigger.mode == "arrival" and station.scanner.port is not None:
        path = ("station", "scanner", "port")
        words = "a lane that scans what arrives in a folder has no hand scanner: write null"
        document.report(document.place_of(path), path, words)


def _sound(section: type[_Kind], values: object) -> _Kind | None:
    try:
        return section.model_validate(values)
    except ValidationError:
        return None


def _read(path: Path) -> str | Problem:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        reason = (error.strerror if isinstance(error, OSError) else None) or "not a usable path"
        if isinstance(error, PermissionError):
            reason += _NOT_A_MEMBER
        return Problem(Place(str(path)), None, f"cannot be read: {reason}")
    if len(data) > _MAX_BYTES:
        return Problem(Place(str(path)), None, f"is too large (over {_MAX_BYTES // 1024} KiB)")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Problem(Place(str(path), line), None, "is not UTF-8 text: save it as UTF-8")


def _in_order(problem: Problem) -> tuple[bool, int]:
    """Sort by line; what concerns the file as a whole first, ``--set`` last."""
    return problem.place.source.startswith("--set"), problem.place.line or 0
