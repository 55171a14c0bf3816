"""The kinds of values the schema is made of, each with its own words for what is wrong."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, LiteralString
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError, PydanticKnownError

from kiosk.config.source import CameraSource, about_home, parse_source
from kiosk.lane_name import LANE_NAME
from kiosk.service.urls import is_loopback, trouble_with

_CONTROL = re.compile(r"[a-z0-9_]{1,64}")
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1  # V4L2's largest kind of control
_SHORT_BYTES = re.compile(r"[\x00-\xff]{1,16}")


def _lane_name(value: object) -> object:
    if isinstance(value, str) and not LANE_NAME.fullmatch(value):
        raise ValueError("must be 1 to 32 small letters, digits and hyphens, such as lane1")
    return value


def _absolute_path(value: object) -> Path:
    """Refuse relative paths: a service has no working folder a person would think of."""
    if isinstance(value, Path):
        return value
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    if not value.startswith("/"):
        raise ValueError(f"must be an absolute path (begin with /){about_home(value)}")
    if "\0" in value:
        raise ValueError("holds a zero byte, which no path can")
    return Path(value)


def _serial_port(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"/[^\0]+", value):
        words = "must be the port's path, such as /dev/serial/by-path/…, or null for none"
        raise ValueError(words + about_home(value))
    return value


def _input_device(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"(simulated:)?/[^\0]+", value):
        words = "must be the device's path, such as /dev/input/by-id/…-event-kbd, or null for none"
        raise ValueError(words + about_home(value))
    return value


def _gpio_line(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and not re.fullmatch(r"\d{1,4}|[!-~]*[A-Za-z][!-~]*", value):
        raise ValueError("must be the line's name or number, such as GPIO17 or 17")
    return value


def _button_bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    if "\\" in value:
        raise ValueError('an escape such as \\r is only read in double quotes: write "\\r"')
    if not _SHORT_BYTES.fullmatch(value):
        raise ValueError("must be 1 to 16 characters, each of one byte")
    return value.encode("latin-1")


def _controls(value: object) -> object:
    """Take names as v4l2-ctl prints them, each with a number or a menu's own words.

    Every wrong one is told by its own name. A control's true and false are 1 and 0.
    """
    if not isinstance(value, Mapping):
        raise PydanticKnownError("dict_type")
    wrong = [
        InitErrorDetails(type=PydanticCustomError("control", words), loc=(name,), input=None)
        for name, setting in value.items()
        if (words := _about_control(name, setting))
    ]
    if wrong:
        raise ValidationError.from_exception_data("controls", wrong, hide_input=True)
    return MappingProxyType(
        {
            name: int(setting) if isinstance(setting, bool) else setting
            for name, setting in value.items()
        }
    )


def _about_control(name: str, setting: object) -> LiteralString | None:
    if not _CONTROL.fullmatch(name):
        return "is no control's name: write it as `v4l2-ctl --list-ctrls` prints it"
    if setting is None:
        return "has no value; give a whole number, true, false or a menu's words"
    if not isinstance(setting, int | str):
        return "must be a whole number, true, false or a menu's words"
    if isinstance(setting, int) and not _SMALLEST <= setting <= _LARGEST:
        return "is a larger number than any control takes"
    return None


def _service_url(value: object) -> object:
    """Check the service's address; no message repeats it, since a query may hold the code."""
    if not isinstance(value, str):
        return value
    if words := trouble_with(value):
        raise ValueError(words)
    parts = urlsplit(value)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError(
            "must begin with https:// (the access code would cross the network in clear; "
            "http:// is only for this machine's own 127.0.0.1, ::1 or localhost)"
        )
    return value


LaneName = Annotated[str, BeforeValidator(_lane_name)]
AbsolutePath = Annotated[Path, BeforeValidator(_absolute_path)]
SerialPort = Annotated[str, BeforeValidator(_serial_port)]
InputDevicePath = Annotated[str, BeforeValidator(_input_device)]
GpioLineName = Annotated[str, BeforeValidator(_gpio_line)]
ButtonBytes = Annotated[bytes, BeforeValidator(_button_bytes)]
ServiceUrl = Annotated[str, BeforeValidator(_service_url)]
Source = Annotated[CameraSource, BeforeValidator(parse_source)]
Controls = Annotated[Mapping[str, int | str], BeforeValidator(_controls)]
Days = Annotated[int, Field(ge=1, le=3650)]
