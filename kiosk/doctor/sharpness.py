"""How soft the edges in a picture are, in pixels: a number for whoever turns the lens.

A step edge blurred by a Gaussian of deviation s has the gradient h / (s·√2π) at its middle, h its
height. Blurred once more, by a and by b, its gradients stand in the ratio
R = √((s² + b²) / (s² + a²)), whatever its height: s² = (b² - R²·a²) / (R² - 1) follows without
knowing the contrast (Zhuo and Sim, "Defocus map estimation from a single image", Pattern
Recognition 44, 2011). Smoothing by a first keeps noise out; noise and texture that remain are
weaker than the strongest edges, and only those are asked.

Bars close together spoil each other's gradients and look sharper than they are, the more so at a
small a; strong blur needs a large one. So it is done in the picture and in two smaller copies, and
the largest answer taken.
The number is about 0.7 px below the deviation of the blur that was added in simulated scenes: it
is for comparing, and its words are set by what the prefilter still reads at 2 to 4 pixels a bar.
"""

import cv2
import numpy as np
import numpy.typing as npt

from kiosk.model import Image

_Plane = npt.NDArray[np.float32]

_SCALES = (1, 2, 4)  # the picture is made so many times smaller; there a is 1 px, and b is 2
_FINE, _COARSE = 1.0, 2.0
_MARGIN = 4  # pixels at the border, where smoothing invents edges
_EDGES_MIN = 50
_STRONGEST = 200  # edges that say what a strong one is here
_STRONG = 0.5  # of those
_OVER_TEXTURE = 6.0  # times the usual gradient
_FAINT = 1.5  # grey levels a pixel: below there is nothing but noise
_SHARP, _SOFT = 1.2, 2.2  # pixels


def edge_blur(grey: Image) -> float | None:
    """Return how soft the strongest edges of ``grey`` (H×W uint8) are, in pixels; 0 is sharp.

    None where there are too few edges to tell.
    """
    plane = grey.astype(np.float32)
    answers = []
    for scale in _SCALES:
        height, width = grey.shape[0] // scale, grey.shape[1] // scale
        if min(height, width) > 2 * _MARGIN:
            small = cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA)
            answers.append(_blur_in(small.astype(np.float32, copy=False), scale))
    return max((blur for blur in answers if blur is not None), default=None)


def words_for_blur(pixels: float) -> str:
    """Say in a word how a blur looks: sharp, a little soft or blurred."""
    if pixels < _SHARP:
        return "sharp"
    return "a little soft" if pixels < _SOFT else "blurred"


def is_blurred(pixels: float) -> bool:
    """Tell whether labels at the usual distance can no longer be read."""
    return pixels >= _SOFT


def _blur_in(plane: _Plane, scale: int) -> float | None:
    """Measure the blur in a picture made smaller ``scale`` times, in pixels of the whole one."""
    fine, coarse = _gradient(plane, _FINE), _gradient(plane, _COARSE)
    edges = _strong_edges(fine)
    if np.count_nonzero(edges) < _EDGES_MIN:
        return None
    ratio = np.maximum(fine[edges] / np.maximum(coarse[edges], 1e-3), 1.001) ** 2
    squares = (_COARSE**2 - ratio * _FINE**2) / (ratio - 1.0)
    return scale * float(np.sqrt(max(float(np.median(squares)), 0.0)))


def _gradient(plane: _Plane, sigma: float) -> _Plane:
    smooth = cv2.GaussianBlur(plane, (0, 0), sigma)
    dx, dy = (cv2.Sobel(smooth, cv2.CV_32F, *way, ksize=1, scale=0.5) for way in ((1, 0), (0, 1)))
    return cv2.magnitude(dx, dy).astype(np.float32, copy=False)


def _strong_edges(gradient: _Plane) -> npt.NDArray[np.bool_]:
    """Mark the local maxima that stand out."""
    crests = gradient >= cv2.dilate(gradient, np.ones((3, 3), np.uint8))
    inside = np.zeros_like(crests)
    inside[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN] = True
    crests &= inside
    heights = np.sort(gradient[crests])
    if heights.size < _EDGES_MIN:
        return np.zeros_like(crests)
    strong = _STRONG * float(heights[-min(heights.size, _STRONGEST)])
    least = max(_OVER_TEXTURE * float(np.median(gradient)), strong, _FAINT)
    return np.asarray(crests & (gradient > least))
