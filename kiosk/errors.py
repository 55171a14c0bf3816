"""Every error vin-kiosk raises on purpose, in one tree.

    KioskError
    ├── UsageError          the command line or a file given to it is wrong      exit 2
    │   └── ConfigError     the lane's YAML file is wrong (lists every mistake)  exit 2
    ├── PictureError        a file or bytes that are no usable picture           exit 1
    ├── OutcomeError        it worked, but the outcome is not what was asked     exit 1
    ├── StateLockedError    another process holds the lane's state directory     exit 3
    ├── NoDaemonError       the command needs a running daemon                   exit 3
    ├── MachineError        something of the machine is missing or broken        exit 4
    │   ├── CameraError     the camera cannot be opened or gives no pictures
    │   └── SerialError     the serial port cannot be opened or was lost
    └── LedgerError         the ledger could not do what it was asked            exit 4
        ├── LedgerFullError     the disk is full: nothing was written
        ├── StorageError        a file could not be synced: the process must end, and look again
        ├── DamagedRowError     a row is not what was written: nobody may be shown it
        └── TransitionError     the submission is not in the state the step needs   exit 1

Messages are for the person at the lane: what is wrong, and what to do. No message may ever hold
the access code or a URL with a query string.
"""


class KioskError(Exception):
    """The root: everything that vin-kiosk raises on purpose."""

    exit_code = 1


class UsageError(KioskError, ValueError):
    """The command line, or a file named on it, is wrong."""

    exit_code = 2


class ConfigError(UsageError):
    """The lane's configuration is wrong; ``problems`` holds one line for each mistake."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class PictureError(KioskError, ValueError):
    """A file or a byte string is not a picture that can be used."""


class OutcomeError(KioskError):
    """The command ran, but its outcome is not the one that was asked for."""


class StateLockedError(KioskError):
    """Another process holds the lane's state directory."""

    exit_code = 3


class NoDaemonError(KioskError):
    """The command needs the lane's daemon, and none answers."""

    exit_code = 3


class MachineError(KioskError, OSError):
    """Something of the machine is missing, broken or not permitted."""

    exit_code = 4


class CameraError(MachineError):
    """The camera cannot be opened, or gives no pictures."""


class SerialError(MachineError):
    """The serial port cannot be opened, or was lost."""


class ButtonError(MachineError):
    """The button's device cannot be opened, or was lost."""


class LedgerError(KioskError):
    """The ledger could not do what it was asked; it is never a network error."""

    exit_code = 4


class LedgerFullError(LedgerError):
    """The disk is full: the scan was refused and nothing was written."""


class StorageError(LedgerError):
    """A file could not be synced to the disk: this process must not write it any more.

    Nobody handles it but the end of the process: the next start reads what really is on the disk.
    """


class DamagedRowError(LedgerError):
    """A row of the ledger is not what was written: its checksum says so."""


class TransitionError(LedgerError):
    """The submission is not in a state from which the step is allowed."""

    exit_code = 1
