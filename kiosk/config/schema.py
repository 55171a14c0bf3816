"""What a lane's file may say: names, kinds, ranges and defaults. Unknown keys are errors.

All models are frozen. Durations are float seconds (``…_s``), retention is whole days. The
defaults are those of a lane that is installed by the book.

A section's docstring and its keys' descriptions are written for the person who edits the file:
``scripts/docs`` makes docs/configuration.md and config/lane.example.yaml of them. In a description
a line indented by two blanks lists a value and its meaning, one indented by four is typed as it
stands. Ranges, units and closed lists of values are added from the fields themselves.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from kiosk.config.fields import (
    AbsolutePath,
    Controls,
    Days,
    LaneName,
    Source,
)
from kiosk.config.schema_service import Service
from kiosk.config.schema_station import Light, Scanner, Station
from kiosk.config.schema_trigger import Button
from kiosk.config.section import Section

__all__ = [
    "Button",
    "Camera",
    "LaneConfig",
    "Light",
    "Retention",
    "Scanner",
    "Section",
    "Service",
    "Station",
    "Trigger",
    "Upload",
]


class Camera(Section):
    """Where pictures come from, and what is asked of the camera."""

    source: Source = Field(
        description="""
        Where pictures come from.
          /dev/v4l/by-path/…  a camera (see: ls /dev/v4l/by-path; the path names the USB socket, so
                              a camera of the same make can be swapped without a change)
          /srv/lane.mp4       a video file, from its start again at its end
          folder:/srv/scans   a folder: every picture that arrives is one scan; needs
                              trigger.mode: arrival
          rtsp://… http://…   a network camera
          simulated:PATH      no camera, but a picture file; replace it and the view changes
        A camera that is not there is waited for: the display says so, and the lane goes on by
        itself once it is back.""",
        examples=["/dev/v4l/by-path/platform-xhci-hcd.0-usb-0:1:1.0-video-index0"],
    )
    width: int = Field(
        default=1920,
        ge=160,
        le=7680,
        description="""
        What to ask of a camera on USB: how wide its picture is. Where it cannot do that it gives
        the nearest it can, and the lane says so. Bars need two to three pixels each.""",
    )
    height: int = Field(default=1080, ge=120, le=4320, description="How high its picture is.")
    fps: float = Field(
        default=15.0,
        ge=1,
        le=120,
        description="How many pictures a second. More of them warm the machine and read no better.",
    )
    controls: Controls = Field(
        default_factory=dict,
        description="""
        A camera on USB only: what to set after each opening. Names and numbers (or a menu's words)
        as `v4l2-ctl --device PATH --list-ctrls-menus` prints them; a fixed focus reads best. Such
        as
            controls: {focus_automatic_continuous: 0, focus_absolute: 30}
        What the camera refuses is logged, and it is used without.""",
    )
    latency_s: float = Field(
        default=0.0,
        ge=0,
        le=10,
        description="""
        A network camera only: how old its picture is when it arrives. Too small a number may scan
        what stood there before the button was pressed; too large a one makes every scan slow.""",
    )
    after: Literal["keep", "move", "delete"] = Field(
        default="keep",
        description="""
        folder: only. What becomes of a picture once it is scanned.
          keep    it stays where it is, and is never scanned again
          move    it goes to .done in the same folder
          delete  it is gone for good""",
    )
    backlog: Literal["skip", "scan"] = Field(
        default="skip",
        description="""
        folder: only. What to do with pictures that lay there before the very first start.
          skip  nothing
          scan  scan them all; careful: it pays one credit for every old picture with a label""",
    )


class Trigger(Section):
    """What begins a scan, and how long it may look."""

    mode: Literal["button", "presentation", "arrival"] = Field(
        default="button",
        description="""
        What begins a scan.
          button        the technician presses
          presentation  a label that comes into view: once it is read surely it is sent by itself;
                        an unread one needs a press. It is sent again by itself only after it left,
                        and upload.rescan_window_s after it was last seen. The button works, too
          arrival       a picture that arrives in a folder (needs camera.source: folder:PATH)""",
    )
    timeout_s: float = Field(
        default=5.0, ge=0.1, le=60, description="How long one scan may look for a label."
    )
    button: Button = Button()


class Upload(Section):
    """What is uploaded, and what never twice."""

    when: Literal["located", "read", "never"] = Field(
        default="located",
        description="""
        What is sent to the service.
          located  every label found on a press, read here or not
          read     only labels that were read surely here
          never    nothing: the lane works with its own readings""",
    )
    rescan_window_s: float = Field(
        default=600.0,
        ge=0,
        le=86400,
        description="""
        The same VIN again within so many seconds is the same car: not paid again. 0 pays for every
        press on the same car.""",
    )
    daily_credit_limit: int = Field(
        default=500,
        ge=1,
        le=100_000,
        description="No more than so many credits a day; what comes later waits until tomorrow.",
    )


class Retention(Section):
    """How long pictures and results are kept."""

    pictures_days: Days = Field(
        default=30,
        description="""
        How many days pictures are kept. Pictures that wait or are in doubt are always kept.""",
    )
    results_days: Days = Field(
        default=400,
        description="How many days results are kept; never fewer than the pictures.",
    )

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

    lane: LaneName = Field(
        description="""
        The lane's name: 1 to 32 small letters, digits and hyphens. It is this file's name too.""",
        examples=["lane1"],
    )
    state_dir: AbsolutePath = Field(
        default_factory=_usual_state_dir,
        description="""
        Where scans, results and pictures are kept; without this line /var/lib/vin-kiosk and the
        lane's name. Must survive a restart: no /tmp, no RAM disk. A lane that is pointed to another
        folder begins anew, and knows nothing of what it has paid for.""",
    )
    camera: Camera
    trigger: Trigger = Trigger()
    service: Service = Service()
    upload: Upload = Upload()
    station: Station = Station()
    retention: Retention = Retention()
    keep_frames: bool = Field(
        default=False,
        description="""
        Whether whole camera pictures are kept beside the label's crop. They may show faces and
        number plates: ask whoever is responsible for data protection first. (This version keeps
        none yet, and takes only false.)""",
    )
