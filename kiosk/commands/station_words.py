"""What ``vin-kiosk station test`` says of a step, and what to do where it failed."""

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.station.listening import Heard, Press, button_text
from kiosk.station.trial.codes import Code
from kiosk.station.trial.outcome import Device, Step
from kiosk.triggers.echo import gives_back

SEEN: Mapping[bool | None, str] = MappingProxyType({True: "seen", False: "NOT SEEN", None: "shown"})
HEARD: Mapping[bool | None, str] = MappingProxyType(
    {True: "heard", False: "NOT HEARD", None: "sounded"}
)
_ECHO = "NOT HEARD: the line gives back what the display is sent"
_NO_ECHO = (
    "switch the echo off in the adapter, the terminal or the PLC; else what is pressed while the "
    "display is written to is not heard"
)
_NO_SCANNER = "check its supply and its plug; a USB scanner must be in its serial mode (USB-COM)"


def button_step(heard: Heard, expected: bytes, shown: bytes = b"") -> Step:
    """Tell what a press was heard to send; ``shown`` is what the line was sent before."""
    if gives_back(heard.data, shown):
        facts = {"heard": heard.hex, "result": "echo", "write": None}
        return Step(Device.BUTTON, "button", good=False, words=_ECHO, to_do=_NO_ECHO, facts=facts)
    words, to_do, wanted = _button_words(heard, expected)
    facts = {"heard": heard.hex or None, "result": heard.press.value, "write": wanted}
    good = heard.press is Press.EXPECTED
    return Step(Device.BUTTON, "button", good, words, to_do, facts=facts)


def _button_words(heard: Heard, expected: bytes) -> tuple[str, str | None, str | None]:
    """Return what is said, what to do, and the value of station.button that would fit."""
    match heard.press:
        case Press.EXPECTED:
            return f"heard ({heard.hex})", None, None
        case Press.OTHER:
            value = button_text(heard.data)
            to_do = f"write in the lane's file\n  station:\n    button: {value}"
            return f"sent {heard.hex}, not {expected.hex(' ')}", to_do, value
        case Press.NOISE:
            to_do = "is station.baud right, and only the button on the line?"
            return f"NOISE ({heard.hex})", to_do, None
        case Press.NONE:
            return "NOT HEARD", "check its cable, and that it is on this port", None


def scanner_step(code: Code) -> Step:
    """Tell what a scan was heard to be."""
    facts = {
        "heard": code.hex or None,
        "text": code.text,
        "vin": code.is_vin,
        "write": dict(code.write),
    }
    good, words, to_do = _scanner_words(code)
    return Step(Device.SCANNER, "scanner", good, words, to_do, facts=facts)


def _scanner_words(code: Code) -> tuple[bool, str, str | None]:
    if not code.data:
        return False, "NOT HEARD", _NO_SCANNER
    if code.problem is None:
        kind = "a VIN" if code.is_vin else "no VIN, but read well"
        return True, f"read {code.text} ({kind})", None
    keys = "".join(f"\n      {key}: {value}" for key, value in code.write)
    to_do = f"write in the lane's file\n  station:\n    scanner:{keys}" if keys else code.problem
    return False, f"NOT AS SET: {code.problem} ({code.hex})", to_do
