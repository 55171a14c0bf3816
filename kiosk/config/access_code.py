"""The access code: from systemd's credential, else from its own file; never from the YAML."""

import os
import re
import stat
from pathlib import Path
from shlex import quote

from kiosk.config.schema import LaneConfig
from kiosk.errors import ConfigError
from kiosk.secret import Secret

_CREDENTIAL = "access-code"
_CREDENTIAL_NAME = "systemd's credential access-code"
_MAX_BYTES = 4096
_OTHERS = stat.S_IROTH | stat.S_IWOTH
_KEY = "service.access_code_file"
_VISIBLE = re.compile(rb"[!-~]+")


class AbsentCodeError(ConfigError):
    """No access code can be seen from here; another machine may have it, another user read it."""


def read_access_code(config: LaneConfig) -> Secret:
    """Read the service's access code.

    systemd's credential ``access-code`` goes first, then ``service.access_code_file``. Raises
    ConfigError where neither is there, or where the file is unfit: not exactly one line of
    visible ASCII, or open to every user of the machine; AbsentCodeError, which is one, where it
    cannot be seen at all. No message holds anything of it.
    """
    credential = _credential()
    if credential is not None:
        return _read(credential, _CREDENTIAL_NAME, private=False)
    path = config.service.access_code_file
    if path is None:
        raise AbsentCodeError([f"{_KEY}: {_none_given(config.lane)}"])
    return _read(path, f"{_KEY}: {path}", private=True)


def credential_file(lane: str) -> Path:
    """Name the file that the unit hands to the lane's daemon as its credential."""
    return Path("/etc/vin-kiosk", f"{lane}.access-code")


def _none_given(lane: str) -> str:
    return (
        f"no access code: write it into {credential_file(lane)} (systemd hands that over as the "
        "credential access-code), or name its file here"
    )


def handed_over(lane: str) -> Path | None:
    """Find the file that systemd hands to the lane's daemon; a command by itself has no such."""
    path = credential_file(lane)
    return path if _is_there(path) else None


def find_access_code(config: LaneConfig) -> str | None:
    """Say where the access code would be read from, without reading it; None where nowhere."""
    if _credential() is not None:
        return _CREDENTIAL_NAME
    path = config.service.access_code_file
    if path is None:
        handed = handed_over(config.lane)
        return f"systemd hands {handed} to the lane" if handed else None
    return str(path) if _is_there(path) else None


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder on the way that we may not enter
        return False


def _credential() -> Path | None:
    """Find systemd's credential; a blank one is what the unit gives where there is no file."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    path = Path(folder) / _CREDENTIAL if folder else None
    try:
        return path if path and path.read_bytes().strip() else None
    except FileNotFoundError:
        return None
    except OSError:
        return path  # reading it says why


def _read(path: Path, name: str, *, private: bool) -> Secret:
    try:
        # O_NONBLOCK: a FIFO in its place must not hang the start
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            data = os.read(descriptor, _MAX_BYTES + 1) if stat.S_ISREG(status.st_mode) else b""
        finally:
            os.close(descriptor)
    except OSError as error:
        raise AbsentCodeError([f"{name}: cannot be read: {error.strerror}"]) from error
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError([f"{name}: is not a plain file"])
    if private and status.st_mode & _OTHERS:
        raise ConfigError(
            [f"{name}: every user of this machine can read it: chmod 600 {quote(str(path))}"]
        )
    return _one_line(data, name)


def _one_line(data: bytes, name: str) -> Secret:
    line = data.removesuffix(b"\n").removesuffix(b"\r")
    if not line.strip():
        raise ConfigError([f"{name}: is empty; it must hold the access code"])
    if b"\n" in line or b"\r" in line:
        raise ConfigError([f"{name}: has several lines; it must hold the access code alone"])
    if len(line) > _MAX_BYTES or not _VISIBLE.fullmatch(line):
        raise ConfigError([f"{name}: holds more than visible ASCII characters without spaces"])
    return Secret(line.decode("ascii"))
