"""The command line: finds the command's module when it is asked for, and turns errors into exits.

Exit codes: 0 done · 1 an outcome was not as asked · 2 usage or configuration · 3 state locked or
no daemon · 4 something of the machine is missing.
"""

import importlib
import os
import sys

import click

from kiosk import __version__
from kiosk.errors import KioskError, MachineError

_COMMANDS = {
    "run": "Run the lane: the daemon that systemd starts.",
    "demo": "Show a simulated lane at work, with a sandbox for the service.",
    "read": "Read pictures here and print what is found; nothing is uploaded.",
    "submit": "Send pictures through the whole way and wait for the answers.",
    "queue": "See and change what waits for the service.",
    "scans": "List what became of every trigger.",
    "status": "Tell how the lane is doing.",
    "trigger": "Press the lane's button from here.",
    "check-config": "Check a lane's configuration and name every mistake.",
    "show-config": "Print the effective configuration, and where each value comes from.",
    "doctor": "Check this machine for the lane, and say what to do.",
    "station": "Try the display, the beeper and the button.",
    "sandbox": "Run a stand-in for the recognition service.",
    "completion": "Print what makes the shell complete commands, options and lanes.",
}

_COMPLETE = "_VIN_KIOSK_COMPLETE"  # how a shell asks, see kiosk/completion


class _Commands(click.Group):
    """Imports a command's module only when it is called: `--help` needs no OpenCV."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order a person meets them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command: ``kiosk.commands.NAME.command``."""
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"kiosk.commands.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vin-kiosk")
def cli() -> None:
    """Read the VIN label of every car that stops, and never pay twice for one."""


def main() -> None:
    """Run the command line; an error of ours is one clear message and its exit code."""
    if wish := os.environ.get(_COMPLETE):
        from kiosk.completion import complete  # noqa: PLC0415 - only where a shell asks

        sys.exit(complete(wish))
    try:
        try:
            cli(prog_name="vin-kiosk")
        finally:
            sys.stdout.flush()  # a full disk behind a redirection shows only here
    except KioskError as error:
        _complain(str(error))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        _forget_output()  # who read us has gone: `… | head`
        sys.exit(1)
    except OSError as error:
        _forget_output()
        place = f"{error.filename}: " if error.filename else ""
        _complain(f"{place}{error.strerror or error}")
        sys.exit(MachineError.exit_code)


def _complain(words: str) -> None:
    """Say what went wrong; the journal takes it as an error, each line of it."""
    from kiosk.logs import STDERR, is_journal  # noqa: PLC0415 - `--help` needs no logging

    mark = "<3>" if is_journal(STDERR, os.environ) else ""
    for line in f"vin-kiosk: {words}".splitlines():
        click.echo(f"{mark}{line}", err=True)


def _forget_output() -> None:
    """Let nothing more go to an output that failed, the interpreter's own farewell included."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
