"""``--set a.b=value``: values from the command line laid over those of the file."""

from collections.abc import Sequence

from kiosk.config.document import Document
from kiosk.config.naming import dotted
from kiosk.config.parse import parse_value
from kiosk.config.problem import KeyPath, Place


def lay_over(document: Document, overrides: Sequence[str]) -> None:
    """Change the document's values in place; a later ``--set`` of the same key wins.

    No problem repeats what stands behind the equals sign, or a text without one: somebody may
    have put the access code there.
    """
    for number, override in enumerate(overrides, start=1):
        name, equals, text = override.partition("=")
        path = tuple(name.strip().split("."))
        if not equals or not all(path):
            place = Place(f"--set (number {number})")
            document.report(place, (), "must be KEY=VALUE, such as --set camera.fps=10")
            continue
        value, parsed = parse_value(text, f"--set {dotted(path)}", path)
        document.problems.extend(parsed.problems)
        if not parsed.problems:
            _put(document, path, value)


def _put(document: Document, path: KeyPath, value: object) -> None:
    if document.values is None:
        return
    section = document.values
    for part in path[:-1]:
        inner = section.setdefault(part, {})
        if inner is None:  # `camera:` with nothing under it
            inner = section[part] = {}
        if not isinstance(inner, dict):
            return  # the file's mistake is reported by the schema
        section = inner
    section[path[-1]] = value
    for known in [known for known in document.places if known[: len(path)] == path]:
        del document.places[known]
    document.places[path] = Place(f"--set {dotted(path)}")
