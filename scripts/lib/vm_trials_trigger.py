"""Trials of buttons under the daemon: a USB keyboard, a port's modem lines, a GPIO line."""

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from vm_glass import CableEnd
from vm_guest import TrialFailed, until
from vm_journal import KERNEL
from vm_lane import LANE, UNIT, Running
from vm_stage import SOURCES, VIVID, Stage
from vm_trials_loss import back_after, spread
from vm_wire import Refused

_TIMES = 3
_CAMERA = {"source": VIVID, "width": 640, "height": 360, "fps": 5}
_KEYBOARD = {"bus": "usb.0", "port": "2", "serial": "BUTTON01"}
_ADAPTER = {"bus": "usb.0", "port": "3", "chardev": "serial", "serial": "MODEM01"}
_GPIO_DRIVER = "/sys/bus/platform/drivers/vm_gpio"
_GPIO_LINE = 17
_RULE = "70-vin-kiosk.rules"
_STUCK_S = 60
# RTS of a 16550 in its own loop is its CTS: a finger on a contact between the two.
_FINGER = (
    "import fcntl, os, struct, sys, termios, time; "
    "fd = os.open('/dev/ttyS1', os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK); "
    "put = lambda bits: fcntl.ioctl(fd, termios.TIOCMSET, struct.pack('i', 0x8000 | bits)); "
    "put(0); time.sleep(0.5); put(termios.TIOCM_RTS); time.sleep(float(sys.argv[1])); put(0); "
    "time.sleep(0.5)"
)


def button_key(stage: Stage) -> str:
    """Plug a keyboard in after the start, press, hold and pull it; nobody else hears its keys."""
    device = _plugged_once(stage)
    try:
        with _lane(stage, {"source": "key", "device": device}) as lane:
            first = _plug_keyboard(stage)
            lane.warm()
            _scans(stage, lambda: _type(stage, 0.05))
            _scans(stage, lambda: _type(stage, 2.0))  # repeats, and is one press
            _must_be_grabbed(stage, device)
            waits = []
            for _ in range(_TIMES):
                mark = stage.journal.mark()
                stage.machine.pull("button")
                stage.journal.wait(UNIT, "button lost", mark, 60)
                waits.append(_plug_keyboard(stage))
            _scans(stage, lambda: _type(stage, 0.05))
            health = lane.settle({"button": 1 + _TIMES, "camera": 0})
    finally:
        with contextlib.suppress(Refused):
            stage.machine.pull("button")
    return (
        f"{device}; first plugged {first:.1f} s, then {spread(waits)}; kept from others; {health}"
    )


def button_serial(stage: Stage) -> str:
    """Press on CTS of a 16550, by its own RTS; look at DSR of a USB adapter that is pulled."""
    with _lane(stage, {"source": "cts", "port": "/dev/ttyS1"}) as lane:
        for held_s in (0.05, 1.0, 0.05):
            _scans(stage, lambda held_s=held_s: _press_contact(stage, held_s))
        if stage.guest.run("timeout 10 flock -n /dev/ttyS1 true").code != 1:
            raise TrialFailed("a second lane would get the port as well")
        health = lane.settle({"button": 0, "camera": 0})
        share = _share_of_a_core(stage, lane)
    with CableEnd(stage.machine.serial_line):  # QEMU plugs the adapter in only with its cable
        adapter = _adapter(stage)
    return f"16550: 3 presses, {share:.1f} % of a core to look; {adapter}; {health}"


def button_gpio(stage: Stage) -> str:
    """Press a pin, first without the right to it, then by the example's rule; pull its chip."""
    stage.guest.check("modprobe vm_gpio")
    try:
        with _lane(stage, {"source": "gpio", "line": f"GPIO{_GPIO_LINE}"}) as lane:
            _until_status(stage, "no permission for /dev/gpiochip0: add the user to group gpio")
            mark = stage.journal.mark()
            _allow_gpio(stage)
            stage.journal.wait(UNIT, "button back", mark, 30)
            _scans(stage, lambda: _pull_low(stage))
            _scans(stage, lambda: _pull_low(stage, "0 1 0 1 0", "1 0 1 0 1"))  # bounces
            stage.guest.check(_python_says_21())
            waits = [_take_chip_away(stage) for _ in range(_TIMES)]
            _scans(stage, lambda: _pull_low(stage))
            health = lane.settle({"button": 1 + _TIMES, "camera": 0})
    finally:
        # After a chip was taken away the kernel may keep the module (seen with Linux 6.1).
        stage.guest.run(f"rm -f /etc/udev/rules.d/{_RULE}; modprobe -r vm_gpio")
    return f"refused, then let in by the example's rule; chip taken away: {spread(waits)}; {health}"


@contextmanager
def _lane(stage: Stage, button: dict[str, Any]) -> Iterator[Running]:
    running = stage.lane.running(_CAMERA, button=button, timeout_s=2)
    mark = stage.journal.mark()
    with stage.vivid(), running as lane:
        stage.journal.wait(UNIT, "display: (READY|BUTTON LOST)", mark, 60)
        yield lane
        stage.guest.check(f"systemctl stop {UNIT}")  # a driver in use cannot be taken away


def _scans(stage: Stage, press: Callable[[], None]) -> None:
    """Press, and see exactly one scan begin and end."""
    mark = stage.journal.mark()
    press()
    stage.journal.wait(UNIT, "display: SCANNING", mark, 60)
    stage.journal.wait(UNIT, "display: READY", mark, 120)
    time.sleep(1.0)  # a second scan would begin at once
    scans = len(list(stage.journal.matching(UNIT, "display: (SCANNING|BUSY)", mark)))
    if scans != 1:
        raise TrialFailed(f"one press led to {scans} scans or answers")


def _until_status(stage: Stage, words: str, seconds: float = 60) -> None:
    def said() -> bool:
        status = stage.guest.run(f"vin-kiosk status --lane {LANE} --json").said
        return words in status

    until(said, seconds, f"status saying {words!r}")


def _plugged_once(stage: Stage) -> str:
    """Learn the keyboard's name as an installer would."""
    stage.machine.plug("usb-kbd", "button", **_KEYBOARD)
    link = "ls /dev/input/by-id/*BUTTON01*-event-kbd"
    stage.guest.check(f"timeout 60 sh -c 'until {link} 2>/dev/null; do sleep 0.2; done'")
    device = stage.guest.check(f"udevadm settle && {link}")
    stage.machine.pull("button")
    stage.guest.check("udevadm settle")
    return device


def _plug_keyboard(stage: Stage) -> float:
    mark = stage.journal.mark()
    stage.machine.plug("usb-kbd", "button", **_KEYBOARD)
    there = stage.journal.wait(KERNEL, "input: QEMU .*Keyboard", mark, 60)
    return back_after(stage, there, mark, "button")


def _type(stage: Stage, held_s: float) -> None:
    key = {"type": "qcode", "data": "ret"}
    for down, pause_s in ((True, held_s), (False, 0.0)):
        event = {"type": "key", "data": {"down": down, "key": key}}
        stage.machine.monitor.ask("input-send-event", {"events": [event]})
        time.sleep(pause_s)


def _must_be_grabbed(stage: Stage, device: str) -> None:
    """Another reader of the same device must see nothing of a press."""
    reader = f"timeout 8 head -c 24 {device} >/run/heard"
    stage.guest.service("reader", f"sh -c '{reader}'")
    time.sleep(1.0)
    _scans(stage, lambda: _type(stage, 0.05))
    stage.guest.check("while systemctl is-active --quiet reader; do sleep 0.2; done")
    if stage.guest.check("wc -c </run/heard") != "0":
        raise TrialFailed("another program heard the button's key")


def _press_contact(stage: Stage, held_s: float) -> None:
    stage.guest.check(f'/opt/vin-kiosk/bin/python -c "{_FINGER}" {held_s}')


def _adapter(stage: Stage) -> str:
    """DSR of QEMU's adapter is always on: read as pressed it is stuck, as `low` it is well."""
    stage.machine.plug("usb-serial", "modem", **_ADAPTER)
    try:
        stage.guest.check("timeout 60 sh -c 'until [ -e /dev/ttyUSB0 ]; do sleep 0.2; done'")
        port = stage.guest.check("udevadm settle && ls /dev/serial/by-id/*MODEM01*")
        with _lane(stage, {"source": "dsr", "port": port}):
            _until_status(stage, "has not been let go for half a minute", _STUCK_S)
        with _lane(stage, {"source": "dsr", "port": port, "active": "low"}) as lane:
            waits = []
            for _ in range(_TIMES):
                mark = stage.journal.mark()
                stage.machine.pull("modem")
                stage.journal.wait(UNIT, "button lost", mark, 60)
                mark = stage.journal.mark()
                stage.machine.plug("usb-serial", "modem", **_ADAPTER)
                there = stage.journal.wait(KERNEL, "now attached to ttyUSB", mark, 60)
                waits.append(back_after(stage, there, mark, "button"))
            lane.settle({"button": _TIMES, "camera": 0})
    finally:
        with contextlib.suppress(Refused):
            stage.machine.pull("modem")
    return f"USB adapter: always on is stuck; pulled: {spread(waits)}"


def _share_of_a_core(stage: Stage, lane: Running) -> float:
    """Measure what the button's thread costs, emulated: in percent over ten seconds."""
    look = (
        f"for t in /proc/{lane.health().pid}/task/*; do "
        "if grep -qx button $t/comm; then awk '{ print $14 + $15 }' $t/stat; fi; done"
    )
    before = int(stage.guest.check(look))
    stage.guest.check("sleep 10")
    return (int(stage.guest.check(look)) - before) / 10.0


def _allow_gpio(stage: Stage) -> None:
    """Do what the example's rule for udev says."""
    rules = f"{SOURCES}/config/{_RULE}.example"
    rule = f"sed -n 's/^#\\(SUBSYSTEM==\"gpio\".*\\)/\\1/p' {rules} >/etc/udev/rules.d/{_RULE}"
    stage.guest.check(f"{rule} && udevadm control --reload && udevadm trigger -s gpio")


def _pull_low(stage: Stage, down: str = "0", up: str = "1") -> None:
    """Close the contact through these levels, and open it; they follow within milliseconds."""
    file = "/sys/module/vm_gpio/parameters/level"
    turn = f"turn() {{ for high in $*; do echo {_GPIO_LINE}=$high >{file}; done; }}"
    stage.guest.check(f"{turn}; sleep 0.5; turn {down}; sleep 0.1; turn {up}")


def _python_says_21() -> str:
    words = "from kiosk.triggers.gpio_chip import find_line; print(find_line(None, 'GPIO21'))"
    return f'/opt/vin-kiosk/bin/python -c "{words}" | grep "offset=21"'


def _take_chip_away(stage: Stage) -> float:
    mark = stage.journal.mark()
    stage.guest.check(f"echo vm_gpio.0 >{_GPIO_DRIVER}/unbind")
    stage.journal.wait(UNIT, "button lost", mark, 60)
    mark = stage.journal.mark()
    stage.guest.check(f"echo vm_gpio.0 >{_GPIO_DRIVER}/bind")
    there = stage.journal.wait(KERNEL, "gpio chip is there", mark, 30)
    return back_after(stage, there, mark, "button")
