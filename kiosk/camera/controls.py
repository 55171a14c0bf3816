"""A camera's controls (focus, exposure, mains frequency …), by the names v4l2-ctl prints."""

import errno
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from kiosk.camera import videodev2 as v4l2
from kiosk.camera.node import KERNEL, Kernel, VideoNode, opened
from kiosk.camera.troubles import in_words

_SETTABLE = ("integer", "boolean", "menu", "integer_menu", "bitmask")
_MENUS = ("menu", "integer_menu")
# Of a camera that is gone; any other error is of one control, and no reason to do without pictures.
_GONE = (errno.ENODEV, errno.ENXIO, errno.ESHUTDOWN)
_SILENT_MAX = 1  # each costs 5 s: more are a sick camera, and its owner's lease would run out


@dataclass(frozen=True, slots=True)
class Control:
    """A control as the driver describes it; ``value`` is None where it cannot be read.

    ``menu`` maps the numbers of a menu's entries to their words. ``inactive`` controls have no
    effect now: an automatic one rules them.
    """

    number: int
    name: str
    kind: str
    minimum: int
    maximum: int
    step: int
    default: int
    value: int | None
    menu: Mapping[int, str]
    inactive: bool
    read_only: bool

    def words(self, value: int | None) -> str:
        """Write a value as one configures it."""
        if self.kind == "boolean" and value is not None:
            return "true" if value else "false"
        return str(value) if value is None else self.menu.get(value, str(value))

    @property
    def range(self) -> str:
        """Tell what it takes."""
        if self.kind in _MENUS:
            return f"one of: {', '.join(self.menu.values())}"
        if self.kind == "boolean":
            return "true or false"
        steps = f" in steps of {self.step}" if self.step > 1 else ""
        return f"a number from {self.minimum} to {self.maximum}{steps}"

    def number_for(self, value: int | str) -> int | None:
        """Turn a configured value into the driver's number; None for what it cannot be."""
        if self.kind in _MENUS:
            return self._entry_for(value)
        if isinstance(value, str) or (isinstance(value, bool) and self.kind != "boolean"):
            return None
        return int(value) if self.minimum <= value <= self.maximum else None

    def _entry_for(self, value: int | str) -> int | None:
        if isinstance(value, str):
            named = (entry for entry, words in self.menu.items() if _plain(words) == _plain(value))
            return next(named, None)
        return None if isinstance(value, bool) or value not in self.menu else value


def fold(name: str) -> str:
    """Write a driver's name as v4l2-ctl does: ``Gain, Automatic`` → ``gain_automatic``."""
    return re.sub(r"[^a-z0-9]+", "_", name.translate(_LOWER)).strip("_")


_LOWER = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def _plain(words: str) -> str:
    return "".join(words.casefold().split())


def raise_if_gone(error: OSError, node: VideoNode, number: int) -> None:
    """Raise an error that is of the whole camera, not of the control ``number`` alone.

    A control that timed out is noted as silent (``node.silent``); it is not asked again.
    """
    if error.errno in _GONE:
        raise error
    if error.errno == errno.ETIMEDOUT:
        node.silent.add(number)
        if len(node.silent) > _SILENT_MAX:
            raise error


def list_controls(path: str, kernel: Kernel = KERNEL) -> tuple[Control, ...]:
    """List the controls of the device at ``path``. Raises CameraError."""
    with in_words(path, kernel), opened(path, kernel) as node:
        return read_controls(node)


def read_controls(node: VideoNode) -> tuple[Control, ...]:
    """List the controls of an open device. Raises OSError."""
    return tuple(_described(node, fields) for fields in _queried(node))


def read_control(node: VideoNode, number: int) -> Control:
    """Read one control again: its value, and whether it has effect. Raises OSError."""
    return _described(node, node.ask(v4l2.QUERY_EXT_CTRL, number))


def _queried(node: VideoNode) -> Iterator[tuple[Any, ...]]:
    number = 0
    while True:
        try:
            fields = node.ask(v4l2.QUERY_EXT_CTRL, number | v4l2.CONTROL_NEXT)
        except OSError as error:
            raise_if_gone(error, node, number | v4l2.CONTROL_NEXT)
            return  # no more, none at all, or a faulty one that hides those behind it
        if fields[0] <= number:  # a driver that does not go on would never end
            return
        number = fields[0]
        if v4l2.CONTROL_KINDS.get(fields[1]) != "class" and not fields[7] & v4l2.CONTROL_DISABLED:
            yield fields


def _described(node: VideoNode, fields: tuple[Any, ...]) -> Control:
    number, kind, name, minimum, maximum, step, default, flags = fields
    words = v4l2.CONTROL_KINDS.get(kind, "other")
    return Control(
        number=number,
        name=fold(v4l2.text_of(name)),
        kind=words,
        minimum=minimum,
        maximum=maximum,
        step=step,
        default=default,
        value=_value(node, number) if words in _SETTABLE else None,
        menu=_menu(node, number, words, range(minimum, maximum + 1)),
        inactive=bool(flags & v4l2.CONTROL_INACTIVE),
        read_only=bool(flags & v4l2.CONTROL_READ_ONLY) or words not in _SETTABLE,
    )


def _value(node: VideoNode, number: int) -> int | None:
    try:
        return int(node.ask(v4l2.G_CTRL, number)[1])
    except OSError as error:
        raise_if_gone(error, node, number)
        return None  # one that can only be written, or that the camera answers wrongly


def _menu(node: VideoNode, number: int, kind: str, entries: range) -> Mapping[int, str]:
    menu: dict[int, str] = {}
    for entry in entries if kind in _MENUS else ():
        try:
            _, _, words = node.ask(v4l2.QUERYMENU, number, entry)
        except OSError as error:
            raise_if_gone(error, node, number)
            if number in node.silent:
                break
            continue  # menus have gaps
        amount = int.from_bytes(words[:8], "little", signed=True)
        menu[entry] = str(amount) if kind == "integer_menu" else v4l2.text_of(words)
    return MappingProxyType(menu)
