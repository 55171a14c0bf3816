"""Whether systemd's sandbox lets the lane reach what its file names."""

from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from kiosk.config.schema import LaneConfig
from kiosk.config.source import SourceKind
from kiosk.doctor.finding import Finding, fail, ok
from kiosk.doctor.unit import Unit

_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))
_PASSING = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - named, not used
_FILES = {SourceKind.VIDEO, SourceKind.FOLDER, SourceKind.SIMULATED}


def confinement_findings(config: LaneConfig, unit: Unit) -> Iterator[Finding]:
    """Compare the paths of a lane's file with what its service may see and write."""
    hindered = False
    for key, path in _read(config):
        if unit.hides_homes and _within(path, _HOMES):
            hindered = True
            yield fail(f"{key}: the service may not see {path}", _elsewhere(config, key, path))
        elif unit.hides_temporary and _within(path, _PASSING):
            hindered = True
            words = f"{key}: the service has a /tmp of its own, without {path}"
            yield fail(words, _elsewhere(config, key, path))
    for key, path in _written(config):
        own = (Path("/var/lib/vin-kiosk", config.lane), *map(Path, unit.writable))
        if unit.is_read_only and not _within(path, own):
            hindered = True
            yield fail(f"{key}: the service may not write to {path}", _let_write(unit, path))
    if not hindered:
        yield ok("the service may reach every file and folder that the lane's file names")


def _elsewhere(config: LaneConfig, key: str, path: Path) -> str:
    if key == "state_dir":
        return (
            f"sudo nano /etc/vin-kiosk/{config.lane}.yaml   # take the line state_dir: out; the "
            f"lane then keeps its records in /var/lib/vin-kiosk/{config.lane}"
        )
    return f"sudo mv {quote(str(path))} /srv/"


def _read(config: LaneConfig) -> Iterator[tuple[str, Path]]:
    yield "state_dir", config.state_dir
    if config.camera.source.kind in _FILES:
        yield "camera.source", Path(config.camera.source.path)
    for key in ("access_code_file", "ca_file"):
        if (path := getattr(config.service, key)) is not None:
            yield f"service.{key}", path


def _written(config: LaneConfig) -> Iterator[tuple[str, Path]]:
    yield "state_dir", config.state_dir
    if config.camera.source.kind is SourceKind.FOLDER and config.camera.after != "keep":
        yield f"camera.after: {config.camera.after}", Path(config.camera.source.path)


def _within(path: Path, folders: tuple[Path, ...]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _let_write(unit: Unit, path: Path) -> str:
    return (
        f"sudo systemctl edit {unit.name}\n"
        f"write there: [Service]\nReadWritePaths={_unit_word(path)}\n"
        f"sudo systemctl restart {unit.name}"
    )


def _unit_word(path: Path) -> str:
    """Quote a path as a unit's file takes it (systemd.syntax(7), and % from systemd.unit(5))."""
    word = str(path).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return word if word == str(path) and quote(word) == word else f'"{word}"'
