"""The schema's descriptions as blocks: paragraphs, lists of values, and what is typed as it is.

In a description a line indented by two blanks lists a value, with its meaning behind two more; a
deeper line goes on with that meaning, or without a list is typed as it stands.
"""

import inspect
import re
from dataclasses import dataclass

from kiosk.config.keys import is_section, known_keys
from kiosk.config.problem import KeyPath

_VALUE = re.compile(r"  (?P<value>\S.*?)  +(?P<meaning>.+)")
_MORE = re.compile(r" {5,}(?P<meaning>\S.*)")
_TYPED = re.compile(r"    (?P<text>\S.*)")


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True)
class Values:
    """Values and their meanings, in order."""

    meanings: dict[str, str]


@dataclass(frozen=True)
class Typed:
    """Lines to be typed as they stand."""

    lines: tuple[str, ...]


Block = Paragraph | Values | Typed


def blocks_of(path: KeyPath) -> list[Block]:
    """Split a key's description, or a section's docstring, into its blocks."""
    info = known_keys()[path]
    text = info.annotation.__doc__ if is_section(info) else info.description
    if not text:
        raise SystemExit(f"{'.'.join(path)} has no description in the schema")
    blocks: list[Block] = []
    for line in inspect.cleandoc(text).splitlines():
        _add(blocks, line)
    return blocks


def _add(blocks: list[Block], line: str) -> None:
    last = blocks[-1] if blocks else None
    if isinstance(last, Values) and (more := _MORE.fullmatch(line)):
        value = next(reversed(last.meanings))
        last.meanings[value] += f" {more['meaning']}"
    elif typed := _TYPED.fullmatch(line):
        before = last.lines if isinstance(last, Typed) else ()
        blocks[len(blocks) - bool(before) :] = [Typed((*before, typed["text"]))]
    elif listed := _VALUE.fullmatch(line):
        if not isinstance(last, Values):
            last = Values({})
            blocks.append(last)
        last.meanings[listed["value"]] = listed["meaning"]
    elif isinstance(last, Paragraph):
        blocks[-1] = Paragraph(f"{last.text} {line}")
    else:
        blocks.append(Paragraph(line))
