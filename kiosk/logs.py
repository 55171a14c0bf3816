"""The daemon's log on stderr: plain on a terminal, with priorities where the journal reads it."""

import logging
import os
import sys
from collections.abc import Mapping
from types import MappingProxyType

_PLAIN = "%(levelname)-7s %(name)s: %(message)s"
_JOURNAL = "%(name)s: %(message)s"  # the journal shows the priority itself
# syslog(3)'s numbers, as sd-daemon(3) has them at the beginning of a line
_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_DEBUG = 7
STDERR = 2  # its descriptor
_QUIETER = MappingProxyType(
    {
        # their debug lines hold addresses, and in those the access code
        "urllib3": logging.WARNING,
        "requests": logging.WARNING,
        # Its hints are never believed (kiosk/folder/watch.py), so what it complains of is no news;
        # at a stop it takes its own threads' end for an error.
        "watchdog": logging.CRITICAL,
    }
)


class JournalFormatter(logging.Formatter):
    """Begins every line with its priority, so that ``journalctl -p warning`` finds it."""

    def __init__(self) -> None:
        super().__init__(_JOURNAL)

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's lines, each with its priority."""
        mark = f"<{_priority(record.levelno)}>"
        return "\n".join(mark + line for line in super().format(record).splitlines())


def configure_logging(*, verbose: bool) -> None:
    """Write the program's log to stderr; some libraries say less than they would."""
    handler = logging.StreamHandler(sys.stderr)
    journal = is_journal(STDERR, os.environ)
    handler.setFormatter(JournalFormatter() if journal else logging.Formatter(_PLAIN))
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, handlers=[handler])
    for library, level in _QUIETER.items():
        logging.getLogger(library).setLevel(level)


def is_journal(descriptor: int, environ: Mapping[str, str]) -> bool:
    """Tell whether a descriptor leads to the journal: systemd names the stream it made."""
    status = os.fstat(descriptor)
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def _priority(level: int) -> int:
    return next((number for least, number in _PRIORITIES if level >= least), _DEBUG)
