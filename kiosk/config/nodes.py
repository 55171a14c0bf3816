"""YAML's nodes into plain values, with a problem for each trap.

PyYAML lets the last of two equal keys win, takes 12:30 for 750 and 010 for 8, and expands
aliases without bound; none of that may happen to a lane's file in silence.
"""

import re

import yaml

from kiosk.config.compose import continuation
from kiosk.config.document import Document
from kiosk.config.problem import KeyPath, Place
from kiosk.config.slips import Slip, slip_in

_TEXT_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "value", "merge")}
_OCTAL = re.compile(r"[-+]?0[0-7_]+")


class Builder:
    """Turns nodes into values, with the line of each key and a problem for each trap."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._scalars = yaml.constructor.SafeConstructor()

    def value(self, node: yaml.Node, path: KeyPath) -> object:
        """Give the value of the node at ``path``; None where it has a problem."""
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, path) for item in node.value]
        return self._scalar(node, path)

    def mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, object]:
        """Give the values below ``path``; keys that are none are left out."""
        values: dict[str, object] = {}
        for key_node, value_node in node.value:
            if key_node.tag not in _TEXT_TAGS or not _is_text(key_node.value):
                self._problem(key_node, path, _KEY_IS_NO_TEXT)
                continue
            if slip := _slip_in(key_node, value_node):
                self._problem(key_node, (*path, slip.key), slip.words)
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
        if more := continuation(node):
            self._document.report(self._document.place(more[0]), path, _RUNS_ON)
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


def _slip_in(key: yaml.Node, value: yaml.Node) -> Slip | None:
    """Find what {width 1920} was meant to be: to YAML a key of two words without a value."""
    is_alone = isinstance(value, yaml.ScalarNode) and not value.value
    return slip_in(key.value) if is_alone else None


def _is_text(value: str) -> bool:
    return not any(0xD800 <= ord(char) <= 0xDFFF for char in value)  # noqa: PLR2004 - surrogates


_KEY_IS_NO_TEXT = "a key must be a word (YAML takes yes, no, on and off for true and false)"
_RUNS_ON = (
    "goes on here, and a value stands on one line: is this line indented too far, or is a key's "
    "colon missing?"
)
_SIXTIETHS = (
    "a number with colons is counted in sixtieths by YAML (12:30 is 750): "
    "put quotes round it, or write the plain number"
)
_EIGHTS = (
    "a number that begins with 0 is octal to YAML (010 is 8): "
    "put quotes round it, or leave the 0 out"
)
