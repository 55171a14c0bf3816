"""YAML text into plain values that know their lines, and into problems where YAML sets traps."""

import yaml

from kiosk.config.compose import compose
from kiosk.config.document import Document
from kiosk.config.nodes import Builder
from kiosk.config.problem import KeyPath, Place


def parse(text: str, source: str) -> Document:
    """Parse a whole file's text; never raises for anything the text may hold."""
    document = Document(source, text)
    root = compose(document)
    if isinstance(root, yaml.MappingNode):
        document.values = Builder(document).mapping(root, ())
    elif not document.problems:
        what = "is empty" if root is None else "holds a single value or a list"
        document.report(Place(source), (), f"{what}; it must hold keys such as lane: and camera:")
    return document


def parse_value(text: str, source: str, path: KeyPath) -> tuple[object, Document]:
    """Parse the YAML value of one ``--set``; the document holds its problems."""
    document = Document(source, text, lined=False)
    root = compose(document)
    value = None if root is None else Builder(document).value(root, path)
    return value, document
