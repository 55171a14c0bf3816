"""Keeps the access code out of files that nobody meant to write."""

import ctypes
import logging
import resource

_log = logging.getLogger(__name__)
_PR_SET_DUMPABLE = 4  # prctl(2)


def forbid_core_dumps() -> None:
    """Let this process leave no picture of its memory: the access code is in there.

    The limit alone is not enough: where cores go to a program (systemd-coredump) the kernel does
    not ask for it, see core(5). A process that is not dumpable cannot be read by another of the
    same user either.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        refused = ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    except (OSError, AttributeError):  # a libc without the call
        refused = True
    if refused:
        _log.warning("this process can still be dumped by a program that collects core files")
