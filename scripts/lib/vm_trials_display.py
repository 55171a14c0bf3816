"""The trial of a display on a USB serial adapter that is pulled and plugged, under the daemon."""

import contextlib
from contextlib import AbstractContextManager

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


def display(stage: Stage) -> str:
    """Plug it in only after the start, press, pull it ten times at rest and once in mid-message."""
    car = stage.cars[1]
    with CableEnd(stage.machine.serial_line) as glass:
        path = _path_by_socket(stage)
        try:
            with stage.service() as service, stage.loopback(car), _lane(stage, path) as lane:
                first = _plug(stage, glass)
                glass.wait_for(_READY, 10)
                glass.press()
                glass.wait_for(f"{car.vin}\nOK", 180)
                glass.wait_for(_READY, 60)
                lane.warm()
                waits = [_pull_and_plug(stage, glass) for _ in range(_TIMES)]
                waits.append(_pull_in_mid_message(stage, glass))
                if garbled := glass.misunderstood:
                    raise TrialFailed(f"the display did not understand {garbled!r}")
                if (requests := len(service.requests())) != 1:  # both presses saw the same car
                    raise TrialFailed(f"{requests} requests for one car")
                health = lane.settle({"display": 1 + len(waits), "camera": 0})
        finally:
            with contextlib.suppress(Refused):
                stage.machine.pull(_ADAPTER)
    return f"{path}; first plugged {first:.1f} s, then {spread(waits)}; {health}"


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


def _pull_in_mid_message(stage: Stage, glass: CableEnd) -> float:
    """Pull as soon as the first bytes of a press's message arrive."""
    glass.press()
    glass.wait_for_bytes(10)
    _pull(stage, glass)
    seconds = _plug(stage, glass)
    glass.wait_for("\n", 10)
    glass.wait_for(_READY, 240)
    return seconds
