"""Disks for power cuts: overlays that cost nothing, and what lies on one whose machine is dead."""

import subprocess
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from vm_guest import TrialFailed, until
from vm_wire import JsonLines, Refused

_JOB = "make"
_START_S, _JOB_S = 10.0, 30.0
_MENDED = 1  # e2fsck's exit code for "errors corrected": replaying the journal needs none
_SOUND = 0


class Storage:
    """QEMU's own storage daemon, which reads and writes its disks. A context manager.

    ``folder``: where its socket and the file that shows a disk lie.
    """

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "storage"
        self._shown = folder / "shown.raw"
        self._resources = ExitStack()
        self._serial = 0

    def __enter__(self) -> Self:
        with ExitStack() as resources:
            words = [
                *("--chardev", f"socket,id=ask,path={self._socket},server=on,wait=off"),
                *("--monitor", "chardev=ask"),
            ]
            process = subprocess.Popen(["qemu-storage-daemon", *words], stdin=subprocess.DEVNULL)
            resources.callback(process.wait)
            resources.callback(process.terminate)
            until(self._socket.exists, _START_S, "the storage daemon's start")
            self._lines = JsonLines(self._socket, _START_S)
            resources.callback(self._lines.close)
            self._lines.listen(_START_S)  # its greeting
            self._lines.ask("qmp_capabilities")
            self._resources = resources.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._resources.close()

    def overlay(self, path: Path, below: Path, form: str, size: int) -> Path:
        """Make a disk of ``size`` bytes that shows what ``below`` holds, and keeps what is written.

        ``form``: of the one below, ``raw`` or ``qcow2``. Nobody may write that one any more.
        """
        path.unlink(missing_ok=True)
        self._job({"driver": "file", "filename": str(path), "size": 0})
        self._add({"driver": "file", "filename": str(path), "node-name": "new"})
        facts = {"driver": "qcow2", "file": "new", "size": size}
        self._job(facts | {"backing-file": str(below), "backing-fmt": form})
        self._lines.ask("blockdev-del", {"node-name": "new"})
        return path

    def copy_out(self, disk: Path, folders: list[str], into: Path) -> None:
        """Bring a dead machine's file system in order as its next boot does, and copy ``folders``.

        The journal is replayed, and files that were deleted while open are freed. Raises
        TrialFailed where the file system is not sound then.
        """
        with ExitStack() as shown:
            file = self._show(disk, shown)
            _check(["e2fsck", "-p", str(file)])
            _check(["e2fsck", "-f", "-n", str(file)])
            for folder in folders:
                done = _run(["debugfs", "-R", f"rdump {folder} {into}", str(file)])
                if not (into / Path(folder).name).exists():
                    raise TrialFailed(f"cannot read {folder} on the disk: {done.stderr.strip()}")

    def _show(self, disk: Path, resources: ExitStack) -> Path:
        """Show a disk as a file with its bytes, until ``resources`` are closed."""
        self._serial += 1
        node, shown = f"disk{self._serial}", self._shown
        file = {"driver": "file", "filename": str(disk)}
        self._add({"driver": "qcow2", "file": file, "node-name": node})
        resources.callback(self._lines.ask, "blockdev-del", {"node-name": node})
        shown.touch()
        export = {"type": "fuse", "id": node, "node-name": node, "mountpoint": str(shown)}
        self._lines.ask("block-export-add", export | {"writable": True})
        resources.callback(self._hide, node)
        return shown

    def _hide(self, name: str) -> None:
        self._lines.ask("block-export-del", {"id": name, "mode": "hard"})
        self._lines.wait_for("BLOCK_EXPORT_DELETED", _JOB_S)

    def _add(self, facts: dict[str, Any]) -> None:
        self._lines.ask("blockdev-add", facts)

    def _job(self, options: dict[str, Any]) -> None:
        self._lines.ask("blockdev-create", {"job-id": _JOB, "options": options})

        def over() -> bool:
            (job,) = self._lines.ask("query-jobs")
            if job.get("error"):
                raise Refused(f"making a disk: {job['error']}")
            return bool(job["status"] == "concluded")

        until(over, _JOB_S, "making a disk")
        self._lines.ask("job-dismiss", {"id": _JOB})


def _check(command: list[str]) -> None:
    done = _run(command)
    if done.returncode not in {_SOUND, _MENDED}:
        raise TrialFailed(f"the file system is not sound: {done.stdout.strip()}")


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
