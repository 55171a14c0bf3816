"""The part of a lane's file about what begins a scan; see schema.py for the manner."""

from typing import Literal

from pydantic import Field

from kiosk.config.fields import GpioLineName, InputDevicePath, SerialPort
from kiosk.config.section import Section

_BELONGS_TO = {
    "port": ("dsr", "cts"),
    "chip": ("gpio",),
    "line": ("gpio",),
    "device": ("key",),
    "code": ("key",),
    "active": ("dsr", "cts", "gpio"),
}


class Button(Section):
    """The button, where it is wired; docs/buttons.md has drawings and what to copy."""

    source: Literal["serial", "dsr", "cts", "gpio", "key"] = Field(
        default="serial",
        description="""
        How presses arrive.
          serial  as bytes on the display's line: station.button says which
          dsr     a contact between DTR and DSR of a serial port
          cts     a contact between RTS and CTS of a serial port
          gpio    a contact between a pin of the Pi's header and ground
          key     a button on USB that is a keyboard to the machine; its keys are kept from all
                  other programs""",
    )
    port: SerialPort | None = Field(
        default=None,
        description="""
        dsr, cts only: whose line it is, such as /dev/serial/by-path/…; null for station.port.""",
    )
    chip: str | None = Field(
        default=None,
        description="""
        gpio only: the label of the chip (see: gpiodetect), or its path; null for the one with the
        Pi's header, on every model.""",
    )
    line: GpioLineName | None = Field(
        default=None,
        description="gpio only: the line's name or number, such as GPIO17: pin 11 of the header.",
    )
    device: InputDevicePath | None = Field(
        default=None,
        description="""
        key only: the device (see: ls /dev/input/by-id), the name that ends in -event-kbd. One that
        is not there is waited for. simulated:PATH is a named pipe, for trials without a button.""",
    )
    code: int | None = Field(
        default=None,
        ge=1,
        le=0x2FF,
        description="""
        key only: the number of the one key that counts, as `evtest` prints it; null for any.""",
    )
    active: Literal["usual", "low", "high"] = Field(
        default="usual",
        description="""
        dsr, cts, gpio only: the line's level while the button is pressed.
          usual  high for dsr and cts, low for gpio: a contact that closes
          low    a contact that opens, on dsr and cts
          high   a contact to 3.3 V, on gpio""",
    )


def about_button(button: Button, station_port: str | None) -> tuple[str, str] | None:
    """Find a key of the button that is missing, or that its source does not have; with words."""
    source = button.source
    for key, sources in _BELONGS_TO.items():
        if source not in sources and getattr(button, key) != Button.model_fields[key].default:
            words = f"is for source: {' or '.join(sources)}; here it is {source}: take the key out"
            return key, words
    if source in {"dsr", "cts"} and (button.port or station_port) is None:
        return "port", f"is missing: {source} needs the path of the serial port whose line it is"
    if source == "gpio" and button.line is None:
        return "line", "is missing: the line's name or number, such as GPIO17"
    if source == "key" and button.device is None:
        return "device", "is missing: a name of /dev/input/by-id that ends in -event-kbd"
    return None
