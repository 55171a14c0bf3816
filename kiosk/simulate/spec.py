"""What a simulated scene shows: plain numbers, so that a test or the demo can set each of them."""

import random
from dataclasses import dataclass
from enum import StrEnum

from kiosk.model import Point

FRAME_WIDTH = 1920
FRAME_HEIGHT = 1080


class Symbology(StrEnum):
    """What is printed on the label; the names are those of a `Reading`."""

    CODE39 = "code39"
    CODE128 = "code128"
    EAN13 = "ean13"
    UPCA = "upca"
    ITF = "itf"
    QRCODE = "qrcode"
    DATAMATRIX = "datamatrix"


class Layout(StrEnum):
    """How the label is set, after the habits of several makers."""

    STATEMENT = "statement"  # a block of certification text over the bars
    WEIGHTS = "weights"  # a ruled table of weights over the bars
    STRIP = "strip"  # hardly more than the bars and the VIN


class Surface(StrEnum):
    """What the camera sees around the label."""

    JAMB = "jamb"  # a painted door pillar: folds, seal, screws
    VENTS = "vents"  # louvres and slots
    GRILLE = "grille"  # a mesh
    LINER = "liner"  # coarse cloth or underbody coating


class Side(StrEnum):
    """Where a neighbour stands, as the label's own text runs."""

    LEFT = "left"
    RIGHT = "right"
    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One more symbol on the same label, in the same modules; its symbology is one of bars."""

    text: str
    symbology: Symbology = Symbology.CODE39
    wide: float = 2.5  # wide:narrow, of Code 39
    height: float = 28.0  # of the bars, modules
    gap: float = 10.0  # modules of bare ground between the two
    side: Side = Side.RIGHT


@dataclass(frozen=True, slots=True)
class SceneSpec:
    """One picture. The same spec gives the same picture, to the bit, under the same OpenCV.

    A module is the narrow element of the symbol; lengths on the label are in modules. Pixel
    coordinates have the centre of the upper left pixel at (0, 0).
    """

    # the label
    text: str | None = None  # what the symbol holds; None: no symbol
    label: bool = True  # False: no label at all
    symbology: Symbology = Symbology.CODE39
    wide: float = 2.5  # wide:narrow
    height: float = 28.0  # of the bars, modules
    quiet: float = 10.0  # modules of bare ground left and right of the bars
    inverted: bool = False  # a black label; the bars stand on a white field
    light_bars: bool = False  # bars lighter than their ground (no maker does it on purpose)
    plain_text: str | None = None  # None: the VIN, or the symbol's text
    text_above: bool = True  # the plain text above the bars, else below
    text_gap: float = 1.5  # modules between plain text and bars
    layout: Layout = Layout.STATEMENT
    label_stripes: bool = False  # a striped distractor printed on the label
    contrast: float = 1.0  # of all print on the label; 1: as black as ink is
    neighbour: Neighbour | None = None  # one more symbol on this label

    # the pose; all turns are clockwise as seen
    module_px: float = 2.5  # narrow element at the symbol's middle, in image pixels
    centre: Point = (FRAME_WIDTH / 2, FRAME_HEIGHT / 2)  # of the symbol
    tilt_deg: float = 0.0  # out of the image plane
    tilt_axis_deg: float = 90.0  # about this direction of the image
    roll_deg: float = 0.0
    turn_deg: int = 0  # 0, 90, 180 or 270

    # the optics
    defocus: float = 0.2  # Gaussian sigma, modules
    motion_px: float = 0.0
    motion_deg: float = 0.0
    noise: float = 2.0  # standard deviation in grey levels at mid grey
    gradient: float = 0.0  # 0 even light … 1 one side of the frame dark
    gradient_deg: float = 0.0
    exposure: float = 1.0
    glare: float = 0.0  # grey levels added in the middle of the spot; 0: no spot
    glare_at: Point = (0.0, 0.0)
    glare_px: float = 60.0  # sigma of the spot
    jpeg_quality: int | None = 88  # None: no JPEG

    # the surroundings
    surface: Surface = Surface.JAMB
    stripes: int = 0  # striped distractors beside the label
    seed: int = 0  # of everything not named here: colours, screws, small print, noise
    frame: int = 0  # the camera's next picture of the same scene: other noise, all else alike
    second: "SceneSpec | None" = None  # one more label; only its label and pose count


def seeded(*parts: object) -> random.Random:
    """Make a generator whose numbers depend on ``parts`` alone, on every machine."""
    return random.Random("/".join(map(str, parts)))  # noqa: S311 - pictures, no secrets
