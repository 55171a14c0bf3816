"""Pydantic's findings in the words of the person who edits the file."""

import re
from types import NoneType

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from kiosk.config.bounds import range_of
from kiosk.config.document import Document
from kiosk.config.keys import about_unknown, choices_of, is_section, keys_of, known_keys, nearest
from kiosk.config.problem import KeyPath

_KINDS = {
    "bool_type": "true or false",
    "string_type": "text",
    "dict_type": "names with values, such as {focus_absolute: 30}",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
}
_NUMBERS = (
    (re.compile(r"[-+]?\d+(\.\d*)?"), ", without quotes"),
    (re.compile(r"[-+]?\d+,\d+"), ", with a point and no comma"),
    (re.compile(r"[-+]?\d+(\.\d*)?\s*[a-zA-Z%/ ]+"), " alone, without its unit"),
)
_TAKEN_FOR_TRUTH = ", but YAML takes yes, no, on and off for true and false"
_TRUTHS = frozenset({"true", "false", "yes", "no", "on", "off"})


def explain(error: ValidationError, document: Document) -> None:
    """Report each finding in the document, except for keys that already have a problem."""
    for detail in error.errors(include_url=False, include_input=False):
        path = tuple(str(part) for part in detail["loc"])
        # state_dir's default needs the lane's name: its absence is no second mistake
        if detail["type"] != "default_factory_not_called":
            document.report(document.place_of(path), path, _words(detail, path, document))


def _words(detail: ErrorDetails, path: KeyPath, document: Document) -> str:
    kind = detail["type"]
    info = known_keys().get(path)
    if kind == "extra_forbidden":
        return about_unknown(path)
    if info is None:  # a name within a key's value, such as a camera's control
        return detail["msg"]
    if kind == "missing":
        return _missing(path)
    if is_section(info):
        return f"must be a section with keys of its own: {', '.join(keys_of(path))}"
    return _about_value(detail, path, _value_at(document, path))


def _missing(path: KeyPath) -> str:
    info = known_keys()[path]
    if is_section(info):
        return f"is missing; a section with keys of its own: {', '.join(keys_of(path))}"
    return f"is missing{_such_as(path)}"


def _such_as(path: KeyPath) -> str:
    examples = known_keys()[path].examples
    return f"; such as {path[-1]}: {examples[0]}" if examples else ""


def _about_value(detail: ErrorDetails, path: KeyPath, value: object) -> str:
    kind = detail["type"]
    if value is None:
        return _no_value(path)
    if kind == "literal_error":
        return _one_of(choices_of(path), value)
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    if isinstance(value, bool) and NoneType in choices_of(path):
        return f"must be {_KINDS[kind]}, or null for none{_TAKEN_FOR_TRUTH}"
    if kind in _KINDS:
        return f"must be {_KINDS[kind]}{_trap(kind, value)}{_range(path)}"
    return f"must be within its range{_range(path)}"


def _no_value(path: KeyPath) -> str:
    info = known_keys()[path]
    if not info.is_required():
        return "has no value; give one, or leave the key out for the default"
    return f"has no value, and must have one{_such_as(path)}"


def _one_of(choices: list[object], value: object) -> str:
    names = [str(choice) for choice in choices]
    words = f"must be {', '.join(names[:-1])} or {names[-1]}"
    if len(names) == 1:
        words = f"must be {names[0]} (nothing else is known yet)"
    if value in names:  # but not of the right kind: a number in quotes
        return f"{words}, without quotes"
    if meant := nearest(value, names) if isinstance(value, str) else None:
        return f"{words}; did you mean {meant}?"
    return words + (_no_text(value) if all(isinstance(choice, str) for choice in choices) else "")


def _trap(kind: str, value: object) -> str:
    """Tell of the values that YAML reads otherwise than a person does."""
    if kind == "string_type":
        return _no_text(value)
    if not isinstance(value, str) or kind == "dict_type":
        return ""
    if kind == "bool_type":
        return ", without quotes" if value.strip().lower() in _TRUTHS else ""
    return next((hint for form, hint in _NUMBERS if form.fullmatch(value.strip())), "")


def _no_text(value: object) -> str:
    if isinstance(value, bool):
        return f"{_TAKEN_FOR_TRUTH}: put quotes round it"
    if isinstance(value, int | float):
        return ", but this is a number to YAML: put quotes round it"
    return ""


def _range(path: KeyPath) -> str:
    """Give the bounds of a number, with their unit: `` (from 0.1 to 60 seconds)``."""
    bounds = range_of(path)
    return f" (from {bounds})" if bounds else ""


def _value_at(document: Document, path: KeyPath) -> object:
    value: object = document.values
    for part in path:
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value
