"""Hand and fixed scanners: one pure module for each family, found by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from kiosk.errors import UsageError
from kiosk.station.codecs.scanners.datalogic import Datalogic
from kiosk.station.codecs.scanners.framing import Suffix
from kiosk.station.codecs.scanners.gm65 import Gm65
from kiosk.station.codecs.scanners.heard import Heard, NoRead, Refusal, Refused, Reply, Scanned
from kiosk.station.codecs.scanners.honeywell import Honeywell
from kiosk.station.codecs.scanners.keyence import Keyence
from kiosk.station.codecs.scanners.plain import PlainScanner
from kiosk.station.codecs.scanners.scanner import ScannerCodec, ScannerReader
from kiosk.station.codecs.scanners.zebra_ssi import ZebraSsi

SCANNERS: Mapping[str, Callable[[], ScannerCodec]] = MappingProxyType(
    {codec.name: codec for codec in (PlainScanner, Honeywell, Datalogic, ZebraSsi, Gm65, Keyence)}
)
"""The families of scanners by their name in the configuration."""


def scanner_named(name: str) -> ScannerCodec:
    """Make the codec of a family; raises UsageError for a name nobody knows."""
    if name not in SCANNERS:
        raise UsageError(f"no scanner is called {name!r}; there are {', '.join(SCANNERS)}")
    return SCANNERS[name]()


__all__ = [
    "SCANNERS",
    "Heard",
    "NoRead",
    "Refusal",
    "Refused",
    "Reply",
    "Scanned",
    "ScannerCodec",
    "ScannerReader",
    "Suffix",
    "scanner_named",
]
