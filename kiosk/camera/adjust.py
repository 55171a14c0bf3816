"""Set a camera's controls as the lane's file says, and name what the camera refused."""

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from kiosk.camera import videodev2 as v4l2
from kiosk.camera.controls import Control, raise_if_gone, read_control, read_controls
from kiosk.camera.node import VideoNode

_SWITCHES = ("boolean", "menu")
_SILENT = "it does not answer"
_RULED = "an automatic control rules it: switch that off"


@dataclass(frozen=True, slots=True)
class _Wish:
    control: Control
    value: int


def adjust(node: VideoNode, asked: Mapping[str, int | str]) -> tuple[str, ...]:
    """Set the controls, read them back, and return a sentence for each that is not as asked.

    Raises OSError only for a device that is gone.
    """
    if not asked:
        return ()
    there = {control.name: control for control in read_controls(node)}
    wishes, complaints = _wishes(asked, there, node.silent)
    if node.silent and not all(name in there for name in asked):
        complaints.append("one of the camera's controls does not answer and hides those behind it")
    # Exposure, focus and white balance obey only once their automatic is off: switches first, and
    # what was refused is tried again after all others.
    wishes.sort(key=lambda wish: wish.control.kind not in _SWITCHES)
    again = [wish for wish in wishes if _refusal(node, wish)]
    refused = {wish.control.name: _refusal(node, wish) for wish in again}
    for wish in wishes:
        complaints += _read_back(node, wish, refused.get(wish.control.name))
    return tuple(complaints)


def _wishes(
    asked: Mapping[str, int | str], there: Mapping[str, Control], silent: Collection[int]
) -> tuple[list[_Wish], list[str]]:
    wishes, complaints, unknown = [], [], []
    for name, value in asked.items():
        control = there.get(name)
        if control is None:
            unknown.append(_unknown(name, list(there)))
        elif control.number in silent:
            complaints.append(_unanswered(name))
        elif control.read_only:
            complaints.append(f"control {name} cannot be set")
        elif (number := control.number_for(value)) is None:
            complaints.append(f"control {name} takes {control.range}, not {_written(value)}")
        else:
            wishes.append(_Wish(control, number))
    if unknown:
        unknown[-1] += f" (the camera has {', '.join(there) or 'no controls'})"
    return wishes, unknown + complaints


def _unknown(name: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1)
    return f"control {name} is unknown" + (f", did you mean {near[0]}?" if near else "")


def _unanswered(name: str) -> str:
    return f"control {name} is not known to be as asked ({_SILENT})"


def _written(value: int | str) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refusal(node: VideoNode, wish: _Wish) -> str | None:
    """Set it; returns why the driver refused."""
    number = wish.control.number
    if number in node.silent:
        return _SILENT
    try:
        node.ask(v4l2.S_CTRL, number, wish.value)
    except OSError as error:
        raise_if_gone(error, node, number)
        return _SILENT if number in node.silent else str(error.strerror)
    return None


def _read_back(node: VideoNode, wish: _Wish, refusal: str | None) -> list[str]:
    now = _read_again(node, wish.control)
    if now.number in node.silent:
        return [_unanswered(now.name)]
    if now.value is None:  # one that can only be written
        return [f"control {now.name} was refused ({refusal})"] if refusal else []
    if now.value == wish.value:
        return [f"control {now.name} has no effect now ({_RULED})"] if now.inactive else []
    reason = _RULED if now.inactive else refusal
    said = f"control {now.name} is {now.words(now.value)}, asked {now.words(wish.value)}"
    return [said + (f" ({reason})" if reason else "")]


def _read_again(node: VideoNode, control: Control) -> Control:
    if control.number in node.silent:
        return control
    try:
        return read_control(node, control.number)
    except OSError as error:
        raise_if_gone(error, node, control.number)
        return replace(control, value=None)
