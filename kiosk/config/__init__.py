"""The lane's YAML file: a typed schema, every mistake at once, and the access code beside it."""

from kiosk.config.access_code import read_access_code
from kiosk.config.limits import limits_of
from kiosk.config.load import Examination, examine, load_config
from kiosk.config.schema import LaneConfig
from kiosk.config.source import CameraSource, SourceKind

__all__ = [
    "CameraSource",
    "Examination",
    "LaneConfig",
    "SourceKind",
    "examine",
    "limits_of",
    "load_config",
    "read_access_code",
]
