"""Scenes the demo and the tests tell stories with, each in view of a clear camera."""

from dataclasses import replace

from kiosk.simulate.levels import sample
from kiosk.simulate.spec import FRAME_HEIGHT, FRAME_WIDTH, SceneSpec, Symbology

_PALLET = "PALLET-0042"
_MATRIX_MODULE_PX = 7.0
_MIDDLE = FRAME_WIDTH / 2, FRAME_HEIGHT / 2


def car(vin: str, seed: int = 0, level: str = "clear") -> SceneSpec:
    """Show the label of one car in a pose drawn from ``level``, its seed ``seed``."""
    return replace(sample(level, seed), text=vin, plain_text=None)


def another_pose(spec: SceneSpec, seed: int, level: str = "clear") -> SceneSpec:
    """Show the same label on the same car again: other pose and light, drawn from ``level``."""
    moved = car(spec.text or "", seed, level) if spec.text else sample("empty", seed)
    return replace(
        spec,
        module_px=moved.module_px,
        centre=moved.centre,
        tilt_deg=moved.tilt_deg,
        tilt_axis_deg=moved.tilt_axis_deg,
        roll_deg=moved.roll_deg,
        turn_deg=moved.turn_deg,
        defocus=moved.defocus,
        gradient=moved.gradient,
        gradient_deg=moved.gradient_deg,
        exposure=moved.exposure,
        frame=seed,
    )


def empty_lane(seed: int = 0) -> SceneSpec:
    """Show a door pillar without any label."""
    return replace(sample("clear", seed), text=None, label=False, stripes=0)


def foreign(text: str, symbology: Symbology, seed: int = 0) -> SceneSpec:
    """Show a barcode of another symbology; ``text`` may well be a VIN.

    `render` raises ValueError where the symbology cannot hold the text (EAN-13: 12 or 13 digits).
    """
    plain = replace(
        sample("clear", seed), text=text, plain_text=None, symbology=symbology, centre=_MIDDLE
    )
    if symbology in {Symbology.QRCODE, Symbology.DATAMATRIX}:
        return replace(plain, module_px=_MATRIX_MODULE_PX)
    return plain


def not_a_vin(text: str = _PALLET, seed: int = 0) -> SceneSpec:
    """Show a Code 39 that is no VIN."""
    return replace(sample("clear", seed), text=text, plain_text=None, centre=_MIDDLE)


def two_labels(first: str, second: str, seed: int = 0) -> SceneSpec:
    """Show two labels with different texts at once, one above the other."""
    spec = replace(
        sample("clear", seed),
        text=first,
        plain_text=None,
        module_px=2.8,
        centre=(_MIDDLE[0], FRAME_HEIGHT * 0.27),
        turn_deg=0,
        stripes=0,
    )
    below = (_MIDDLE[0], FRAME_HEIGHT * 0.77)
    return replace(spec, second=replace(spec, text=second, centre=below, seed=spec.seed + 1))
