"""Keys as messages name them: never one that may be a secret which slipped into a key's place."""

import re
from difflib import SequenceMatcher

from kiosk.config.keys import known_keys
from kiosk.config.problem import KeyPath

_SHOWN = 40  # a key longer than this is no key; the rest of it helps nobody
_HIDDEN = "***"
_WORD = re.compile(r"[a-z_-]+")  # a digit is in codes and passwords, and in no key of ours
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_NEAR = 0.8  # a slip of one or two letters
_WRONG = "accesscode"  # told where it belongs, and so by its name
_FREE = ("camera", "controls")  # its names are the camera's own: exposure_time_absolute, gain2


def dotted(path: KeyPath) -> str | None:
    """Write a key's path as ``--set`` takes it; printable and short whatever the file holds.

    A part that no key could be stands there as ``***``: `{rtsp://me:password@camera}` and
    `{THE_ACCESS_CODE}` are keys to YAML. Under service: only what resembles a key is shown.
    """
    heads = (path[:end] for end in range(1, len(path) + 1))
    name = ".".join(head[-1] if may_be_shown(head) else _HIDDEN for head in heads)
    return (name if len(name) <= _SHOWN else name[: _SHOWN - 1] + "…") or None


def may_be_shown(path: KeyPath) -> bool:
    """Tell whether the last part of ``path`` is a key, or so near to one that it is no secret."""
    part = path[-1]
    if path in known_keys() or tuple(part.split(".")) in known_keys():
        return True
    if not _NAME.fullmatch(part) or len(part) > _SHOWN:
        return False
    harmless = path[:-1] == _FREE or (path[0] != "service" and bool(_WORD.fullmatch(part)))
    return harmless or _resembles_a_key(part)


def _resembles_a_key(part: str) -> bool:
    written = _letters(part)
    return any(
        len(written) <= len(name) + 1  # access_code and a short code behind it is near, but longer
        and SequenceMatcher(None, written, name).ratio() >= _NEAR
        for name in (*(_letters(path[-1]) for path in known_keys()), _WRONG)
    )


def _letters(name: str) -> str:
    return re.sub(r"[_-]", "", name.lower())
