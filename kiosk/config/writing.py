"""Values as a lane's file writes them: one line each, and read back as the same value."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from kiosk.config.source import CameraSource

_ENDLESS = 2**31  # no line is folded: a value stays beside its key


def yaml_of(value: object) -> str:
    """Write a value of the configuration as YAML on one line, without a line's end."""
    plain = plain_of(value)
    if isinstance(plain, float) and plain.is_integer():
        return str(int(plain))  # 15, not 15.0
    text = _dumped(plain)
    # a button's bytes read best with their escapes; elsewhere quotes stand only where they must
    if isinstance(value, bytes) or not text.isprintable():
        return "".join(map(_escaped, _dumped(plain, style='"')))
    return text


def plain_of(value: object) -> object:
    """Give a value as JSON knows it: the text, number or truth the file would hold."""
    if isinstance(value, Mapping):
        return {str(key): plain_of(inner) for key, inner in value.items()}
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, CameraSource):
        return value.written
    return str(value) if isinstance(value, Path) else value


def _escaped(char: str) -> str:
    """Escape, within double quotes, what no person sees or what steers a terminal."""
    return char if char.isprintable() else f"\\U{ord(char):08X}"


def _dumped(value: object, style: str | None = None) -> str:
    text = yaml.safe_dump(
        value, width=_ENDLESS, allow_unicode=True, default_style=style, default_flow_style=True
    )
    return text.removesuffix("\n").removesuffix("\n...")
