"""config/lane.example.yaml: every key with its default, under what the schema says of it."""

import textwrap
from pathlib import Path

from remarks import Block, Paragraph, Typed, Values, blocks_of

from kiosk.config.bounds import closed_list_of, range_of
from kiosk.config.keys import is_section, known_keys
from kiosk.config.problem import KeyPath
from kiosk.config.schema import LaneConfig
from kiosk.config.writing import yaml_of

_WIDTH = 99
_WHOLE_BLANK = "\0"  # a blank at which no line is broken
_LANE = ("lane",)
_SOURCE = ("camera", "source")
_HEAD = Path(__file__).with_name("example_lane.head")


def example_lane() -> str:
    """Write the whole file."""
    given = {
        path: info.examples[0] for path, info in known_keys().items() if info.examples is not None
    }
    shown = LaneConfig.model_validate({"lane": given[_LANE], "camera": {"source": given[_SOURCE]}})
    lines = [_HEAD.read_text("utf-8").rstrip()]
    for path, info in known_keys().items():
        indent = "  " * (len(path) - 1)
        if len(path) == 1:
            lines.append("")
        lines += [f"{indent}{line}".rstrip() for line in _remarks(path, len(indent))]
        value = "" if is_section(info) else f" {yaml_of(_value_at(shown, path))}"
        lines.append(f"{indent}{path[-1]}:{value}")
    return "\n".join(lines) + "\n"


def _value_at(config: LaneConfig, path: KeyPath) -> object:
    value: object = config
    for part in path:
        value = getattr(value, part)
    return value


def _remarks(path: KeyPath, indent: int) -> list[str]:
    """Write a key's description as comments; what it takes stands behind its first words."""
    blocks = list(blocks_of(path))
    notes = _notes(path, blocks)
    if notes and isinstance(blocks[0], Paragraph):
        blocks[0] = Paragraph(f"{blocks[0].text}  {notes}")
    return [f"# {line}" for block in blocks for line in _lines(block, _WIDTH - indent - 2)]


def _notes(path: KeyPath, blocks: list[Block]) -> str:
    """Say in a few words what a key takes, and whether an installer must look at it."""
    info = known_keys()[path]
    notes = []
    if bounds := range_of(path):
        notes.append(f"({bounds})".replace(" ", _WHOLE_BLANK))
    if not any(isinstance(block, Values) for block in blocks):
        notes.append(" | ".join(map(str, closed_list_of(path))))
    extra = info.json_schema_extra
    if info.examples or (isinstance(extra, dict) and extra.get("change")):
        notes.append("CHANGE")
    return "  ".join(note for note in notes if note)


def _lines(block: Block, width: int) -> list[str]:
    if isinstance(block, Paragraph):
        words = block.text.replace("  ", f"{_WHOLE_BLANK} ")  # textwrap would make one of two
        return [line.replace(_WHOLE_BLANK, " ").rstrip() for line in _wrapped(words, width)]
    if isinstance(block, Typed):
        return [f"    {line}" for line in block.lines]
    column = max(map(len, block.meanings)) + 2
    lines = []
    for value, meaning in block.meanings.items():
        first, *rest = _wrapped(meaning, width - column - 2)
        lines += [f"  {value:<{column}}{first}", *(f"  {'':{column}}{line}" for line in rest)]
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
