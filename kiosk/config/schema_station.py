"""The part of a lane's file about the station's serial lines; see schema.py for the manner."""

from typing import Literal

from pydantic import Field, model_validator

from kiosk.config.fields import ButtonBytes, SerialPort
from kiosk.config.section import Section

Baud = Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200]


class _Line(Section):
    """A device with a line of its own; the bare word ``none`` stands for a lane without it."""

    @model_validator(mode="before")
    @classmethod
    def _none_is_no_line(cls, value: object) -> object:
        return {} if value == "none" else value


class Scanner(_Line):
    """The hand scanner, the second way in: what it reads is checked and noted, for no credit."""

    port: SerialPort | None = Field(
        default=None,
        description="""
        The scanner's serial port, or null for a lane without one. It needs a port of its own. A
        scanner with USB must be set to its serial mode (USB-COM), for as a keyboard it is not
        heard. Not with trigger.mode: arrival.""",
    )
    baud: Baud = Field(default=9600, description="Its speed. A wrong one reads nothing.")
    family: Literal["plain", "honeywell", "datalogic", "zebra_ssi", "gm65", "keyence"] = Field(
        default="plain",
        description="""
        The scanner's language; docs/displays.md tells what to set in it. With the wrong one it
        reads, but never beeps as it should.
          plain      sends text and listens to nothing
          honeywell  waits for our answer before it beeps ("Host ACK on")
          datalogic  RS-232 STD or USB-COM
          zebra_ssi  Zebra's and Symbol's Simple Serial Interface
          gm65       Grow's modules, GM65 and its like
          keyence    fixed readers of the SR series""",
    )
    suffix: Literal["line", "cr", "lf", "crlf", "tab", "stx_etx"] = Field(
        default="line",
        description="""
        What ends each code (not asked of zebra_ssi).
          line     CR, LF or both: what most are sold with
          cr       CR, and an LF within a code is refused
          lf       LF
          crlf     CR LF
          tab      TAB
          stx_etx  STX before it, ETX behind it""",
    )


class Light(_Line):
    """The stack light: green for good, yellow for attention, red for bad, each with its sound."""

    port: SerialPort | None = Field(
        default=None,
        description="The light's serial port, or null for a lane without one; a port of its own.",
    )
    baud: Baud = Field(default=9600, description="Its speed. A wrong one lights nothing.")
    family: Literal["adafruit_tower"] = Field(
        default="adafruit_tower",
        description="The light's language: Adafruit's tower light with alarm, and its like.",
    )


class Station(Section):
    """The serial line with the display, the beeper and the button."""

    port: SerialPort | None = Field(
        default=None,
        description="""
        The serial port of the display and the button (see: ls /dev/serial/by-path), or null for a
        lane without: it logs what it would show. A port that is not there is waited for.""",
        json_schema_extra={"change": True},
    )
    baud: Baud = Field(
        default=9600, description="Its speed. A wrong one shows nothing, or nonsense."
    )
    display: Literal[
        "cd5220",
        "epson",
        "logic_controls",
        "matrix_orbital",
        "serlcd",
        "plain",
        "plain_cr",
        "plain_stx_etx",
    ] = Field(
        default="cd5220",
        description="""
        The display's language; docs/displays.md tells what to mind with each.
          cd5220          most pole displays of 2×20 characters
          epson           Epson DM-D, and what speaks ESC/POS as they do
          logic_controls  Logic Controls and Bematech PD, LD (also called UTC standard)
          matrix_orbital  Matrix Orbital; Adafruit's USB + serial backpack
          serlcd          SparkFun SerLCD, of 20 columns
          plain           lines of text, each ended by CR LF: a terminal, a PLC
          plain_cr        the same, each ended by CR
          plain_stx_etx   the same, each between STX and ETX""",
    )
    language: Literal["en", "es", "de"] = Field(
        default="en",
        description="""
        The language of the display's words; docs/operating.md shows them all. The log and the
        commands stay English.
          en  English
          es  Spanish
          de  German""",
    )
    brightness: Literal["unchanged", 20, 40, 60, 100] = Field(
        default="unchanged",
        description="""
        How bright the display is, in percent.
          unchanged  as it comes: full with most, what it remembers with others
          20         the dimmest; 40, 60 and 100 are the other steps""",
    )
    button: ButtonBytes = Field(
        default=b"\r",
        description="""
        What the button sends when it is pressed. Double quotes, so that \\r is read as Enter. With
        a wrong one presses are not seen.""",
    )
    scanner: Scanner = Scanner()
    light: Light = Light()
