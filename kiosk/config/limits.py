"""What a sound file may ask for that this version cannot do yet."""

from kiosk.config.schema import LaneConfig


def limits_of(config: LaneConfig) -> list[str]:
    """Name every wish of the file that `vin-kiosk run` must refuse; empty where it can run."""
    limits = []
    if config.keep_frames:
        limits.append("keep_frames: this version keeps no whole pictures yet: write false")
    return limits
