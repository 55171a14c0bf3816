"""The outline as click commands that take the same words as the real ones, and do nothing.

A line of the outline is a command (``queue show  Help …``) or, indented, one of its words:
``--json  Help …`` a flag, ``-c --config <file>`` an option with a value, ``<file>*`` an argument;
``*`` for one that may stand several times. In ``<…>`` stands what to offer: file, dir, lane, key,
text (nothing), or the values themselves with ``|`` between them.
"""

import re
from collections.abc import Mapping
from typing import Any

import click
from click.shell_completion import CompletionItem

from kiosk.commands.lanes import lane_names, lanes_dir

_LINE = re.compile(r"(?P<names>[^<]*?)(?:<(?P<takes>[^>]*)>)?(?P<many>\*)?(?:  (?P<help>.*))?")
_PATHS: dict[str, click.ParamType[Any]] = {"file": click.Path(), "dir": click.Path(file_okay=False)}

Keys = Mapping[str, tuple[str, str]]
"""Each key of a lane's file: what it takes in words, and its closed list with ``|`` between."""


def tree_of(outline: str, keys: Keys) -> click.Group:
    """Build the commands; the group that holds them all is the one without a name."""
    root = command = click.Group("")
    for line in outline.strip("\n").splitlines():
        found = _LINE.fullmatch(line.strip())
        assert found is not None
        names, takes = found["names"].strip(), found["takes"]
        if line.startswith(" "):
            command.params.append(
                _word(names.split(), takes, keys, many=bool(found["many"]), words=found["help"])
            )
        else:
            command = _branch(root, names.split(), found["help"] or "")
    return root


def _branch(root: click.Group, names: list[str], words: str) -> click.Group:
    """Put a command where its name says; a group, since one without commands is as good."""
    parent = root
    for name in names[:-1]:
        group = parent.commands[name]
        assert isinstance(group, click.Group)
        parent = group
    command = _Branch(names[-1], help=words)
    parent.add_command(command)
    return command


class _Branch(click.Group):
    """A command, or a group of them: its arguments are never taken for a command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is named, or none without a complaint."""
        return super().resolve_command(ctx, args) if self.commands else (None, None, args)


def _word(
    names: list[str], takes: str | None, keys: Keys, *, many: bool, words: str | None
) -> click.Parameter:
    kind = _PATHS.get(takes or "") or (_Offered(takes, keys) if takes else None)
    if not names:
        return click.Argument(["words"], type=kind, nargs=-1 if many else 1, required=False)
    return click.Option(names, type=kind, is_flag=takes is None, multiple=many, help=words)


class _Offered(click.ParamType[str]):
    """A value with a list to choose from."""

    name = "offered"

    def __init__(self, takes: str, keys: Keys) -> None:
        self._takes = takes
        self._keys = keys

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        """Offer what goes on as was begun."""
        if self._takes == "key":
            offered = _settings(self._keys, incomplete)
        elif self._takes == "lane":
            offered = dict.fromkeys(lane_names(lanes_dir()), "")
        else:
            offered = {} if self._takes == "text" else dict.fromkeys(self._takes.split("|"), "")
        return [
            CompletionItem(value, help=words or None)
            for value, words in offered.items()
            if value.startswith(incomplete)
        ]


def _settings(keys: Keys, incomplete: str) -> dict[str, str]:
    """Offer keys, each with its =; behind the = the values of a closed list."""
    key, equals, _ = incomplete.partition("=")
    if not equals:
        return {f"{name}=": words for name, (words, _) in keys.items()}
    values = keys.get(key, ("", ""))[1]
    return {f"{key}={value}": "" for value in values.split("|") if value}
