"""The values in force, key by key, each with where it comes from; secrets masked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kiosk.config.keys import is_section, known_keys
from kiosk.config.load import Examination
from kiosk.config.problem import KeyPath, Place
from kiosk.config.schema import LaneConfig
from kiosk.config.source import CameraSource
from kiosk.config.writing import plain_of, yaml_of


@dataclass(frozen=True, slots=True)
class Effective:
    """One key's value in force. ``place`` is None for a default."""

    path: KeyPath
    value: object  # as JSON knows it, secrets masked
    yaml: str  # the same on one line of a lane's file
    place: Place | None
    masked: bool = False

    @property
    def key(self) -> str:
        """The key as ``--set`` takes it."""
        return ".".join(self.path)


def effective_values(config: LaneConfig, examination: Examination) -> list[Effective]:
    """List every value in force, in the schema's order; each control of a camera by itself."""
    return [
        _effective(path, value, examination.origins.get(path)) for path, value in _values(config)
    ]


def _values(config: LaneConfig) -> Iterator[tuple[KeyPath, object]]:
    for path, info in known_keys().items():
        if is_section(info):
            continue
        value: object = config
        for part in path:
            value = getattr(value, part)
        if isinstance(value, Mapping) and value:
            yield from (((*path, name), inner) for name, inner in value.items())
        else:
            yield path, value


def _effective(path: KeyPath, value: object, place: Place | None) -> Effective:
    if isinstance(value, CameraSource) and value.masked != value.written:
        return Effective(path, value.masked, yaml_of(value.masked), place, masked=True)
    return Effective(path, plain_of(value), yaml_of(value), place)
