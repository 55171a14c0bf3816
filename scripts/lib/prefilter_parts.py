"""Parts of the bench that are kept, so that they can be measured apart and be on one page."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from figures import Figure, machine

LIB = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Table:
    """A table under its title, and the names of the plots below it."""

    title: str
    body: str
    plots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of the bench found, and on which day; ``plots`` are drawings by their name."""

    figures: tuple[Figure, ...]
    tables: tuple[Table, ...] = ()
    plots: dict[str, str] = field(default_factory=dict)
    day: str = field(default_factory=lambda: date.today().isoformat())  # noqa: DTZ011 - at the machine


class Shelf:
    """Keeps parts in files of a folder, each with the code, machine and amount it is of."""

    def __init__(self, folder: Path, prefix: str, code: str, *, resume: bool) -> None:
        self.taken: dict[str, str] = {}  # parts that were not measured now, and their days
        self._folder, self._prefix, self._resume = folder, prefix, resume
        self._of = f"{code} {_bench_code()} {machine()}"

    def part(self, name: str, amount: str, measure: Callable[[], Part]) -> Part:
        """Return the part that is kept, where a run is resumed; else measure and keep it."""
        of = f"{self._of} {amount}"
        path = self._folder / f"{self._prefix}-{name}.json"
        kept = _load(path, of) if self._resume else None
        if kept is not None:
            self.taken[name] = kept.day
            return kept
        made = measure()
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps({"of": of, "part": asdict(made)}), "utf-8")
        fresh.replace(path)
        return made


def _load(path: Path, of: str) -> Part | None:
    """Return a part that is kept; None where there is none, or one of other code."""
    try:
        kept = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return _part_of(kept["part"]) if kept["of"] == of else None


def _part_of(facts: dict[str, Any]) -> Part:
    figures = tuple(Figure(**figure) for figure in facts["figures"])
    tables = tuple(Table(one["title"], one["body"], tuple(one["plots"])) for one in facts["tables"])
    return Part(figures, tables, facts["plots"], facts["day"])


def _bench_code() -> str:
    """Tell the code that measures and judges."""
    digest = hashlib.sha256()
    for file in _measuring():
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _measuring() -> Iterator[Path]:
    yield from sorted(LIB.glob("prefilter_*.py"))
    yield from (LIB / name for name in ("bench_prefilter.py", "figures.py", "process_meter.py"))
