"""Slips of the pen that YAML answers in its own words: a colon, a blank or a quote forgotten.

Where it is plain what was meant the line is mended in memory, so that the mistakes behind it are
told in the same breath; what was mended is a mistake all the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import yaml

from kiosk.config.keys import known_keys, nearest
from kiosk.config.naming import may_be_shown

_LOOK_BACK = 3  # lines, comments not counted: YAML notices a slip in a line behind it
_COLON = "a colon is missing behind {0}? Write {0}: and the value"
_EQUALS = "an = where a colon belongs? Write {0}: and the value"
_BLANK = "a blank is missing behind {0}:? Write {0}: and the value, a blank between them"
_FORMS = (
    (_EQUALS, re.compile(r"(?P<before>[\s{,]*)(?P<key>[\w-]+)\s*=\s*(?P<rest>\S.*)")),
    (_COLON, re.compile(r"(?P<before>[\s{,]*)(?P<key>[\w-]+)\s+(?P<rest>[^\s:#].*)")),
    (_BLANK, re.compile(r"(?P<before>[\s{,]*)(?P<key>[\w-]+):(?P<rest>(?!//)\S.*)")),
)
_SCHEME = re.compile(
    r"(?P<before>\s*(?P<key>[\w-]+):\s+)(?P<scheme>folder|simulated):\s+(?P<rest>\S.*)"
)

_TAG_HANDLE = re.compile(r" '!.*")  # what stands between two ! may be anything

_TOO_DEEP = "is indented too far: it stands deeper than the line above, which has a value"
_SECOND_COLON = "has a second colon with a blank behind it: put quotes round such a text"
_NOT_IN_LINE = "does not line up with line {}: keys of one section begin in one column"
_KNOWN = {
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
        if found is None:
            continue
        key = found["key"]
        if found["rest"].startswith("/") and key not in names:
            continue  # folder:/srv/scans is a value
        if meant := key if key in names else nearest(key, names):
            shown = key if may_be_shown((key,)) else meant
            mended = f"{found['before']}{key}: {found['rest']}"
            return Slip(key, words.format(shown), mended)
    return None


def slip_before(lines: list[str], number: int) -> tuple[int, Slip] | None:
    """Find the slip that YAML noticed in line ``number`` (from 1), there or shortly before."""
    for at in islice(_with_words(lines, number), _LOOK_BACK):
        line = lines[at - 1]
        if found := _SCHEME.fullmatch(line.rstrip()):
            scheme = found["scheme"]
            words = f"no blank may stand behind {scheme}:"
            return at, Slip(found["key"], words, f"{found['before']}{scheme}:{found['rest']}")
        if slip := slip_in(line):
            return at, slip
    return None


def about_syntax(error: yaml.MarkedYAMLError, lines: list[str], number: int) -> str:
    """Say what is wrong with line ``number``; never repeats what stands there."""
    line = lines[number - 1] if number <= len(lines) else ""
    problem = _TAG_HANDLE.sub("", error.problem or "")
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent or "'\\t'" in problem:
        return "a tab where only spaces may stand: YAML indents with spaces"
    if "single document" in (error.context or ""):
        return "a second document begins (---); a lane has only one"
    if "mapping values" in problem:
        return _TOO_DEEP if _is_deeper(lines, number, len(indent)) else _SECOND_COLON
    if "but found '<block mapping start>'" in problem:
        return _NOT_IN_LINE.format(next(_with_words(lines, number - 1), 1))
    known = (words for mark, words in _KNOWN.items() if mark in problem)
    return next(known, f"is no valid YAML: {problem or error.context}")


def opening_line(error: yaml.MarkedYAMLError) -> int | None:
    """Give the line of a quote that is opened and never closed; None for any other mistake."""
    if error.context != "while scanning a quoted scalar" or not error.context_mark:
        return None
    return int(error.context_mark.line) + 1


def _is_deeper(lines: list[str], number: int, indent: int) -> bool:
    above = next((lines[at - 1] for at in _with_words(lines, number - 1)), None)
    return above is not None and indent > len(above) - len(above.lstrip())


def _with_words(lines: list[str], last: int) -> Iterator[int]:
    """Count the lines (from 1) that are no comments, from ``last`` backwards."""
    for at in range(min(last, len(lines)), 0, -1):
        if lines[at - 1].strip() and not lines[at - 1].lstrip().startswith("#"):
            yield at
