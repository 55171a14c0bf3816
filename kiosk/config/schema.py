"""What a lane's file may say: names, kinds, ranges and defaults. Unknown keys are errors.

All models are frozen. Durations are float seconds (``…_s``), retention is whole days. The
defaults are those of a lane that is installed by the book.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from kiosk.config.fields import (
    AbsolutePath,
    ButtonBytes,
    Controls,
    Days,
    LaneName,
    SerialPort,
    ServiceUrl,
    Source,
)


class Section(BaseModel):
    """What all sections share: nothing unknown, nothing coerced, nothing changed afterwards."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
    )


class Camera(Section):
    """Where pictures come from, and what a folder's pictures become."""

    source: Source
    width: int = Field(default=1920, ge=160, le=7680)
    height: int = Field(default=1080, ge=120, le=4320)
    fps: float = Field(default=15.0, ge=1, le=120)
    controls: Controls = Field(default_factory=dict)
    latency_s: float = Field(default=0.0, ge=0, le=10)
    after: Literal["keep", "move", "delete"] = "keep"
    backlog: Literal["skip", "scan"] = "skip"


class Trigger(Section):
    """What begins a scan, and how long it may look."""

    mode: Literal["button", "presentation", "arrival"] = "button"
    timeout_s: float = Field(default=5.0, ge=0.1, le=60)


class Backoff(Section):
    """How long the uploader waits after failures before the tail; doubling, with jitter."""

    first_s: float = Field(default=1.0, ge=0.05, le=60)
    max_s: float = Field(default=300.0, ge=0.05, le=3600)

    @field_validator("max_s")
    @classmethod
    def _not_below_first(cls, value: float, info: ValidationInfo) -> float:
        if value < info.data.get("first_s", 0):
            raise ValueError("must not be below service.backoff.first_s")
        return value


class Breaker(Section):
    """When the uploader stops trying for a while."""

    failures: int = Field(default=5, ge=1, le=100)
    doubts: int = Field(default=3, ge=1, le=100)
    retry_s: float = Field(default=900.0, ge=1, le=86400)


class Service(Section):
    """The recognition service: its address, what is asked of it, and our patience."""

    url: ServiceUrl = "https://www.recognition.ws/vinbarcode/v2"
    access_code_file: AbsolutePath | None = None
    save_image: bool = False
    vin_decode: bool = True
    format: Literal["json", "xml"] = "json"
    ca_file: AbsolutePath | None = None
    connect_timeout_s: float = Field(default=10.0, ge=0.1, le=120)
    answer_timeout_s: float = Field(default=60.0, ge=1, le=600)
    backoff: Backoff = Backoff()
    breaker: Breaker = Breaker()


class Upload(Section):
    """What is uploaded, and what never twice."""

    when: Literal["located", "read", "never"] = "located"
    rescan_window_s: float = Field(default=600.0, ge=0, le=86400)
    daily_credit_limit: int = Field(default=500, ge=1, le=100_000)


class Station(Section):
    """The serial line with the display, the beeper and the button."""

    port: SerialPort | None = None
    baud: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600
    display: Literal["cd5220", "plain"] = "cd5220"
    scanner: Literal["none"] = "none"
    button: ButtonBytes = b"\r"


class Retention(Section):
    """How long pictures and results are kept."""

    pictures_days: Days = 30
    results_days: Days = 400

    @field_validator("results_days")
    @classmethod
    def _not_below_pictures(cls, value: int, info: ValidationInfo) -> int:
        if value < info.data.get("pictures_days", 0):
            raise ValueError("must not be below retention.pictures_days")
        return value


def _usual_state_dir(before: dict[str, Any]) -> Path:
    return Path("/var/lib/vin-kiosk", before["lane"])


class LaneConfig(Section):
    """One lane, whole. ``state_dir`` is /var/lib/vin-kiosk/LANE where the file names none."""

    lane: LaneName
    state_dir: AbsolutePath = Field(default_factory=_usual_state_dir)
    camera: Camera
    trigger: Trigger = Trigger()
    service: Service = Service()
    upload: Upload = Upload()
    station: Station = Station()
    retention: Retention = Retention()
    keep_frames: bool = False
