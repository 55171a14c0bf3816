"""What the camera and the prefilter say."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # commands that look at no picture do not wait for numpy
    import numpy as np
    import numpy.typing as npt

    Image = npt.NDArray[np.uint8]
else:
    Image = object
"""A picture: H×W (grey) or H×W×3 (BGR), uint8."""

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]


class Verdict(StrEnum):
    """What the prefilter makes of a picture."""

    VIN = "vin"  # a VIN, read surely
    UNREAD = "unread"  # a Code 39 symbol that could not be read surely
    NOT_VIN = "not_vin"  # Code 39 with other content
    FOREIGN = "foreign"  # another symbology
    NONE = "none"  # no barcode


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture from the camera. ``taken_at`` is monotonic seconds at the exposure's end.

    ``look`` gives its pixels. A camera that sends JPEG has them decoded only then: of fifteen
    frames a second an idle lane looks at none. It raises PictureError where the frame arrived
    damaged.
    """

    look: Callable[[], Image] = field(repr=False)  # it may hold a whole JPEG
    taken_at: float
    number: int


@dataclass(frozen=True, slots=True)
class Crop:
    """The exact bytes that would be uploaded, holding exactly one symbol."""

    data: bytes
    width: int
    height: int
    format: str  # "png" | "jpeg"
    strip: bytes | None = None  # the unprocessed strip as PNG, kept beside the evidence


@dataclass(frozen=True, slots=True)
class Reading:
    """What the prefilter found in one picture.

    ``quad`` holds the symbol's corners in image pixels, clockwise from its upper left as the text
    runs. ``crop`` is there exactly when ``upload.when: located`` would upload. ``vins`` lists all
    different VINs read in the picture, beside a sure one also those that are only probable: with
    two or more the verdict is ``unread`` and nothing is uploaded (TWO LABELS). ``confidence`` is
    the probability that the whole text is right; of an unread symbol it is that of ``guess``, which
    is never to be shown as read.
    """

    verdict: Verdict
    text: str | None = None
    vin: str | None = None
    confidence: float = 0.0
    symbology: str | None = None
    quad: Quad | None = None
    crop: Crop | None = None
    ms: float = 0.0
    vins: tuple[str, ...] = ()
    guess: str | None = None

    @property
    def two_labels(self) -> bool:
        """Tell whether two different VINs are in view."""
        return len(self.vins) > 1
