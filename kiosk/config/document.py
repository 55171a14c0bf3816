"""YAML text into plain values that know their lines, and into problems where YAML sets traps.

PyYAML lets the last of two equal keys win, takes 12:30 for 750 and 010 for 8, and expands
aliases without bound; none of that may happen to a lane's file in silence.
"""

import re
from dataclasses import dataclass, field
from typing import cast

import yaml
from yaml.composer import ComposerError

from kiosk.config.problem import KeyPath, Place, Problem, dotted

_MAX_DEPTH = 16  # the schema needs three
_TEXT_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "value", "merge")}
_OCTAL = re.compile(r"[-+]?0[0-7_]+")


@dataclass
class Document:
    """The values of a YAML text; ``values`` is None where nothing could be understood."""

    source: str
    lined: bool = True  # False for a --set option, whose lines mean nothing
    values: dict[str, object] | None = None
    places: dict[KeyPath, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    reported: set[KeyPath] = field(default_factory=set)

    def place(self, line: int | None) -> Place:
        """Name a line of this text."""
        return Place(self.source, line if self.lined else None)

    def place_of(self, path: KeyPath) -> Place:
        """Find where a key stands, or the nearest section around it."""
        for length in range(len(path), 0, -1):
            if place := self.places.get(path[:length]):
                return place
        return Place(self.source)

    def report(self, place: Place, path: KeyPath, text: str) -> None:
        """Add a problem, unless this very key has one already: one mistake, one line."""
        if path and path in self.reported:
            return
        self.reported.add(path)
        self.problems.append(Problem(place, dotted(path), text))


class _Loader(yaml.SafeLoader):
    """Composes nodes; refuses aliases, tags and deep nesting, which a lane never needs."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            self._refuse("aliases (*…) are not supported here", event)
        if getattr(event, "tag", None) is not None:
            self._refuse("tags (!…) are not supported here", event)
        if self._depth > _MAX_DEPTH:
            self._refuse("is nested far too deeply", event)
        self._depth += 1
        node = super().compose_node(parent, index)  # type: ignore[arg-type]
        self._depth -= 1
        return node

    @staticmethod
    def _refuse(words: str, event: yaml.Event) -> None:
        raise ComposerError(None, None, words, cast("yaml.error.Mark", event.start_mark))


def parse(text: str, source: str) -> Document:
    """Parse a whole file's text; never raises for anything the text may hold."""
    document = Document(source)
    root = _compose(text, document)
    if isinstance(root, yaml.MappingNode):
        document.values = _Builder(document).mapping(root, ())
    elif not document.problems:
        what = "is empty" if root is None else "holds a single value or a list"
        document.report(Place(source), (), f"{what}; it must hold keys such as lane: and camera:")
    return document


def parse_value(text: str, source: str, path: KeyPath) -> tuple[object, Document]:
    """Parse the YAML value of one ``--set``; the document holds its problems."""
    document = Document(source, lined=False)
    root = _compose(text, document)
    value = None if root is None else _Builder(document).value(root, path)
    return value, document


def _compose(text: str, document: Document) -> yaml.Node | None:
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        code = ord(error.character) if isinstance(error.character, str) else error.character
        document.report(document.place(line), (), f"has a control character (U+{code:04X})")
        return None
    try:
        return loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        document.report(document.place(line), (), _syntax_words(error, text, line))
    except (ValueError, OverflowError):  # chr() of an escape beyond Unicode
        line = loader.get_mark().line + 1
        document.report(document.place(line), (), "has an escape that is no character")
    finally:
        loader.dispose()
    return None


def _syntax_words(error: yaml.MarkedYAMLError, text: str, line: int) -> str:
    lines = text.splitlines()
    start = lines[line - 1] if line <= len(lines) else ""
    if "\t" in start[: len(start) - len(start.lstrip())] or "'\\t'" in (error.problem or ""):
        return "a tab where only spaces may stand: YAML indents with spaces"
    if "single document" in (error.context or ""):
        return "a second document begins (---); a lane has only one"
    return f"is no valid YAML: {error.problem or error.context}"


class _Builder:
    """Turns nodes into values, with the line of each key and a problem for each trap."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._scalars = yaml.constructor.SafeConstructor()

    def value(self, node: yaml.Node, path: KeyPath) -> object:
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, path) for item in node.value]
        return self._scalar(node, path)

    def mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, object]:
        values: dict[str, object] = {}
        for key_node, value_node in node.value:
            if key_node.tag not in _TEXT_TAGS or not _is_text(key_node.value):
                self._problem(key_node, path, _KEY_IS_NO_TEXT)
                continue
            inner = (*path, key_node.value)
            if key_node.value in values:
                first = self._document.places[inner].line
                where = f" (first in line {first})" if first else ""
                self._problem(key_node, inner, f"stands here a second time{where}")
                continue
            self._document.places[inner] = self._place(key_node)
            values[key_node.value] = self.value(value_node, inner)
        return values

    def _scalar(self, node: yaml.Node, path: KeyPath) -> object:
        kind = node.tag.rpartition(":")[2]
        if node.tag in _TEXT_TAGS and _is_text(node.value):
            return node.value
        if node.tag in _TEXT_TAGS:
            self._problem(node, path, "holds half a character (an unpaired surrogate)")
            return None
        if kind == "timestamp":
            self._problem(node, path, "is a date to YAML: put quotes round it")
        elif kind in ("int", "float") and ":" in node.value:
            self._problem(node, path, _SIXTIETHS)
        elif kind == "int" and _OCTAL.fullmatch(node.value):
            self._problem(node, path, _EIGHTS)
        else:
            return self._plain(node, path)
        return None

    def _plain(self, node: yaml.Node, path: KeyPath) -> object:
        try:
            return self._scalars.construct_object(node)
        except ValueError:  # 0x_ and numbers of thousands of digits
            self._problem(node, path, "is no number that can be read")
            return None

    def _place(self, node: yaml.Node) -> Place:
        return self._document.place(node.start_mark.line + 1)

    def _problem(self, node: yaml.Node, path: KeyPath, text: str) -> None:
        self._document.report(self._place(node), path, text)


def _is_text(value: str) -> bool:
    return not any(0xD800 <= ord(char) <= 0xDFFF for char in value)  # noqa: PLR2004 - surrogates


_KEY_IS_NO_TEXT = "a key must be a word (YAML takes yes, no, on and off for true and false)"
_SIXTIETHS = (
    "a number with colons is counted in sixtieths by YAML (12:30 is 750): "
    "put quotes round it, or write the plain number"
)
_EIGHTS = (
    "a number that begins with 0 is octal to YAML (010 is 8): "
    "put quotes round it, or leave the 0 out"
)
