"""Reads the first Code 39 symbol of a picture with zxing-cpp.

Independent of ``kiosk.vision`` on purpose: the stand-in must be able to disagree with the lane.
"""

import zxingcpp

from kiosk.sandbox.picture import decode_grey
from kiosk.sandbox.result import Capture
from kiosk.vin import vin_of


def capture(picture: bytes) -> Capture | None:
    """Read ``picture`` (the bytes of an image file); None where no Code 39 is found in it.

    The data identifier ``I`` before a VIN is not captured: the document's samples all show 17
    characters. Text that is no VIN is captured as it stands: "a VIN captured through VINbarcode
    API requires no sanity check".
    """
    image = decode_grey(picture)
    if image is None:
        return None
    found = zxingcpp.read_barcodes(
        image,
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.Code39Std),
        text_mode=zxingcpp.TextMode.Plain,
    )
    if not found:
        return None
    position, text = found[0].position, found[0].text
    corners = (
        position.top_left,
        position.top_right,
        position.bottom_right,
        position.bottom_left,
    )
    xs, ys = [corner.x for corner in corners], [corner.y for corner in corners]
    return Capture(
        text=vin_of(text) or text,
        left=min(xs),
        top=min(ys),
        width=max(xs) - min(xs),
        height=max(ys) - min(ys),
    )
