"""One scene before the prefilter and, where wanted, before the two libraries: a row of facts."""

from dataclasses import dataclass

import cv2
import numpy as np
from prefilter_standard import broken_rule

from kiosk.model import Crop, Image, Quad, Reading, Verdict
from kiosk.simulate.code39 import encode
from kiosk.simulate.levels import sample
from kiosk.simulate.scene import Scene, render
from kiosk.simulate.spec import Symbology
from kiosk.vin import vin_of
from kiosk.vision.decode import read_profile
from kiosk.vision.prefilter import Prefilter
from kiosk.vision.profile import profiles_of
from kiosk.vision.readers import zbar_code39, zxing_any, zxing_code39

QUIET_MIN = 10.0  # modules; ISO/IEC 16388
WHITE_MIN = 150  # grey: clearly lighter than where a reader parts dark from light, about 128
_GREY = 2  # dimensions
_FRAME_QUALITY = 90
MARGIN_MIN = 10.0  # nats: what the program asks of its own decoder where no library reads a crop
OTHER = "other"  # the level without VIN labels, but with other codes
TWO = "two"  # two VINs in view
BESIDE = ("beside", "beside_hard")  # another code on the label
SEEDS = 100_000
"""How many of each level there are for development, and as many others for the evaluation."""
_SAMPLE_PX = 1.0  # a crop's own pixels are what its profile is sampled at


@dataclass(frozen=True, slots=True)
class Job:
    """A scene to examine; ``thorough``: the libraries look at it too."""

    level: str
    seed: int
    thorough: bool


@dataclass(frozen=True, slots=True)
class Peers:
    """What the two libraries made of the full frame: right, or a wrong text that is a VIN's."""

    zbar: bool
    zxing: bool
    wrong: int


@dataclass(frozen=True, slots=True)
class CropFacts:
    """A crop judged from its bytes alone: who reads the label's text in it.

    ``ours``: our own decoder, at ten nats at least, as the program asks of a crop that no library
    reads. ``fault`` names the rule it breaks, else empty; ``frame_bytes`` is the frame's size as
    a JPEG of quality 90, None where that was not asked for.
    """

    bytes: int
    frame_bytes: int | None
    zbar: bool
    zxing: bool
    ours: bool
    fault: str

    @property
    def by_library(self) -> bool:
        """Tell whether a library reads it."""
        return self.zbar or self.zxing

    @property
    def is_read(self) -> bool:
        """Tell whether anybody reads it."""
        return self.by_library or self.ours


@dataclass(frozen=True, slots=True)
class Row:
    """One scene: what it holds and what was made of it.

    ``text`` is that of the VIN label, None where there is none, ``second`` that of one more;
    ``holds`` is the text of whatever symbol is in view, of symbology ``code``. ``said`` is
    the reading's text, of the symbology ``symbology``; ``best`` what it would say if it had to,
    sure or not; ``vins`` all VINs it tells.
    """

    level: str
    seed: int
    text: str | None
    holds: str | None
    code: str | None
    module_px: float
    defocus: float
    verdict: str
    said: str | None
    vin: str | None
    vins: tuple[str, ...]
    symbology: str | None
    confidence: float
    uploaded: bool
    best: str | None = None
    iou: float | None = None
    peers: Peers | None = None
    crop: CropFacts | None = None
    second: str | None = None

    @property
    def is_right(self) -> bool:
        """Tell whether the label was read surely and rightly; of two, whether both were told."""
        if self.second is not None:
            both = {vin_of(self.text or ""), vin_of(self.second)}
            return self.verdict != Verdict.VIN and set(self.vins) == both
        return self.text is not None and self.verdict == Verdict.VIN and self.said == self.text

    @property
    def keeps_all(self) -> bool:
        """Tell whether the Code 39 in view is no VIN label's, but keeps every rule of VINs."""
        holds = self.holds if self.text is None and self.code == Symbology.CODE39 else None
        return holds is not None and broken_rule(holds) is None

    @property
    def is_taken(self) -> bool:
        """Tell whether a text that no rule tells from a VIN was read rightly, and taken for one."""
        return self.keeps_all and self.verdict == Verdict.VIN and self.said == self.holds

    @property
    def is_wrong(self) -> bool:
        """Tell whether a VIN was accepted, or shown at all, that is not in the scene.

        Of two labels in view, none may be accepted.
        """
        label = self.holds if self.keeps_all else self.text
        symbol_vin = label if self.code == Symbology.CODE39 else self.holds
        shown = {self.vin, *self.vins} - {None, *map(vin_of, (symbol_vin or "", self.second or ""))}
        accepted = self.verdict == Verdict.VIN
        return bool(shown) or (accepted and (self.said != label or self.second is not None))


def examine_scene(prefilter: Prefilter, job: Job) -> Row:
    """Render a scene, and look at it."""
    scene = render(sample(job.level, job.seed))
    reading = prefilter.examine(scene.image)
    text = label_of(job, scene)
    peers = crop = None
    if job.thorough:
        peers = look_of_peers(grey_of(scene.image), text)
    if reading.crop is not None and text is not None and job.level != TWO:
        size = jpeg_size(scene.image) if job.thorough else None
        crop = judge_crop(reading.crop, text, scene.spec.wide, size)
    return _row(job, scene, reading, peers, crop)


def label_of(job: Job, scene: Scene) -> str | None:
    """Return the text of the scene's VIN label; what the level "other" shows is never one."""
    return None if job.level == OTHER else scene.text


def second_of(job: Job, scene: Scene) -> str | None:
    """Return the text of the second VIN label of the level "two"."""
    if job.level != TWO:
        return None
    other = scene.spec.second or scene.spec.neighbour
    assert other is not None
    return other.text


def jpeg_size(image: Image) -> int:
    """Return how many bytes a frame takes as a JPEG of quality 90."""
    good, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _FRAME_QUALITY])
    assert good
    return len(data)


def _row(
    job: Job, scene: Scene, reading: Reading, peers: Peers | None, crop: CropFacts | None
) -> Row:
    quads = reading.quad, scene.quad
    return Row(
        job.level,
        job.seed,
        label_of(job, scene),
        scene.text,
        scene.spec.symbology.value if scene.text else None,
        round(scene.module_px, 4),
        round(scene.spec.defocus, 4),
        reading.verdict.value,
        reading.text,
        reading.vin,
        reading.vins,
        reading.symbology,
        round(reading.confidence, 5),
        reading.crop is not None,
        best_of(reading),
        round(overlap_of(*quads), 4) if quads[0] and quads[1] else None,
        peers,
        crop,
        second_of(job, scene),
    )


def best_of(reading: Reading) -> str | None:
    """Return what a reading would say if it had to, sure or not."""
    return reading.text or reading.guess


def look_of_peers(grey: Image, text: str | None) -> Peers:
    """Let zbar and zxing-cpp, restricted to Code 39, read a full frame (H×W uint8)."""
    zbar, zxing = set(zbar_code39(grey)), set(zxing_code39(grey, thorough=True))
    wrong = sum(len(said) >= 17 and said != text for said in zbar | zxing)  # noqa: PLR2004 - a VIN's length
    return Peers(text in zbar, text in zxing, wrong)


def judge_crop(crop: Crop, text: str, wide: float, frame_bytes: int | None) -> CropFacts:
    """Read a crop from its bytes as the service would, and hold it against the rules."""
    size = len(crop.data), frame_bytes
    pixels = cv2.imdecode(np.frombuffer(crop.data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim != _GREY:
        return CropFacts(*size, zbar=False, zxing=False, ours=False, fault="not grey")
    grey = np.asarray(pixels, np.uint8)
    zbar, zxing = zbar_code39(grey), zxing_code39(grey, thorough=True)
    fault = ""
    if max(len(zbar), len(zxing_any(grey))) > 1:
        fault = "more than one symbol"
    elif quiet_of(grey, sum(encode(text, wide))) < QUIET_MIN:
        fault = f"less than {QUIET_MIN:g} modules of quiet zone"
    match = read_profile(profiles_of(grey).whole, _SAMPLE_PX)
    ours = match is not None and match.text == text and match.margin >= MARGIN_MIN
    return CropFacts(*size, text in zbar, text in zxing, ours, fault)


def quiet_of(grey: Image, modules: float) -> float:
    """Measure the narrower white quiet zone of an upright crop, in modules.

    A zone reaches from the crop's edge to where the rows' mean is white no more; what lies between
    the zones is the symbol, ``modules`` wide.
    """
    inked = np.flatnonzero(grey.mean(axis=0) < WHITE_MIN)
    if not len(inked):
        return 0.0
    zones = inked[0], grey.shape[1] - 1 - inked[-1]
    return float(min(zones) * modules / (inked[-1] - inked[0] + 1))


def overlap_of(ours: Quad, theirs: Quad) -> float:
    """Return the intersection of two quads over their union, 0 to 1."""
    first, second = np.array(ours, np.float32), np.array(theirs, np.float32)
    both, _ = cv2.intersectConvexConvex(first, second)
    union = cv2.contourArea(first) + cv2.contourArea(second) - both
    return float(both / union) if union else 0.0


def grey_of(image: Image) -> Image:
    """Return the picture (H×W×3 BGR) as grey, H×W."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
