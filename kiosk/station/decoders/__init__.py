"""How devices understand bytes: for the modelled glass and light only, written from the manuals.

Nothing here is shared with the codecs, so that a codec's mistake is not mirrored.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from kiosk.station.decoders.cd5220 import Cd5220Decoder
from kiosk.station.decoders.decoder import DisplayDecoder
from kiosk.station.decoders.epson import EpsonDecoder
from kiosk.station.decoders.logic_controls import LogicControlsDecoder
from kiosk.station.decoders.matrix_orbital import MatrixOrbitalDecoder
from kiosk.station.decoders.plain import PlainDecoder
from kiosk.station.decoders.serlcd import SerLcdDecoder

DECODERS: Mapping[str, Callable[[], DisplayDecoder]] = MappingProxyType(
    {
        "cd5220": Cd5220Decoder,
        "epson": EpsonDecoder,
        "logic_controls": LogicControlsDecoder,
        "matrix_orbital": MatrixOrbitalDecoder,
        "serlcd": SerLcdDecoder,
        "plain": PlainDecoder,
        "plain_cr": partial(PlainDecoder, end=b"\r"),
        "plain_stx_etx": partial(PlainDecoder, begin=b"\x02", end=b"\x03"),
    }
)
"""A decoder for each codec, by the same name."""

__all__ = ["DECODERS", "DisplayDecoder"]
