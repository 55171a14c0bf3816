"""The demo's plot: what comes into the lane, what is done to the service, what must come of it."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk.errors import UsageError
from kiosk.model import ScanOutcome, State
from kiosk.simulate.scene import Scene, render
from kiosk.simulate.spec import SceneSpec, Symbology
from kiosk.simulate.vins import random_vin
from kiosk.vin import vin_of

PLOT = Path(__file__).with_name("plot.yaml")
Act = Literal["kill_service", "start_service", "empty_account", "refill_and_resume"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Expectation(_Part):
    """What a press must lead to. ``state`` and ``credits`` hold at the end of the demo."""

    outcome: ScanOutcome
    state: State | None = None
    credits: int = 0
    says: str  # stands on the glass at some moment after the press
    light: Literal["red", "yellow", "green"] | None = None  # is lit with these words


class View(_Part):
    """What stands in the lane. ``car`` names a car of the plot; its VIN comes from the renderer."""

    car: str | None = None
    make: str | None = None
    european: bool = False
    identifier: bool = False
    text: str | None = None  # of a symbol that is no VIN
    by_hand: bool = False  # the label is out of the camera's sight, and scanned by hand
    symbology: Symbology = Symbology.CODE39
    scene: dict[str, Any] = Field(default_factory=dict)  # fields of SceneSpec


class Step(_Part):
    """One step: something is done to the world, or the button is pressed."""

    title: str
    name: str = ""  # a few words for the table
    act: Act | None = None
    view: View | None = None
    expect: Expectation | None = None  # with it, the button is pressed, or the label scanned


class Plot(_Part):
    """The whole demo."""

    steps: Annotated[tuple[Step, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Shown:
    """A rendered view: the picture and the VIN that the renderer knows to be on it."""

    scene: Scene
    vin: str | None
    code: str | None = None  # what the hand scanner reads; None: the button is pressed


def load_plot(path: Path) -> Plot:
    """Read a plot. Raises UsageError with every mistake in it."""
    try:
        return Plot.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"the plot {path} cannot be read: {error}") from error
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise UsageError(f"the plot {path} has mistakes:\n" + "\n".join(lines)) from error


class Scenery:
    """Renders the plot's views; the same car keeps its VIN whenever it comes."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._vins: dict[str, str] = {}
        self._count = 0

    def show(self, view: View) -> Shown:
        """Render a view. Raises UsageError where the plot asks for what cannot be rendered."""
        self._count += 1
        code = view.text if view.car is None else self._text_of(view, view.car)
        text = None if view.by_hand else code
        try:
            spec = SceneSpec(
                text=text,
                label=text is not None,
                symbology=view.symbology,
                seed=self._seed + self._count,
                **view.scene,
            )
            scene = render(spec)
        except (TypeError, ValueError) as error:
            raise UsageError(f"the plot's view cannot be rendered: {error}") from error
        if view.by_hand and code is not None:
            return Shown(scene, vin_of(code), code)
        return Shown(scene, scene.vin)

    def _text_of(self, view: View, car: str) -> str:
        if car not in self._vins:
            rng = random.Random(f"{self._seed}/{car}")  # noqa: S311 - pictures, no secrets
            self._vins[car] = random_vin(rng, view.make, european=view.european)
        return ("I" if view.identifier else "") + self._vins[car]
