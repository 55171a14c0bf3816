"""What earlier runs found out about each mistake, for as long as what they looked at is the same.

A mistake that was noticed stays so while its own file and that of the test which noticed it are
unchanged; one that was not is tried again as soon as anything changes.
"""

import json
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from mutation_points import Mutant


class Memory:
    """A file of JSON lines, one for each mistake that was tried; the last of a name counts."""

    def __init__(self, path: Path, root: Path, everything: str) -> None:
        """Read what is there; ``everything`` is a stamp of all sources and tests."""
        self._path = path
        self._root = root
        self._everything = everything
        self._found: dict[str, dict[str, object]] = {}
        with suppress(FileNotFoundError):
            for line in path.read_text("utf-8").splitlines():
                with suppress(ValueError):  # the last line of a run that was killed
                    found = json.loads(line)
                    self._found[found["name"]] = found

    def outcome_of(self, mutant: Mutant, seconds: float) -> bool | None:
        """Tell whether it was noticed; None where that is not known (any more).

        Nor is it where it was overlooked by tests that take less than so many seconds.
        """
        found = self._found.get(mutant.name)
        if found is None or found["stamp"] != self._stamp(mutant, str(found["by"])):
            return None
        if not found["noticed"] and float(str(found["seconds"])) < seconds:
            return None
        return bool(found["noticed"])

    def noticed_in(self, path: Path) -> list[str]:
        """List the tests that noticed mistakes in a file, the latest last."""
        return [
            str(found["by"])
            for name, found in self._found.items()
            if found["by"] and name.startswith(f"{path.name}: ")
        ]

    def keep(self, mutant: Mutant, *, noticed: bool, by: str, seconds: float) -> None:
        """Write down how a trial ended, by tests that take at most so many ``seconds``.

        ``by`` is the test that noticed it, if one alone did.
        """
        found = {
            "name": mutant.name,
            "noticed": noticed,
            "by": by,
            "seconds": seconds,
            "stamp": self._stamp(mutant, by),
        }
        self._found[mutant.name] = found
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(found)}\n")

    def _stamp(self, mutant: Mutant, by: str) -> str:
        if not by:
            return self._everything
        stamp = sha256(mutant.source().encode("utf-8"))
        with suppress(OSError):  # a test that is gone noticed nothing
            stamp.update((self._root / by.partition("::")[0]).read_bytes())
        return stamp.hexdigest()
