"""One mistake in a lane's configuration, and where it stands."""

from dataclasses import dataclass

KeyPath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value came from: a file's line, the file as a whole, or a ``--set`` option."""

    source: str  # the file's path as the person gave it, or "--set a.b"
    line: int | None = None

    def __str__(self) -> str:
        """Write the place as compilers do."""
        return self.source if self.line is None else f"{self.source}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with which key. ``text`` never repeats a value: it might be a secret."""

    place: Place
    key: str | None
    text: str

    def __str__(self) -> str:
        """Write one line: PLACE: KEY: what is wrong."""
        if self.key is None or self.place.source == f"--set {self.key}":
            return f"{self.place}: {self.text}"
        return f"{self.place}: {self.key}: {self.text}"
