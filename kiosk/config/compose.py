"""YAML text into nodes. A line whose slip is plain is told, mended in memory, and passed over."""

import re
from typing import cast

import yaml
from yaml.composer import ComposerError

from kiosk.config.document import Document
from kiosk.config.slips import Slip, about_syntax, opening_line, slip_before, slip_in

_MAX_DEPTH = 16  # the schema needs three
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # as YAML counts lines
_MOST_MENDED = 40  # slips told of one file


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


class _Unreadable(Exception):  # noqa: N818 - never leaves this file
    """No YAML reader gets beyond this line."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(words)
        self.line = line
        self.words = words


def compose(document: Document) -> yaml.Node | None:
    """Give the root of the text's nodes; None where it is empty, or cannot be understood."""
    text = document.text
    lines = _LINE_BREAK.split(text)
    for _ in range(_MOST_MENDED):
        root = None
        try:
            root = _root_of(text)
            found = _run_on(root, lines) if document.lined else None
        except _Unreadable as error:
            document.report(document.place(error.line), (), error.words)
            return None
        except yaml.MarkedYAMLError as error:
            found = _find_slip(error, lines, document)
        if found is None:
            return root
        at, slip = found
        document.report(document.place(at), (slip.key,), slip.words)
        lines[at - 1] = slip.mended
        text = "\n".join(lines)
    return None


def _root_of(text: str) -> yaml.Node | None:
    """Compose once; raises _Unreadable, yaml.MarkedYAMLError."""
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        code = ord(error.character) if isinstance(error.character, str) else error.character
        raise _Unreadable(line, f"has a control character (U+{code:04X})") from error
    try:
        return loader.get_single_node()
    except (ValueError, OverflowError) as error:  # chr() of an escape beyond Unicode
        line = loader.get_mark().line + 1
        raise _Unreadable(line, "has an escape that is no character") from error
    finally:
        loader.dispose()


def _find_slip(
    error: yaml.MarkedYAMLError, lines: list[str], document: Document
) -> tuple[int, Slip] | None:
    """Find the slip behind an error; else report the error itself."""
    mark = error.problem_mark or error.context_mark
    number = mark.line + 1 if mark else 1
    opened = opening_line(error)
    found = slip_before(lines, number) if document.lined and not opened else None
    if found is None:
        words = "a quote that is opened here is never closed" if opened else ""
        place = document.place(opened or number)
        document.report(place, (), words or about_syntax(error, lines, number))
    return found


def _run_on(node: yaml.Node | None, lines: list[str]) -> tuple[int, Slip] | None:
    """Find a line that YAML took for the rest of the value above it, though it begins a key."""
    rest = [node] if node is not None else []
    numbers: list[int] = []
    while rest:
        node = rest.pop()
        if isinstance(node, yaml.MappingNode):
            rest += [part for pair in node.value for part in pair]
            numbers += [v.start_mark.line + 1 for k, v in node.value if _is_below(k, v)]
        elif isinstance(node, yaml.SequenceNode):
            rest += node.value
        else:
            numbers += continuation(node)
    slips = ((at, slip_in(lines[at - 1])) for at in sorted(numbers))
    return next(((at, slip) for at, slip in slips if slip), None)


def _is_below(key: yaml.Node, value: yaml.Node) -> bool:
    """Tell whether a section holds a text on a line of its own instead of keys."""
    is_plain = isinstance(value, yaml.ScalarNode) and value.style is None
    return is_plain and bool(value.value) and value.start_mark.line > key.start_mark.line


def continuation(node: yaml.Node) -> range:
    """Give the numbers of the lines, all but the first, over which an unquoted text goes on."""
    if getattr(node, "style", None) is not None or node.end_mark is None:
        return range(0)
    return range(node.start_mark.line + 2, node.end_mark.line + 2)
