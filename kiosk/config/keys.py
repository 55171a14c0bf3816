"""The schema's own list of keys, and the nearest of them to what somebody wrote."""

import difflib
import re
from functools import cache
from typing import get_args

from pydantic.fields import FieldInfo

from kiosk.config.problem import KeyPath
from kiosk.config.schema import LaneConfig, Section

_ACCESS_CODE = re.compile(r"ac+ess(code|key)|api(key|code)|password|secret|token|credential")


@cache
def known_keys() -> dict[KeyPath, FieldInfo]:
    """Map every key of the schema, sections too, to its field."""
    return dict(_walk(LaneConfig, ()))


def _walk(section: type[Section], path: KeyPath) -> list[tuple[KeyPath, FieldInfo]]:
    found: list[tuple[KeyPath, FieldInfo]] = []
    for name, info in section.model_fields.items():
        inner = (*path, name)
        found.append((inner, info))
        if is_section(info):
            found += _walk(info.annotation, inner)  # type: ignore[arg-type]
    return found


def is_section(info: FieldInfo) -> bool:
    """Tell whether a field holds keys of its own."""
    return isinstance(info.annotation, type) and issubclass(info.annotation, Section)


def keys_of(section: KeyPath) -> list[str]:
    """Name the keys directly under a section; the empty path is the file itself."""
    return [path[-1] for path in known_keys() if path[:-1] == section]


def choices_of(path: KeyPath) -> list[object]:
    """Name the allowed values of a key that has a closed list of them."""
    return list(get_args(known_keys()[path].annotation))


def nearest(written: str, names: list[str]) -> str | None:
    """Find the one name somebody most likely meant."""
    plain = {_plain(name): name for name in names}
    close = difflib.get_close_matches(_plain(written), plain, n=1, cutoff=0.6)
    return plain[close[0]] if close else None


def about_unknown(path: KeyPath) -> str:
    """Say what to do about a key that the schema does not have."""
    section, written = path[:-1], path[-1]
    if _ACCESS_CODE.search(_plain(written)) and nearest(written, _CODE_OR_FILE) != _FILE:
        return _NEVER_HERE
    if tuple(written.split(".")) in known_keys():
        *sections, leaf = written.split(".")
        return f"unknown key; write {leaf}: indented under {'.'.join(sections)}:"
    if meant := nearest(written, keys_of(section)):
        return f"unknown key; did you mean {meant}?"
    if meant := _elsewhere(written):
        return f"unknown key here; did you mean {meant}?"
    return f"unknown key; known here: {', '.join(keys_of(section)) or 'none'}"


def _elsewhere(written: str) -> str | None:
    """Find a key of another section: forgotten or wrong indentation."""
    by_leaf = {path[-1]: ".".join(path) for path in known_keys()}
    leaf = nearest(written, list(by_leaf))
    return by_leaf[leaf] if leaf else None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


_FILE = "access_code_file"
_CODE_OR_FILE = ["access_code", _FILE]
_NEVER_HERE = (
    "the access code never stands here: put it alone into a file of its own (mode 0600) and name "
    "that in service.access_code_file, or give systemd's credential access-code"
)
