"""One press of a button that has a device of its own, awaited as the lane would hear it."""

import threading
from collections.abc import Callable
from contextlib import closing

from kiosk.clock import Clock, SystemClock
from kiosk.config.schema import LaneConfig
from kiosk.station.trial.outcome import Device, Step
from kiosk.triggers.button import Source, await_change
from kiosk.triggers.contact import Contact
from kiosk.triggers.opening import button_device

_SETTLE_S = 0.15  # a contact counts as open only after a tenth of a second


def press_step(config: LaneConfig, timeout_s: float, ask: Callable[[], None]) -> Step:
    """Open the device of ``trigger.button``, ``ask`` for a press, and wait for it.

    Raises ButtonError where the device is not there, or is lost.
    """
    clock = SystemClock()
    device = button_device(config, clock)
    assert device is not None, "it is on the display's line"
    with closing(device.open()) as source:
        contact = Contact(device.press_s)
        _is_pressed(source, contact, clock, _SETTLE_S)
        ask()
        is_heard = _is_pressed(source, contact, clock, timeout_s)
    name = config.trigger.button.source
    to_do = None if is_heard else "check its contact and its cable; docs/buttons.md has drawings"
    words = f"heard ({name})" if is_heard else "NOT HEARD"
    facts = {"source": name, "result": "expected" if is_heard else "none"}
    return Step(Device.BUTTON, "button", is_heard, words, to_do, facts=facts)


def _is_pressed(source: Source, contact: Contact, clock: Clock, timeout_s: float) -> bool:
    end, never = clock.monotonic() + timeout_s, threading.Event()
    while (left := end - clock.monotonic()) > 0:
        if any(contact.take(level) is not None for level in source.read()):
            return True
        due_in_s = contact.due_in(clock.monotonic())
        await_change(source, left if due_in_s is None else min(left, due_in_s), never)
    return False
