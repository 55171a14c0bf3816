"""What a sound file may ask for that this version cannot do yet."""

from kiosk.config.schema import LaneConfig
from kiosk.config.source import SourceKind


def limits_of(config: LaneConfig) -> list[str]:
    """Name every wish of the file that `vin-kiosk run` must refuse; empty where it can run."""
    limits = []
    kind = config.camera.source.kind
    if kind is not SourceKind.SIMULATED:
        limits.append(
            f"camera.source: this version opens only simulated:PATH, not yet a {kind} source"
        )
    if config.trigger.mode != "button":
        limits.append(
            f"trigger.mode: this version knows only the button, not yet {config.trigger.mode}"
        )
    return limits
