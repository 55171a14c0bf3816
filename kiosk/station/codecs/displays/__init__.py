"""Messages to bytes: one pure module for each family of displays, found by name."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from kiosk.errors import UsageError
from kiosk.station.codecs.displays.cd5220 import Cd5220
from kiosk.station.codecs.displays.display import DisplayCodec
from kiosk.station.codecs.displays.epson import Epson
from kiosk.station.codecs.displays.logic_controls import LogicControls
from kiosk.station.codecs.displays.matrix_orbital import MatrixOrbital
from kiosk.station.codecs.displays.plain import Framing, Plain
from kiosk.station.codecs.displays.serlcd import SerLcd

DISPLAYS: Mapping[str, Callable[[], DisplayCodec]] = MappingProxyType(
    {codec.name: codec for codec in (Cd5220, Epson, LogicControls, MatrixOrbital, SerLcd)}
    | {framing.value: partial(Plain, framing) for framing in Framing}
)
"""The families of displays by their name in the configuration."""


def codec_named(name: str) -> DisplayCodec:
    """Make the codec of ``station.display``; raises UsageError for a name nobody knows."""
    if name not in DISPLAYS:
        raise UsageError(f"no display is called {name!r}; there are {', '.join(DISPLAYS)}")
    return DISPLAYS[name]()


__all__ = ["DISPLAYS", "DisplayCodec", "codec_named"]
