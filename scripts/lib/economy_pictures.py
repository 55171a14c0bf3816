"""The pictures of the economy's day: rendered once, read once by the real prefilter, then known.

An exposure is what the camera gives at one moment. Within a visit the label keeps its place: the
exposures differ by noise and shake. A car that comes again stands elsewhere, in other light.
"""

import hashlib
import os
import pickle
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
from economy_day import Day, Kind, Visit

from kiosk.model import Image, Reading
from kiosk.simulate.levels import LEVELS, sample
from kiosk.simulate.presets import another_pose, car
from kiosk.simulate.scene import render
from kiosk.simulate.spec import SceneSpec, Symbology, seeded
from kiosk.simulate.symbols import MATRIX
from kiosk.vision.prefilter import Prefilter

ROOT = Path(__file__).resolve().parents[2]
FIRST_SEED = 1_200_000  # of the evaluation: nothing was ever tuned on these
_SEEDS_A_DAY = 10_000
_AGAIN = 5_000  # the poses of cars that come again
_EMPTY_LANE = 9_900
_EMPTY_VIEWS = 3
EXPOSURES = {Kind.CLEAR: 2, Kind.NORMAL: 2, Kind.HARD: 3, Kind.OTHER: 2, Kind.NONE: 2}
_OTHERS = (Symbology.CODE128, Symbology.QRCODE, Symbology.DATAMATRIX)
_MATRIX_SCALE = 2.2  # as other levels print them
_TELL_S = 15.0
_SOURCES = ("kiosk/simulate", "kiosk/vin.py", "kiosk/wmi.py")
_READERS = ("kiosk/vision", "kiosk/model/sight.py", *_SOURCES)
_LIBRARIES = ("opencv-python-headless", "numpy", "zxing-cpp", "pyzbar")


@dataclass(frozen=True, slots=True)
class Picture:
    """One exposure: where its JPEG lies, what the prefilter reads in it, and whose it is."""

    path: Path
    sha256: str
    bytes: int
    reading: Reading
    vehicle: int | None  # the number; None: an empty lane


class Gallery:
    """All exposures of a day. ``prepare`` before anything is asked."""

    def __init__(self, day: Day, folder: Path, *, at_most: int = 9) -> None:
        """Keep pictures and readings in ``folder``; so many exposures a visit at most."""
        self._day = day
        self._scenes = folder / f"scenes-{_code_of(_SOURCES)}"
        self._readings = folder / f"readings-{_code_of(_READERS)}"
        self._at_most = at_most
        self._pictures: dict[tuple[int | None, int], Picture] = {}

    def prepare(self, jobs: int, tell: Callable[[str], None]) -> None:
        """Render and read what is not known yet, by so many processes."""
        for path in (self._scenes, self._readings):
            path.mkdir(parents=True, exist_ok=True)
            _forget_other_codes(path)
        wanted = list(self._wanted())
        known = [self._known(spec) for _, spec in wanted]
        missing = [spec for (_, spec), is_known in zip(wanted, known, strict=True) if not is_known]
        begun, told = time.monotonic(), time.monotonic()
        for done, _ in enumerate(self._made(missing, jobs), 1):
            now = time.monotonic()
            if now - told >= _TELL_S or done == len(missing):
                left = (now - begun) / done * (len(missing) - done)
                tell(f"pictures: {done} of {len(missing)}, {left / 60:.1f} min left")
                told = now
        for (key, vehicle), spec in wanted:
            self._pictures[key] = self._load(spec, vehicle)

    def picture(self, visit: Visit | None, exposure: int) -> Picture:
        """Return an exposure of a visit, or of the empty lane; the first follows the last."""
        number = None if visit is None else visit.number
        return self._pictures[number, exposure % self._count(visit)]

    @property
    def pictures(self) -> list[Picture]:
        """All of them."""
        return list(self._pictures.values())

    def _wanted(self) -> "Iterator[tuple[tuple[tuple[int | None, int], int | None], SceneSpec]]":
        for visit in self._day.visits:
            for exposure in range(self._count(visit)):
                spec = spec_of(self._day.seed, visit, exposure)
                yield ((visit.number, exposure), visit.vehicle.number), spec
        for exposure in range(self._count(None)):
            yield ((None, exposure), None), _empty_lane(self._day.seed, exposure)

    def _count(self, visit: Visit | None) -> int:
        most = _EMPTY_VIEWS if visit is None else EXPOSURES[visit.vehicle.kind]
        return min(self._at_most, most)

    def _made(self, specs: list[SceneSpec], jobs: int) -> Iterator[None]:
        work = [(spec, self._scene_path(spec), self._reading_path(spec)) for spec in specs]
        if jobs == 1:
            yield from map(_make, work)
            return
        with ProcessPoolExecutor(jobs) as pool:
            yield from pool.map(_make, work, chunksize=2)

    def _known(self, spec: SceneSpec) -> bool:
        return self._scene_path(spec).exists() and self._reading_path(spec).exists()

    def _load(self, spec: SceneSpec, vehicle: int | None) -> Picture:
        path = self._scene_path(spec)
        sha256, size, reading = pickle.loads(self._reading_path(spec).read_bytes())  # noqa: S301 - our own file
        return Picture(path, sha256, size, reading, vehicle)

    def _scene_path(self, spec: SceneSpec) -> Path:
        return self._scenes / f"{_name_of(spec)}.jpg"

    def _reading_path(self, spec: SceneSpec) -> Path:
        return self._readings / f"{_name_of(spec)}.pickle"


def spec_of(seed: int, visit: Visit, exposure: int) -> SceneSpec:
    """Describe one exposure of a visit."""
    vehicle = visit.vehicle
    first = FIRST_SEED + seed * _SEEDS_A_DAY
    level = _level_of(vehicle.kind)
    is_bare = vehicle.kind is Kind.NONE
    number = first + vehicle.number
    spec = sample(level, number) if is_bare else car(vehicle.vin, number, level)
    if visit.again:
        spec = another_pose(spec, first + _AGAIN + visit.number, level)
    if vehicle.kind is Kind.OTHER:
        spec = _in_another_code(spec, number)
    if exposure == 0:
        return spec
    rng = seeded("exposure", seed, visit.number, exposure)
    shake = rng.uniform(0, LEVELS[level].motion_px), rng.uniform(0, 180)
    return replace(spec, frame=spec.frame + exposure, motion_px=shake[0], motion_deg=shake[1])


def _level_of(kind: Kind) -> str:
    return {Kind.OTHER: "normal", Kind.NONE: "empty"}.get(kind, kind.value)


def _in_another_code(spec: SceneSpec, number: int) -> SceneSpec:
    symbology = seeded("symbology", number).choice(_OTHERS)
    scale = _MATRIX_SCALE if symbology in MATRIX else 1.0
    return replace(spec, symbology=symbology, module_px=scale * spec.module_px)


def _empty_lane(seed: int, view: int) -> SceneSpec:
    lane = sample("empty", FIRST_SEED + seed * _SEEDS_A_DAY + _EMPTY_LANE)
    return replace(lane, label=False, stripes=0, frame=view)


def _forget_other_codes(folder: Path) -> None:
    """Remove what other code made: it cannot be used, and a whole day is a gigabyte."""
    for other in folder.parent.glob(f"{folder.name.partition('-')[0]}-*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)


def _make(work: tuple[SceneSpec, Path, Path]) -> None:
    spec, scene, reading = work
    cv2.setNumThreads(1)
    if not scene.exists():
        jpeg = render(spec).jpeg
        assert jpeg is not None
        _write(scene, jpeg)
    jpeg = scene.read_bytes()
    read = _eye().examine(_decoded(jpeg))
    fact = hashlib.sha256(jpeg).hexdigest(), len(jpeg), read
    _write(reading, pickle.dumps(fact))


_eyes: list[Prefilter] = []  # one a process


def _eye() -> Prefilter:
    if not _eyes:
        _eyes.append(Prefilter())
    return _eyes[0]


def _decoded(jpeg: bytes) -> Image:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return np.asarray(image, np.uint8)


def _write(path: Path, data: bytes) -> None:
    """Write a whole file or none: a run may be broken off."""
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(data)
    draft.rename(path)


def _name_of(spec: SceneSpec) -> str:
    """Name a picture by what is unusual in its spec, so that a new key of specs changes nothing."""
    told = {one.name: getattr(spec, one.name) for one in fields(spec)}
    usual = SceneSpec()
    own = {name: value for name, value in told.items() if value != getattr(usual, name)}
    return hashlib.sha256(repr(sorted(own.items())).encode()).hexdigest()[:24]


def _code_of(sources: tuple[str, ...]) -> str:
    """Tell the code and the libraries that pictures or readings come from."""
    digest = hashlib.sha256("".join(map(version, _LIBRARIES)).encode())
    for source in sources:
        path = ROOT / source
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:12]
