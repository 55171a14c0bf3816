"""Trials of a display on a USB serial adapter that is pulled and plugged, under the daemon."""

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from vm_glass import CableEnd
from vm_guest import TrialFailed
from vm_journal import KERNEL
from vm_lane import UNIT, Running
from vm_stage import LOOPBACK, Stage
from vm_trials_loss import back_after, spread
from vm_wire import Refused

_TIMES = 10
_ADAPTER = "display"
_WHERE = {"bus": "usb.0", "port": "1", "chardev": "serial", "serial": "DISP01"}
_MODULES = "ftdi_sio usbserial"
_READY = "READY\nPRESS THE BUTTON"
# Of SCANNING's bytes: what is on a glass with a supply of its own once so many came through. The
# lower row is blanked first, then come the upper and the lower one, 24 bytes each.
_CUTS = {10: _READY, 34: "READY\n", 60: "SCANNING\n"}
_ON_THE_WAY = {"", "\n", "READY\n", _READY}  # to READY, on a glass that is initialised first
_QUESTION_S = 7  # the question of a scan that went unseen stands for 5 s


def display(stage: Stage) -> str:
    """Plug it in only after the start, press, pull it ten times at rest and once in mid-message."""
    with _display(stage) as (glass, lane, path):
        first = _first_scan(stage, glass)
        lane.warm()
        waits = [_pull_and_plug(stage, glass) for _ in range(_TIMES)]
        waits.append(_pull_as_a_message_begins(stage, glass))
        _must_be_understood(glass)
        health = lane.settle({"display": 1 + len(waits), "camera": 0})
    return f"{path}; first plugged {first:.1f} s, then {spread(waits)}; {health}"


def display_cut(stage: Stage) -> str:
    """Pull the plug in mid-message, of a display with its own supply; plug it in after the scan."""
    with _display(stage) as (glass, lane, _):
        _first_scan(stage, glass)
        _must_be_understood(glass)  # a row that was cut short is not
        lane.warm()
        waits = [_cut(stage, glass, count, left) for count, left in _CUTS.items()]
        health = lane.settle({"display": 1 + len(waits), "camera": 0})
    cuts = ", ".join(map(str, _CUTS))
    return f"cut after {cuts} bytes of 72: {spread(waits)}, nothing of the old scan; {health}"


@contextmanager
def _display(stage: Stage) -> Iterator[tuple[CableEnd, Running, str]]:
    """Run a lane whose display is not plugged in yet; its one car must cost one request."""
    with CableEnd(stage.machine.serial_line) as glass:
        path = _path_by_socket(stage)
        try:
            with (
                stage.service() as service,
                stage.loopback(stage.cars[1]),
                _lane(stage, path) as lane,
            ):
                yield glass, lane, path
                if (requests := len(service.requests())) != 1:  # all presses saw the same car
                    raise TrialFailed(f"{requests} requests for one car")
        finally:
            with contextlib.suppress(Refused):
                stage.machine.pull(_ADAPTER)


def _first_scan(stage: Stage, glass: CableEnd) -> float:
    first = _plug(stage, glass)
    glass.wait_for(_READY, 10)
    glass.press()
    glass.wait_for(f"{stage.cars[1].vin}\nOK", 180)
    glass.wait_for(_READY, 60)
    return first


def _must_be_understood(glass: CableEnd) -> None:
    if garbled := glass.misunderstood:
        raise TrialFailed(f"the display did not understand {garbled!r}")


def _lane(stage: Stage, path: str) -> AbstractContextManager[Running]:
    return stage.lane.running({"source": LOOPBACK, "width": 1920, "height": 1080, "fps": 15}, path)


def _path_by_socket(stage: Stage) -> str:
    """Learn the adapter's path as an installer would, then have the kernel forget its driver."""
    stage.machine.plug("usb-serial", _ADAPTER, **_WHERE)
    stage.guest.check("timeout 60 sh -c 'until [ -e /dev/ttyUSB0 ]; do sleep 0.2; done'")
    links = stage.guest.check("udevadm settle && ls /dev/serial/by-id/* /dev/serial/by-path/*")
    if "DISP01" not in links:
        raise TrialFailed(f"no link by the adapter's serial number: {links}")
    stage.machine.pull(_ADAPTER)
    stage.guest.check(f"udevadm settle && modprobe -r {_MODULES}")
    return next(link for link in links.split() if "by-path" in link)


def _plug(stage: Stage, glass: CableEnd) -> float:
    glass.power_cycle()
    return _plug_adapter(stage)


def _plug_adapter(stage: Stage) -> float:
    mark = stage.journal.mark()
    stage.machine.plug("usb-serial", _ADAPTER, **_WHERE)
    there = stage.journal.wait(KERNEL, "now attached to ttyUSB", mark, 60)
    return back_after(stage, there, mark, "display")


def _pull(stage: Stage, glass: CableEnd) -> None:
    mark = stage.journal.mark()
    stage.machine.pull(_ADAPTER)
    glass.power_cycle()
    stage.journal.wait(UNIT, "display lost", mark, 60)


def _pull_and_plug(stage: Stage, glass: CableEnd) -> float:
    _pull(stage, glass)
    seconds = _plug(stage, glass)
    glass.wait_for(_READY, 10)
    return seconds


def _pull_as_a_message_begins(stage: Stage, glass: CableEnd) -> float:
    """Pull as soon as the first bytes of a press's message arrive."""
    glass.press()
    glass.wait_for_bytes(10)
    _pull(stage, glass)
    seconds = _plug(stage, glass)
    glass.wait_for("\n", 10)
    glass.wait_for(_READY, 240)
    return seconds


def _cut(stage: Stage, glass: CableEnd, count: int, left: str) -> float:
    """Cut SCANNING short, let the scan end unseen; what comes back must be the state of then."""
    glass.cut_after(count)
    mark = stage.journal.mark()
    glass.press()
    shown = glass.wait_for_cut(10)
    stage.machine.pull(_ADAPTER)
    if shown != left:
        raise TrialFailed(f"{count} bytes leave {shown!r} on the glass, not {left!r}")
    stage.journal.wait(UNIT, "display lost", mark, 60)
    stage.journal.wait(UNIT, "already scanned", mark, 240)
    stage.guest.check(f"sleep {_QUESTION_S}")
    before = glass.mend()
    seconds = _plug_adapter(stage)
    glass.wait_for(_READY, 10, since=before)
    if old := set(glass.seen_since(before)) - _ON_THE_WAY:
        raise TrialFailed(f"the glass showed {old} after the scan was over")
    return seconds
