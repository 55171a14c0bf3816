"""The kinds of values the schema is made of, each with its own words for what is wrong."""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticKnownError

from kiosk.config.source import CameraSource, parse_source

LANE_NAME = re.compile(r"[a-z0-9-]{1,32}")
_CONTROL = re.compile(r"[a-z0-9_]{1,64}")
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
        raise ValueError("must be an absolute path (begin with /; ~ is not expanded)")
    if "\0" in value:
        raise ValueError("holds a zero byte, which no path can")
    return Path(value)


def _serial_port(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"/[^\0]+", value):
        raise ValueError("must be the port's path, such as /dev/serial/by-path/…, or null for none")
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
    """Take names as v4l2-ctl prints them, each with a number or a menu's own words."""
    if not isinstance(value, dict):
        raise PydanticKnownError("dict_type")
    for name, setting in value.items():
        if not _CONTROL.fullmatch(name):
            raise ValueError(f"{name!r} is no control's name: write it as `v4l2-ctl -l` prints it")
        if not isinstance(setting, (int, str)):
            words = f"{name} must be a whole number, true, false or a menu's words"
            raise ValueError(words)  # noqa: TRY004 - what pydantic turns into a finding
    return MappingProxyType(value)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _service_url(value: object) -> object:
    """Check the service's address; no message repeats it, since a query may hold the code."""
    if not isinstance(value, str):
        return value
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is not a usable web address") from None
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("has a character that no web address may have")
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("must be a web address that begins with https:// and a host")
    if "?" in value or "#" in value or "@" in parts.netloc:
        raise ValueError(
            "must end with its path: no ?…, #… or name@ (the access code goes into "
            "service.access_code_file)"
        )
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError(
            "must begin with https:// (the access code would cross the network in clear; "
            "http:// is only for this machine's own 127.0.0.1, ::1 or localhost)"
        )
    return value


LaneName = Annotated[str, BeforeValidator(_lane_name)]
AbsolutePath = Annotated[Path, BeforeValidator(_absolute_path)]
SerialPort = Annotated[str, BeforeValidator(_serial_port)]
ButtonBytes = Annotated[bytes, BeforeValidator(_button_bytes)]
ServiceUrl = Annotated[str, BeforeValidator(_service_url)]
Source = Annotated[CameraSource, BeforeValidator(parse_source)]
Controls = Annotated[Mapping[str, int | str], BeforeValidator(_controls)]
Days = Annotated[int, Field(ge=1, le=3650)]
