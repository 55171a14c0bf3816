"""Stack lights: one pure module for each family, found by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from kiosk.errors import UsageError
from kiosk.station.codecs.lights.adafruit_tower import AdafruitTower
from kiosk.station.codecs.lights.light import Lamps, LightCodec

LIGHTS: Mapping[str, Callable[[], LightCodec]] = MappingProxyType(
    {AdafruitTower.name: AdafruitTower}
)
"""The families of lights by their name in the configuration."""


def light_named(name: str) -> LightCodec:
    """Make the codec of a family; raises UsageError for a name nobody knows."""
    if name not in LIGHTS:
        raise UsageError(f"no light is called {name!r}; there are {', '.join(LIGHTS)}")
    return LIGHTS[name]()


__all__ = ["LIGHTS", "Lamps", "LightCodec", "light_named"]
