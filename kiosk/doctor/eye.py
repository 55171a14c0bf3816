"""The camera: opens, gives pictures of the size and pace asked for, bright, sharp, with a label."""

import math
from collections.abc import Iterator
from shlex import quote

from kiosk.camera import Camera
from kiosk.camera.opening import camera_for
from kiosk.camera.v4l2 import V4l2Camera
from kiosk.clock import Clock
from kiosk.config.schema import Camera as CameraConfig
from kiosk.config.source import SourceKind
from kiosk.doctor.daemon import Daemon
from kiosk.doctor.finding import Finding, fail, ok, unknown, warn
from kiosk.doctor.light import light_of
from kiosk.doctor.machine import Machine
from kiosk.doctor.sharpness import edge_blur, is_blurred, words_for_blur
from kiosk.doctor.unit import unit_name
from kiosk.doctor.usb import camera_nodes
from kiosk.doctor.watching import Watched, watch
from kiosk.errors import CameraError
from kiosk.model import Image, Reading, Verdict
from kiosk.vision.prefilter import Prefilter

_SLOW = 0.7  # of the pace asked for
_CHARACTERS = 19  # of a VIN's symbol, start and stop included
_CHARACTER = 14.5  # narrow bars wide, with its gap: 13 to 16 by the ratio of wide to narrow
_THIN_PX = 1.6  # a narrow bar below this is hardly ever read


def camera_findings(
    machine: Machine, camera: CameraConfig, clock: Clock, device: Camera | None = None
) -> Iterator[Finding]:
    """Watch the camera for a moment and judge what it shows.

    ``device`` is what the daemon would open for this configuration, where nothing else is given.
    """
    device = device or camera_for(camera, clock)
    try:
        watched = watch(device, clock)
    except CameraError as error:
        yield fail(str(error), _what_to_try(machine, camera))
        return
    yield _pace(camera, watched)
    if isinstance(device, V4l2Camera) and device.complaints:
        yield warn(f"it refused: {'; '.join(device.complaints)}", _settings(camera))
    if watched.damaged:
        words = f"{watched.damaged} of its last pictures arrived damaged"
        yield warn(words, "use a shorter cable, or another USB socket; no hub")
    yield from picture_findings(watched.pictures)


def busy_findings(lane: str, daemon: Daemon) -> Iterator[Finding]:
    """Say what the running lane says of the camera that it has to itself."""
    said = daemon.says("camera")
    if said not in {"ok", ""}:
        yield fail(f"the running lane says: {said}", f"journalctl -u {unit_name(lane)} -n 50")
        return
    known = "gives pictures to" if said else "is held by"
    unit = unit_name(lane)
    again = f"sudo vin-kiosk doctor --lane {lane}"
    full = f"sudo systemctl stop {unit}\n{again}\nsudo systemctl start {unit}"
    yield ok(f"{known} the running lane")
    yield unknown("the running lane has the camera; to see its sharpness:", full, about="sharpness")


def picture_findings(pictures: tuple[Image, ...]) -> Iterator[Finding]:
    """Judge light, sharpness and the label in view, in grey pictures (H×W uint8), newest last."""
    yield _light(pictures[-1])
    blurs = [blur for picture in pictures if (blur := edge_blur(picture)) is not None]
    yield _sharpness(min(blurs, default=None))  # of several, since one may have been shaken
    yield _label(Prefilter().examine(pictures[-1]))


def _pace(camera: CameraConfig, watched: Watched) -> Finding:
    pace = f" at {watched.fps:.1f} pictures a second" if watched.fps else ""
    words = f"{camera.source} gives {watched.size}{pace}"
    slow = watched.fps is not None and watched.fps < _SLOW * camera.fps
    if slow and camera.source.kind is SourceKind.DEVICE:
        words = f"{words}, not the {camera.fps:g} asked for: dim light makes a camera slow"
        return warn(words, f"give it more light, or ask for another pace:\n{_settings(camera)}")
    return ok(words)


def _settings(camera: CameraConfig) -> str:
    return f"v4l2-ctl --device {quote(camera.source.path)} --list-formats-ext --list-ctrls-menus"


def _light(picture: Image) -> Finding:
    light = light_of(picture)
    words = (
        f"mean {light.mean:.0f} of 255, the brightest parts {light.bright:.0f}; "
        f"{light.white:.0%} is plain white"
    )
    if light.is_too_dark:
        return warn(
            f"too dark: {words}",
            "turn the lane's light on, or take the lens cap off",
            about="lighting",
        )
    if light.is_blown_out:
        return warn(
            f"blown out: {words}",
            "turn the lamp or the camera aside, or shade the sun",
            about="lighting",
        )
    return ok(words, about="lighting")


def _sharpness(blur: float | None) -> Finding:
    if blur is None:
        return unknown(
            "nothing with clear edges is in view", "hold a label into the view", about="sharpness"
        )
    words = f"{words_for_blur(blur)}: edges are {blur:.1f} px soft (0 is best, from 2.2 on bad)"
    if is_blurred(blur):
        return warn(
            words, "turn the lens until this number is smallest; wipe it", about="sharpness"
        )
    return ok(words, about="sharpness")


def _label(reading: Reading) -> Finding:
    bars = _narrow_bar(reading)
    size = f"; its narrow bars are about {bars:.1f} px wide" if bars else ""
    if bars and bars < _THIN_PX:
        words = f"a label is in view, but too small{size}"
        return warn(words, "bring the camera nearer, or ask for a larger picture", about="label")
    if reading.verdict is Verdict.NONE:
        return unknown("none in view", "hold a VIN label where a car's will be", about="label")
    if reading.two_labels:
        return warn("two labels are in view", "show one label at a time", about="label")
    if reading.verdict is Verdict.UNREAD:
        words = f"one is in view, but cannot be read surely{size}"
        return warn(words, "mind light and sharpness, and hold it straighter", about="label")
    what = {
        Verdict.VIN: "a VIN is read surely",
        Verdict.NOT_VIN: "a Code 39 that is no VIN is read",
    }
    return ok(
        f"{what.get(reading.verdict, 'a barcode, but no Code 39, is read')}{size}", about="label"
    )


def _narrow_bar(reading: Reading) -> float | None:
    """Estimate how many pixels a narrow bar of a Code 39 has; good to a tenth."""
    if reading.quad is None or reading.symbology != "code39":
        return None
    characters = len(reading.text) + 2 if reading.text else _CHARACTERS
    upper_left, upper_right, _, _ = reading.quad
    return math.dist(upper_left, upper_right) / (characters * _CHARACTER)


def _what_to_try(machine: Machine, camera: CameraConfig) -> str:
    if camera.source.kind is SourceKind.STREAM:
        return f"see whether it plays: ffplay {quote(str(camera.source))}"
    if camera.source.kind is not SourceKind.DEVICE:
        return f"ls -l {quote(camera.source.path)}"
    there = [node.by_path or node.path for node in camera_nodes(machine)]
    if camera.source.path in there:
        return f"sudo fuser -v {quote(camera.source.path)}   # who has it"
    lines = [f"write camera.source: {name}" for name in there]
    return "\n".join(lines) or "plug the camera in, then: ls -l /dev/v4l/by-path"
