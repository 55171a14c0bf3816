"""Slips of the pen that YAML answers in its own words: a colon, a blank or a quote forgotten.

Where it is plain what was meant the line is mended in memory, so that the mistakes behind it are
told in the same breath; what was mended is a mistake all the same.
"""

import re
from dataclasses import dataclass

import yaml

from kiosk.config.keys import known_keys, nearest

_LOOK_BACK = 3  # lines: YAML notices a slip in the line behind it, or behind a comment
_COLON = "a colon is missing behind {0}? Write {0}: and the value"
_EQUALS = "an = where a colon belongs? Write {0}: and the value"
_BLANK = "a blank is missing behind {0}:? Write {0}: and the value, a blank between them"
_FORMS = (
    (_EQUALS, re.compile(r"(?P<before>[\s{,]*)(?P<key>[\w-]+)\s*=\s*(?P<rest>\S.*)")),
    (_COLON, re.compile(r"(?P<before>[\s{,]*)(?P<key>[\w-]+)\s+(?P<rest>[^\s:#].*)")),
    (_BLANK, re.compile(r"(?P<before>[\s{,]*)(?P<key>[\w-]+):(?P<rest>[^\s/].*)")),
)
_SCHEME = re.compile(
    r"(?P<before>\s*(?P<key>[\w-]+):\s+)(?P<scheme>folder|simulated):\s+(?P<rest>\S.*)"
)

_TOO_DEEP = "is indented too far: it stands deeper than the line above, which has a value"
_SECOND_COLON = "has a second colon with a blank behind it: put quotes round such a text"
_KNOWN = {
    "but found '<block mapping start>'": (
        "is indented like no line above it: keys of one section begin in one column"
    ),
    "expected ',' or": "a comma, or a closing } or ], is missing before this",
}


@dataclass(frozen=True, slots=True)
class Slip:
    """A line that was not meant as it stands, with what is wrong and how it was meant."""

    key: str
    words: str
    mended: str


def slip_in(line: str) -> Slip | None:
    """Find a known key whose colon or blank is missing at a line's start."""
    if re.search(r":(\s|$)", line):
        return None
    names = [path[-1] for path in known_keys()]
    for words, form in _FORMS:
        found = form.fullmatch(line.rstrip())
        if found and (found["key"] in names or nearest(found["key"], names)):
            key, rest = found["key"], found["rest"]
            return Slip(key, words.format(key), f"{found['before']}{key}: {rest}")
    return None


def slip_before(lines: list[str], number: int) -> tuple[int, Slip] | None:
    """Find the slip that YAML noticed in line ``number`` (from 1), there or shortly before."""
    for at in range(min(number, len(lines)), max(0, number - _LOOK_BACK), -1):
        line = lines[at - 1]
        if found := _SCHEME.fullmatch(line.rstrip()):
            scheme = found["scheme"]
            words = f"no blank may stand behind {scheme}:"
            return at, Slip(found["key"], words, f"{found['before']}{scheme}:{found['rest']}")
        if not line.lstrip().startswith("#") and (slip := slip_in(line)):
            return at, slip
    return None


def about_syntax(error: yaml.MarkedYAMLError, lines: list[str], number: int) -> str:
    """Say what is wrong with line ``number``; never repeats what stands there."""
    line = lines[number - 1] if number <= len(lines) else ""
    problem = error.problem or ""
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent or "'\\t'" in problem:
        return "a tab where only spaces may stand: YAML indents with spaces"
    if "single document" in (error.context or ""):
        return "a second document begins (---); a lane has only one"
    if "mapping values" in problem:
        return _TOO_DEEP if _is_deeper(lines, number, len(indent)) else _SECOND_COLON
    known = (words for mark, words in _KNOWN.items() if mark in problem)
    return next(known, f"is no valid YAML: {problem or error.context}")


def opening_line(error: yaml.MarkedYAMLError) -> int | None:
    """Give the line of a quote that is opened and never closed; None for any other mistake."""
    if error.context != "while scanning a quoted scalar" or not error.context_mark:
        return None
    return int(error.context_mark.line) + 1


def _is_deeper(lines: list[str], number: int, indent: int) -> bool:
    above = [line for line in lines[: number - 1] if line.strip() and line.lstrip()[0] != "#"]
    return bool(above) and indent > len(above[-1]) - len(above[-1].lstrip())
