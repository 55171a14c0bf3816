"""The shells' side: the scripts they load, and what they ask while a person types."""

import os
from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    split_arg_string,
)

from kiosk.completion.outline import KEYS, OUTLINE
from kiosk.completion.tree import tree_of

COMPLETE_VARIABLE = "_VIN_KIOSK_COMPLETE"
_PROGRAM = "vin-kiosk"
_INSTALL = {
    "bash": "sudo tee /etc/bash_completion.d/vin-kiosk",
    "zsh": "sudo tee /usr/local/share/zsh/site-functions/_vin-kiosk",
    "fish": "sudo tee /etc/fish/completions/vin-kiosk.fish",
}


class _Bash(BashComplete):
    """Bash breaks words at = and : too, and completes only what stands behind the last of them."""

    source_template = """\
%(complete_func)s() {
    local IFS=$'\\n' line
    COMPREPLY=()
    for line in $(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD="$COMP_CWORD" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null); do
        case ${line%%%%,*} in
        file) compopt -o default 2>/dev/null ;;
        dir) compopt -o dirnames 2>/dev/null ;;
        *) COMPREPLY+=("${line#*,}") ;;
        esac
    done
    # behind KEY= goes a value, not a blank
    [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null
    return 0
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

    _broken_off = ""  # what bash does not want to see again

    def source(self) -> str:
        """Write the script; the shell that will read it may be another than this machine's."""
        return ShellComplete.source(self)

    def get_completion_args(self) -> tuple[list[str], str]:
        """Put the words together again that bash broke at = and :."""
        broken = split_arg_string(os.environ["COMP_WORDS"])[: int(os.environ["COMP_CWORD"]) + 1]
        broken += [""] * (int(os.environ["COMP_CWORD"]) + 1 - len(broken))
        words: list[str] = []
        glued = False
        for word in broken:
            is_break = bool(word) and not word.strip("=:")
            self._broken_off = words[-1] if glued else ""
            if words[1:] and (glued or is_break):
                words[-1] += word
            else:
                words.append(word)
            glued = is_break and len(words) > 1
        if glued:
            self._broken_off = words[-1]
        return words[1:-1], words[-1] if words[1:] else ""

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Leave out of a value what stands before the last = already."""
        key, equals, value = item.value.partition("=")
        if equals and self._broken_off.endswith(f"{key}="):
            return f"{item.type},{value}"
        return f"{item.type},{item.value}"


class _Zsh(ZshComplete):
    """As click has it, but without a blank behind KEY=."""

    source_template = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local -a response described bare open
    local type value descr
    (( ! $+commands[%(prog_name)s] )) && return 1
    response=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \\
        %(complete_var)s=zsh_complete %(prog_name)s 2>/dev/null)}")
    for type value descr in ${response}; do
        case $type in
        file) _path_files -f ;;
        dir) _path_files -/ ;;
        plain)
            if [[ $value == *= ]]; then
                open+=("$value")
            elif [[ $descr == _ ]]; then
                bare+=("$value")
            else
                described+=("$value:$descr")
            fi
            ;;
        esac
    done
    (( $#described )) && _describe -V unsorted described -U
    (( $#bare )) && compadd -U -V unsorted -a bare
    (( $#open )) && compadd -U -S '' -V unsorted -a open
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""


_CLASSES: dict[str, type[ShellComplete]] = {"bash": _Bash, "zsh": _Zsh, "fish": FishComplete}
SHELLS = tuple(_CLASSES)


def script_for(shell: str) -> str:
    """Write the script that a shell loads, with a line on how to install it."""
    first, _, rest = _of(shell).source().partition("\n")
    how = f"# To install it: vin-kiosk completion {shell} | {_INSTALL[shell]}"
    if first.startswith("#"):  # zsh looks for #compdef in the first line
        return f"{first}\n{how}\n{rest}"
    return f"{how}\n{first}\n{rest}"


def complete(instruction: str) -> int:
    """Answer a shell (``bash_complete``) or give it its script (``bash_source``); an exit code."""
    shell, _, wish = instruction.partition("_")
    if shell not in SHELLS or wish not in {"source", "complete"}:
        return 1
    click.echo(script_for(shell) if wish == "source" else _of(shell).complete())
    return 0


def _of(shell: str) -> ShellComplete:
    root = tree_of(OUTLINE, KEYS)
    root.context_settings = {"help_option_names": ["-h", "--help"]}
    return _CLASSES[shell](root, {}, _PROGRAM, COMPLETE_VARIABLE)
