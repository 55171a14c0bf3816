"""How hard the pictures are: one table, and specs drawn from it."""

import math
import random
from dataclasses import dataclass, replace

from kiosk.simulate.company import EDGE_PX, on_one_sheet, two_in_view, with_code
from kiosk.simulate.geometry import quad_of
from kiosk.simulate.others import other_code
from kiosk.simulate.spec import FRAME_HEIGHT, FRAME_WIDTH, Layout, SceneSpec, Surface, seeded
from kiosk.simulate.symbols import MATRIX, symbol_of
from kiosk.simulate.vins import random_vin

Range = tuple[float, float]

WIDE: Range = (1.9, 3.0)
QUIET: Range = (4.0, 14.0)
HEIGHT: Range = (18.0, 38.0)  # modules; SAE J1877 asks for 15 % of the length, labels cheat
JPEG_QUALITY = (70, 96)
GLARE_MAX = 160.0  # grey levels: more, and bars and paper are both at the sensor's end
_MATRIX_SCALE = 2.2  # modules of matrix codes are printed larger
_ONE_SHEET = 3  # one in so many pairs of VINs is printed on one label


@dataclass(frozen=True, slots=True)
class Level:
    """Ranges of one level of difficulty. Angles in degrees, ± around zero."""

    module_px: Range
    tilt: float
    roll: float
    defocus: Range  # sigma, modules
    motion_px: float  # at most
    noise: Range  # grey levels
    gradient: Range
    glare_chance: float
    upright: bool = False  # the label is turned by 90°
    barcode: bool = True
    glare_max: float = GLARE_MAX
    other: bool = False  # the symbol is none of a VIN label's
    beside: bool = False  # another code stands on the label
    two: bool = False  # two VIN labels are in view
    like: str | None = None  # its scenes are that level's, but for what is told here


LEVELS: dict[str, Level] = {
    "clear": Level((2.6, 4.0), 8, 5, (0.0, 0.35), 0, (1, 4), (0.0, 0.2), 0.0),
    "normal": Level((1.8, 3.0), 20, 20, (0.2, 0.55), 2, (2, 7), (0.1, 0.6), 0.15),
    "hard": Level((1.4, 2.2), 32, 45, (0.3, 0.8), 4, (4, 12), (0.4, 1.1), 0.3),
    "upright": Level((1.6, 2.8), 12, 8, (0.3, 0.6), 2, (3, 8), (0.1, 0.6), 0.0, upright=True),
    "empty": Level((1.8, 3.0), 20, 20, (0.2, 0.55), 2, (2, 7), (0.1, 0.6), 0.15, barcode=False),
}

FURTHER: dict[str, Level] = {
    "glaring": replace(LEVELS["hard"], glare_max=240.0, like="hard"),
    "other": replace(LEVELS["empty"], other=True),
    "beside": replace(LEVELS["normal"], beside=True),
    "beside_hard": replace(LEVELS["hard"], beside=True),
    "two": Level((1.8, 4.0), 15, 20, (0.2, 0.5), 1, (2, 6), (0.1, 0.4), 0.0, two=True),
}
"""Not levels of difficulty: stronger glare on hard labels, other symbols on empty scenes, another
code on normal and hard labels, and two VINs in view, each of which could be read alone."""


def sample(level: str, seed: int) -> SceneSpec:
    """Draw the spec of scene ``seed`` of a level.

    Raises KeyError for a level neither in LEVELS nor in FURTHER.
    """
    table = LEVELS.get(level) or FURTHER[level]
    rng = seeded("level", table.like or level, seed)
    spec = _with_optics(SceneSpec(seed=rng.getrandbits(32)), table, rng)
    spec = _with_label(spec, table, rng)
    spec = _with_other_code(spec, rng) if table.other else spec
    spec = _with_pose(spec, table, rng)
    if table.two:
        return _with_second(spec, table, rng)
    spec = with_code(spec, rng) if table.beside else spec
    return _with_glare(spec, table, rng)


def _with_second(spec: SceneSpec, table: Level, rng: random.Random) -> SceneSpec:
    """Put a second VIN into view: on the same label, or on one of its own, elsewhere and turned."""
    other = _with_label(replace(spec, seed=rng.getrandbits(32)), table, rng)
    if _one_in(rng, _ONE_SHEET):
        assert other.text is not None
        return on_one_sheet(spec, other.text, rng)
    return two_in_view(spec, _with_pose(other, table, rng), rng)


def _with_optics(spec: SceneSpec, table: Level, rng: random.Random) -> SceneSpec:
    return replace(
        spec,
        defocus=rng.uniform(*table.defocus),
        motion_px=rng.uniform(0, table.motion_px),
        motion_deg=rng.uniform(0, 180),
        noise=rng.uniform(*table.noise),
        gradient=rng.uniform(*table.gradient),
        gradient_deg=rng.uniform(0, 360),
        exposure=rng.uniform(0.75, 1.05),
        jpeg_quality=rng.randint(*JPEG_QUALITY),
    )


def _with_label(spec: SceneSpec, table: Level, rng: random.Random) -> SceneSpec:
    vin = random_vin(rng, european=_one_in(rng, 8))
    text = f"I{vin}" if _one_in(rng, 8) else vin
    return replace(
        spec,
        text=text if table.barcode else None,
        plain_text=vin,
        label=table.barcode or rng.random() < 0.5,  # noqa: PLR2004 - half of the empty scenes
        wide=rng.uniform(*WIDE),
        height=rng.uniform(*HEIGHT),
        quiet=rng.uniform(*QUIET),
        inverted=_one_in(rng, 4),
        text_above=rng.random() < 0.5,  # noqa: PLR2004 - even odds
        text_gap=rng.uniform(0.8, 4.0),
        layout=rng.choice(list(Layout)),
        label_stripes=_one_in(rng, 5),
        surface=rng.choice(list(Surface)) if not table.barcode or _one_in(rng, 4) else Surface.JAMB,
        stripes=rng.randint(0, 3) if table.barcode else rng.randint(1, 4),
    )


def _with_other_code(spec: SceneSpec, rng: random.Random) -> SceneSpec:
    code = other_code(rng)
    return replace(spec, text=code.text, symbology=code.symbology, plain_text=None, label=True)


def _with_pose(spec: SceneSpec, table: Level, rng: random.Random) -> SceneSpec:
    upside_down = _one_in(rng, 10)
    scale = _MATRIX_SCALE if spec.symbology in MATRIX else 1.0
    spec = replace(
        spec,
        module_px=scale * rng.uniform(*table.module_px),
        tilt_deg=rng.uniform(-table.tilt, table.tilt),
        tilt_axis_deg=rng.uniform(0, 180),
        roll_deg=rng.uniform(-table.roll, table.roll),
        turn_deg=(90 if table.upright else 0) + (180 if upside_down else 0),
        centre=(0.0, 0.0),
    )
    return replace(spec, centre=_somewhere(spec, rng))


def _somewhere(spec: SceneSpec, rng: random.Random) -> tuple[float, float]:
    """Pick a place at which the symbol and its quiet zones lie within the frame."""
    width, height = _symbol_size(spec)
    xs, ys = zip(*quad_of(spec, width + 2 * spec.quiet, height), strict=True)
    return (
        rng.uniform(EDGE_PX - min(xs), FRAME_WIDTH - 1 - EDGE_PX - max(xs)),
        rng.uniform(EDGE_PX - min(ys), FRAME_HEIGHT - 1 - EDGE_PX - max(ys)),
    )


def _symbol_size(spec: SceneSpec) -> tuple[float, float]:
    if spec.text is None:
        return 280.0, 100.0  # modules: about the size of a label without a symbol
    symbol = symbol_of(spec)
    return symbol.width, symbol.height


def _with_glare(spec: SceneSpec, table: Level, rng: random.Random) -> SceneSpec:
    """Put a spot of glare on or near the label, at the level's odds."""
    if rng.random() >= table.glare_chance:
        return spec
    angle, distance = rng.uniform(0, 2 * math.pi), rng.uniform(20, 260)
    x, y = spec.centre
    return replace(
        spec,
        glare=rng.uniform(60, table.glare_max),
        glare_at=(x + distance * math.cos(angle), y + distance * math.sin(angle)),
        glare_px=rng.uniform(25, 110),
    )


def _one_in(rng: random.Random, count: int) -> bool:
    return rng.randrange(count) == 0
