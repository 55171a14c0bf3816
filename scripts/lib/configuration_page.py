"""docs/configuration.md: every key, in the schema's order."""

import textwrap
from pathlib import Path

from remarks import Block, Paragraph, Values, blocks_of

from kiosk.config.bounds import kind_of, range_of, unit_of
from kiosk.config.keys import is_section, keys_of, known_keys
from kiosk.config.problem import KeyPath
from kiosk.config.schema import LaneConfig
from kiosk.config.writing import yaml_of

_HEAD = Path(__file__).with_name("configuration_page.head.md")
_WIDTH = 100
_BY_THE_LANE = "`/var/lib/vin-kiosk/LANE`"


def configuration_page() -> str:
    """Write the whole page."""
    sections = [path for path, info in known_keys().items() if is_section(info)]
    parts = [_HEAD.read_text("utf-8").rstrip(), "## The lane itself"]
    parts += [_key(path) for path in _leaves(())]
    for section in sections:
        parts += [f"## {'.'.join(section)}", *map(_shown, blocks_of(section))]
        parts += [_key(path) for path in _leaves(section)]
    return "\n\n".join(parts) + "\n"


def _leaves(section: KeyPath) -> list[KeyPath]:
    paths = [(*section, name) for name in keys_of(section)]
    return [path for path in paths if not is_section(known_keys()[path])]


def _key(path: KeyPath) -> str:
    """Write one key: what it takes, its default, and what it means."""
    name = ".".join(path)
    facts = " · ".join([_takes(path), _default(path)])
    return "\n\n".join([f"### `{name}`", facts, *map(_shown, blocks_of(path))])


def _takes(path: KeyPath) -> str:
    kind, bounds = kind_of(path), range_of(path)
    if " | " in kind:
        return " | ".join(f"`{choice}`" for choice in kind.split(" | "))
    unit = unit_of(path)
    return kind + (f", {bounds}" if bounds else f", {unit}" if unit else "")


def _default(path: KeyPath) -> str:
    info = known_keys()[path]
    if info.is_required():
        return f"**must be given**, such as `{yaml_of((info.examples or [''])[0])}`"
    if path == ("state_dir",):
        return f"default {_BY_THE_LANE}"
    return f"default `{yaml_of(_default_value(path))}`"


def _default_value(path: KeyPath) -> object:
    value: object = LaneConfig.model_validate({"lane": "a", "camera": {"source": "/dev/a"}})
    for part in path:
        value = getattr(value, part)
    return value


def _shown(block: Block) -> str:
    if isinstance(block, Paragraph):
        return _wrapped(block.text)
    if isinstance(block, Values):
        items = (f"- `{value}`: {meaning}" for value, meaning in block.meanings.items())
        return "\n".join(_wrapped(item, indent="  ") for item in items)
    return "\n".join(["```", *block.lines, "```"])


def _wrapped(text: str, indent: str = "") -> str:
    whole = {"break_long_words": False, "break_on_hyphens": False}
    return textwrap.fill(text, _WIDTH, subsequent_indent=indent, **whole)
