"""The words of a lane with neither display nor button: they go into its log.

Such a lane scans what it sees by itself, what arrives in its folder, or at `vin-kiosk trigger`,
which never consents to pay again.
"""

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.station.codecs.text import Lines
from kiosk.station.messages import en

_NOT_PAID = "NOTHING WAS PAID"
_AGAIN = {"PRESS AGAIN TO PAY", "AGAIN COSTS A CREDIT"}

TEXTS: Mapping[str, tuple[Lines, ...]] = MappingProxyType(
    {
        name: tuple((upper, _NOT_PAID if lower in _AGAIN else lower) for upper, lower in pages)
        for name, pages in en.TEXTS.items()
    }
    | {
        "ready": (("READY", "WAITING FOR TRIGGER"),),
        "ready_presentation": (("READY", "WAITING FOR A LABEL"),),
        "button_lost": (("TRIGGER LOST", "CHECK ITS CABLE"),),
        "button_stuck": (("TRIGGER STUCK", "CHECK IT"),),
        "recorded_sent": (("{vin}", "SENT AT A TRIGGER"),),
        "press_button": (("LABEL NOT READ", "TRIGGER A SCAN"),),
    }
)
"""As those of ``en``, with nothing about a button."""
