"""What was understood of a YAML text, and every problem that was found in it."""

from dataclasses import dataclass, field

from kiosk.config.naming import dotted
from kiosk.config.problem import KeyPath, Place, Problem


@dataclass
class Document:
    """The values of a YAML text; ``values`` is None where nothing could be understood."""

    source: str
    text: str = ""
    lined: bool = True  # False for a --set option, whose lines mean nothing
    values: dict[str, object] | None = None
    places: dict[KeyPath, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    reported: set[KeyPath] = field(default_factory=set)

    def place(self, line: int | None) -> Place:
        """Name a line of this text."""
        return Place(self.source, line if self.lined else None)

    def place_of(self, path: KeyPath) -> Place:
        """Find where a key stands, or the nearest section around it."""
        for length in range(len(path), 0, -1):
            if place := self.places.get(path[:length]):
                return place
        return Place(self.source)

    def origins(self) -> dict[KeyPath, Place]:
        """Find where each value stands: every key that is given and holds no others."""
        found: dict[KeyPath, Place] = {}
        rest: list[tuple[KeyPath, object]] = [((), self.values)]
        while rest:
            path, value = rest.pop()
            if isinstance(value, dict) and value:
                rest += [((*path, name), inner) for name, inner in value.items()]
            else:
                found[path] = self.place_of(path)
        return found

    def report(self, place: Place, path: KeyPath, text: str) -> None:
        """Add a problem, unless this very key has one already: one mistake, one line."""
        if path and path in self.reported:
            return
        self.reported.add(path)
        self.problems.append(Problem(place, dotted(path), text))
