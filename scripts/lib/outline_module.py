"""kiosk/completion/outline.py: every command with its words, and every key of a lane's file."""

from collections.abc import Iterator

import click

from kiosk.cli import cli
from kiosk.config.bounds import closed_list_of, kind_of, range_of
from kiosk.config.keys import is_section, known_keys

_WIDTH = 99
_HEAD = '''"""All commands, their options, and the keys of a lane's file. Written by scripts/docs.

For the form see tree.py.
"""

OUTLINE = """
'''


def outline_module() -> str:
    """Write the whole module."""
    context = click.Context(cli, info_name="vin-kiosk")
    lines = [_HEAD.rstrip("\n"), *_of(cli, context, ()), '"""', "", "KEYS = {"]
    for path, info in known_keys().items():
        if not is_section(info):
            bounds = range_of(path)
            words = f"{bounds}" if bounds else kind_of(path).replace(" | ", ", ")
            values = "|".join(map(str, closed_list_of(path)))
            lines += _entry(".".join(path), words, values)
    return "\n".join([*lines, "}"]) + "\n"


def _entry(key: str, words: str, values: str) -> list[str]:
    """Lay an entry out as ruff's formatter does."""
    line = f'    "{key}": ("{words}", "{values}"),'
    if len(line) <= _WIDTH + 1:
        return [line]
    return [f'    "{key}": (', f'        "{words}",', f'        "{values}",', "    ),"]


def _of(command: click.Command, context: click.Context, names: tuple[str, ...]) -> Iterator[str]:
    if names:
        yield _cut(f"{' '.join(names)}  {command.get_short_help_str(_WIDTH)}")
    for param in command.params:
        if not getattr(param, "hidden", False):
            yield _cut(f"  {_word(param)}")
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is None:
                raise SystemExit(f"{name} is listed, but there is no such command")
            with context.scope(cleanup=False):
                yield from _of(inner, click.Context(inner, context, name), (*names, name))


def _word(param: click.Parameter) -> str:
    many = "*" if param.multiple or param.nargs == -1 else ""
    if not isinstance(param, click.Option):
        return f"<{_takes(param)}>{many}"
    names = " ".join([*param.opts, *param.secondary_opts])
    value = "" if param.is_flag else f" <{_takes(param)}>"
    words = (param.help or "").partition("  [")[0].replace("\n", " ").strip()
    return f"{names}{value}{many}  {words}"


def _takes(param: click.Parameter) -> str:
    known = {"lane": "lane", "overrides": "key"}
    if isinstance(param, click.Option) and param.name in known:
        return known[param.name]
    if isinstance(param.type, click.Path):
        return "file" if param.type.file_okay else "dir"
    if isinstance(param.type, click.Choice):
        return "|".join(map(str, param.type.choices))
    return "text"


def _cut(line: str) -> str:
    short = line.replace("\\", "/").rstrip()
    return short if len(short) <= _WIDTH else f"{short[: _WIDTH - 1]}…"
