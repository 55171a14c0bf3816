"""The GPIO chips of this machine through libgpiod: found by label, for numbers move.

On a Pi 5 the pins of the header are on another chip than on a Pi 4, and its number changed with a
kernel; the labels did neither. Line n of that chip is BCM's GPIO n on every model.
"""

import errno
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import gpiod
from gpiod.line import Bias, Clock, Direction, Value
from gpiod.line import Edge as EdgeKind

from kiosk.errors import ButtonError
from kiosk.triggers.gpio import GpioEdge

PI_HEADERS = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")
"""The labels of the chip with the header's pins: Pi 5, Pi 4, older ones."""

_DEVICES = Path("/dev")
_NAMED = re.compile(r"GPIO(\d+)")
_FORBIDDEN = (
    "no permission for {path}: add the user to group gpio, then start again; where {path} "
    "belongs to no such group see 70-vin-kiosk.rules.example"
)
_NO_LINE = "chip {label} has no line {line}: correct trigger.button.line"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line is: the chip's path, the line's number on it."""

    path: str
    offset: int


class RequestedLine:
    """A line that is ours until closed."""

    def __init__(self, place: Place, *, active_high: bool) -> None:
        """Request it as an input, pulled to where nobody presses; raises ButtonError."""
        settings = gpiod.LineSettings(
            direction=Direction.INPUT,
            edge_detection=EdgeKind.BOTH,
            bias=Bias.PULL_DOWN if active_high else Bias.PULL_UP,
            active_low=not active_high,
            event_clock=Clock.MONOTONIC,
        )
        self._offset = place.offset
        try:
            self._request = gpiod.request_lines(
                place.path, consumer="vin-kiosk", config={place.offset: settings}
            )
        except OSError as error:
            raise ButtonError(_refusal(error, place)) from error
        except ValueError as error:
            words = f"{place.path} has no line {place.offset}: correct trigger.button.line"
            raise ButtonError(words) from error

    def fileno(self) -> int:
        """Return the descriptor to poll for edges."""
        return self._request.fd

    def edges(self) -> list[GpioEdge]:
        """Return the edges that wait; raises OSError."""
        if not self._request.wait_edge_events(0.0):
            return []
        return [
            GpioEdge(event.event_type is event.Type.RISING_EDGE, event.timestamp_ns / 1e9)
            for event in self._request.read_edge_events()
        ]

    def is_active(self) -> bool:
        """Look at the line; raises OSError."""
        return self._request.get_value(self._offset) is Value.ACTIVE

    def close(self) -> None:
        """Let go of the line."""
        with suppress(OSError):
            self._request.release()


def find_line(chip: str | None, line: str) -> Place:
    """Find ``line`` (a name, or a number) on the chip with that label or path.

    Without ``chip`` it is the one with a Pi's header. Raises ButtonError.
    """
    path, label = _find_chip(chip)
    try:
        with gpiod.Chip(path) as found:
            return Place(path, found.line_offset_from_id(int(line) if line.isdigit() else line))
    except ValueError as error:  # the library's word for a number beyond the last line
        raise ButtonError(_NO_LINE.format(label=label, line=line)) from error
    except OSError as error:
        named = _NAMED.fullmatch(line)
        if error.errno == errno.ENOENT and named and label in PI_HEADERS:
            return Place(path, int(named[1]))  # its lines have other names on some kernels
        words = _NO_LINE.format(label=label, line=line)
        if error.errno not in {errno.ENOENT, errno.EINVAL}:
            words = _refusal(error, Place(path, 0))
        raise ButtonError(words) from error


def _find_chip(chip: str | None) -> tuple[str, str]:
    wanted = PI_HEADERS if chip is None else (chip,)
    there = list(_chips())
    for path, label in there:
        if label in wanted or path == chip:
            return path, label
    if (shut := _shut()) is not None:
        raise ButtonError(_FORBIDDEN.format(path=shut))
    names = ", ".join(label for _, label in there) or "none"
    what = "with a Pi's header" if chip is None else f"called {chip}"
    raise ButtonError(f"there is no GPIO chip {what} (there: {names}): correct trigger.button.chip")


def _chips() -> Iterator[tuple[str, str]]:
    for path in sorted(map(str, _DEVICES.glob("gpiochip*"))):
        with suppress(OSError), gpiod.Chip(path) as chip:
            yield path, chip.get_info().label


def _shut() -> str | None:
    """Find a chip that this user may not open."""
    for path in sorted(_DEVICES.glob("gpiochip*")):
        try:
            path.open("rb").close()
        except PermissionError:
            return str(path)
        except OSError:
            continue
    return None


def _refusal(error: OSError, place: Place) -> str:
    if error.errno == errno.EBUSY:
        return (
            f"line {place.offset} of {place.path} is in use by another program: stop it, or take "
            "another line in trigger.button.line"
        )
    if error.errno in {errno.EACCES, errno.EPERM}:
        return _FORBIDDEN.format(path=place.path)
    return f"line {place.offset} of {place.path} cannot be used ({error.strerror})"
