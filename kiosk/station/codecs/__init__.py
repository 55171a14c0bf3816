"""Messages to bytes: one pure module for each family of displays, found by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from kiosk.errors import UsageError
from kiosk.station.codecs.cd5220 import Cd5220
from kiosk.station.codecs.codec import DisplayCodec
from kiosk.station.codecs.plain import Plain

DISPLAYS: Mapping[str, Callable[[], DisplayCodec]] = MappingProxyType(
    {codec.name: codec for codec in (Cd5220, Plain)}
)
"""The families of displays by their name in the configuration."""


def codec_named(name: str) -> DisplayCodec:
    """Make the codec of ``station.display``; raises UsageError for a name nobody knows."""
    if name not in DISPLAYS:
        raise UsageError(f"no display is called {name!r}; there are {', '.join(DISPLAYS)}")
    return DISPLAYS[name]()


__all__ = ["DISPLAYS", "DisplayCodec", "codec_named"]
