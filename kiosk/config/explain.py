"""Pydantic's findings in the words of the person who edits the file."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from kiosk.config.document import Document
from kiosk.config.keys import about_unknown, choices_of, is_section, keys_of, known_keys, nearest
from kiosk.config.problem import KeyPath

_UNITS = {"_s": "seconds", "_days": "days", "fps": "pictures a second"} | dict.fromkeys(
    ("width", "height"), "pixels"
)
_KINDS = {
    "bool_type": "true or false",
    "string_type": "text",
    "dict_type": "names with values, such as {focus_absolute: 30}",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
}


def explain(error: ValidationError, document: Document) -> None:
    """Report each finding in the document, except for keys that already have a problem."""
    for detail in error.errors(include_url=False, include_input=False):
        path = tuple(str(part) for part in detail["loc"])
        # state_dir's default needs the lane's name: its absence is no second mistake
        if detail["type"] != "default_factory_not_called":
            document.report(document.place_of(path), path, _words(detail, path, document))


def _words(detail: ErrorDetails, path: KeyPath, document: Document) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return about_unknown(path)
    if kind == "missing":
        return "is missing"
    if is_section(known_keys()[path]):
        return f"must be a section with keys of its own: {', '.join(keys_of(path))}"
    return _about_value(detail, path, _value_at(document, path))


def _about_value(detail: ErrorDetails, path: KeyPath, value: object) -> str:
    kind = detail["type"]
    if value is None:
        return "has no value; give one, or leave the key out for the default"
    if kind == "literal_error":
        return _one_of(choices_of(path), value)
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    if kind in _KINDS:
        return f"must be {_KINDS[kind]}{_trap(kind, value)}{_range(path)}"
    return f"must be within its range{_range(path)}"


def _one_of(choices: list[object], value: object) -> str:
    names = [str(choice) for choice in choices]
    words = f"must be {', '.join(names[:-1])} or {names[-1]}"
    if len(names) == 1:
        words = f"must be {names[0]} (nothing else is known yet)"
    if meant := nearest(value, names) if isinstance(value, str) else None:
        return f"{words}; did you mean {meant}?"
    return words + _trap("string_type" if isinstance(choices[0], str) else "int_type", value)


def _trap(kind: str, value: object) -> str:
    """Tell of the values that YAML reads otherwise than a person does."""
    if kind != "string_type":
        return ", without quotes" if isinstance(value, str) else ""
    if isinstance(value, bool):
        return ", but YAML takes yes, no, on and off for true and false: put quotes round it"
    if isinstance(value, int | float):
        return ", but this is a number to YAML: put quotes round it"
    return ""


def _range(path: KeyPath) -> str:
    """Give the bounds of a number, with their unit: `` (from 0.1 to 60 seconds)``."""
    bounds = {
        name: getattr(limit, name)
        for limit in known_keys()[path].metadata
        for name in ("ge", "le")
        if hasattr(limit, name)
    }
    if not bounds:
        return ""
    unit = next((word for end, word in _UNITS.items() if path[-1].endswith(end)), "")
    return f" (from {bounds['ge']:g} to {bounds['le']:g} {unit}".rstrip() + ")"


def _value_at(document: Document, path: KeyPath) -> object:
    value: object = document.values
    for part in path:
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value
