"""``vin-kiosk sandbox``: a stand-in for the recognition service, on this machine."""

import os
import signal
import sys
import threading
from pathlib import Path

import click

from kiosk.errors import UsageError
from kiosk.sandbox.faults import FAULTS
from kiosk.sandbox.server import Sandbox

_LARGEST_PORT = 65535
_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)
_FAULT_LIST = "\n".join(
    f"  {fault.name:<18} {fault.what}{'' if fault.charges else ' (free)'}"
    for fault in FAULTS.values()
)
_EPILOG = f"""\b
Faults (a credit is charged unless it says free):
{_FAULT_LIST}

\b
While it runs:
  GET  /_sandbox/journal   every request, what it cost, and the credits left
  POST /_sandbox/faults    {{"NAME": PROBABILITY}} replaces the faults in force
  POST /_sandbox/credits   {{"credits": N}} fills or empties the account
"""


@click.command(epilog=_EPILOG)
@click.option("--listen", default="127.0.0.1:8480", show_default=True, metavar="HOST:PORT")
@click.option("--credits", "balance", type=click.IntRange(min=0), default=1000, show_default=True)
@click.option("--codes", type=_FILE, help="Good access codes, one a line; without it any will do.")
@click.option("--fault", "faults", multiple=True, metavar="NAME=PROBABILITY", help="Misbehave.")
@click.option("--seed", type=int, help="Repeat the same throws of the dice.")
@click.option("--journal", type=_FILE, help="Keep the books in this file, over restarts.")
@click.option("--latency", type=click.FloatRange(min=0), default=0.0, help="Seconds per answer.")
@click.option("--slow", type=click.FloatRange(min=0), default=3.0, help="Seconds of a slow one.")
@click.option("--tls", is_flag=True, help="Speak TLS; prints the certificate's path as ca_file.")
@click.option("--tls-dir", type=_FOLDER, help="Where the certificate goes (means --tls).")
@click.option("--until-eof", is_flag=True, hidden=True, help="End with standard input, too.")
def command(
    listen: str,
    balance: int,
    codes: Path | None,
    faults: tuple[str, ...],
    seed: int | None,
    journal: Path | None,
    latency: float,
    slow: float,
    *,
    tls: bool,
    tls_dir: Path | None,
    until_eof: bool,
) -> None:
    """Run a stand-in for the recognition service until SIGTERM or Ctrl-C.

    Prints its URL when it is ready, and with --tls a second line "ca_file: PATH".
    """
    host, port = _address(listen)
    sandbox = Sandbox(
        host,
        port,
        credits=balance,
        codes=None if codes is None else _codes_in(codes),
        faults=dict(_fault(word) for word in faults),
        seed=seed,
        journal_file=journal,
        tls=tls or tls_dir is not None,
        tls_dir=tls_dir,
        latency_s=latency,
        slow_s=slow,
    )
    _run(sandbox, until_eof=until_eof)


def _run(sandbox: Sandbox, *, until_eof: bool) -> None:
    ends = {signal.SIGTERM, signal.SIGINT}
    # Blocked before any thread starts, so that every thread inherits it and sigwait gets them.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    try:
        if until_eof:
            threading.Thread(target=_end_with_input, daemon=True).start()
        with sandbox:
            click.echo(sandbox.url)
            if sandbox.ca_file:
                click.echo(f"ca_file: {sandbox.ca_file}")
            signal.sigwait(ends)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with_input() -> None:
    """End this process when whoever started it is gone, even without a word (SIGKILL)."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _address(listen: str) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdecimal() or int(port) > _LARGEST_PORT:
        raise UsageError(f"--listen takes HOST:PORT, such as 127.0.0.1:8480, not {listen!r}")
    return host, int(port)


def _fault(word: str) -> tuple[str, float]:
    name, equals, probability = word.partition("=")
    try:
        return name, float(probability) if equals else 1.0
    except ValueError:
        raise UsageError(
            f"--fault takes NAME=PROBABILITY, such as slow=0.5, not {word!r}"
        ) from None


def _codes_in(path: Path) -> frozenset[str]:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read the access codes in {path}: {type(error).__name__}"
        ) from None
    codes = frozenset(line.strip() for line in text.splitlines() if line.strip())
    if not codes:
        raise UsageError(f"there is no access code in {path}")
    return codes
