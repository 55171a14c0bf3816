"""The part of a lane's file about the recognition service; see schema.py for the manner."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from kiosk.config.fields import AbsolutePath, ServiceUrl
from kiosk.config.section import Section


class Backoff(Section):
    """How long to wait between attempts while the service cannot be reached."""

    first_s: float = Field(
        default=1.0,
        ge=0.05,
        le=60,
        description="""
        The first wait; it doubles with every failure, and varies a little so that several lanes
        do not knock all at once.""",
    )
    max_s: float = Field(
        default=300.0,
        ge=0.05,
        le=3600,
        description="""
        The longest wait; never below first_s. After a lost network nothing is sent for as long as
        this, except that a press on the button tries at once.""",
    )

    @field_validator("max_s")
    @classmethod
    def _not_below_first(cls, value: float, info: ValidationInfo) -> float:
        if value < info.data.get("first_s", 0):
            raise ValueError("must not be below service.backoff.first_s")
        return value


class Breaker(Section):
    """When to stop trying for a while."""

    failures: int = Field(
        default=5,
        ge=1,
        le=100,
        description="""
        After so many failures in a row before anything was sent, only the connection is tried,
        with nothing in it, until it works again.""",
    )
    doubts: int = Field(
        default=3,
        ge=1,
        le=100,
        description="""
        After so many answers in a row that stayed in doubt, one picture at most is sent every
        retry_s seconds; three more in doubt, and the queue waits for a person. A large number may
        spend credits on a service that takes pictures and gives no answers.""",
    )
    retry_s: float = Field(
        default=900.0, ge=1, le=86400, description="How long it then stops, doubling each time."
    )


class Service(Section):
    """The paid recognition service: its address, what is asked of it, and our patience."""

    url: ServiceUrl = Field(
        default="https://www.recognition.ws/vinbarcode/v2",
        description="""
        The service's address. https:// is a must (the access code travels with the request);
        http:// is only taken for this machine itself, to try things with `vin-kiosk sandbox`.
        An address that is wrong, but answers, pauses the queue: nothing is lost or paid.""",
    )
    access_code_file: AbsolutePath | None = Field(
        default=None,
        description="""
        A file with nothing but the access code on one line, readable by the lane alone:
            sudo install -m 600 /dev/null /etc/vin-kiosk/lane1.access-code
            sudo nano /etc/vin-kiosk/lane1.access-code
        null: systemd hands that file over as the credential access-code (which goes first in any
        case).
        A wrong code pauses the queue: what was scanned stays saved.""",
    )
    save_image: bool = Field(
        default=False,
        description="Whether the service keeps the pictures, to be seen in your account.",
    )
    vin_decode: bool = Field(
        default=True, description="Whether it also tells make, model and year."
    )
    format: Literal["json", "xml"] = Field(
        default="json", description="The form of its answers. Both hold the same."
    )
    ca_file: AbsolutePath | None = Field(
        default=None,
        description="""
        The certificate authority to trust instead of the system's (a file in PEM form), or null.
        With a wrong one no connection is made, and everything waits.""",
    )
    connect_timeout_s: float = Field(
        default=10.0, ge=0.1, le=120, description="How long to wait for a connection."
    )
    answer_timeout_s: float = Field(
        default=60.0,
        ge=1,
        le=600,
        description="""
        How long to wait for the answer. One that comes too late leaves a doubt whether a credit
        was paid: rather wait longer. A stop of the lane waits as long for a paid answer.""",
    )
    backoff: Backoff = Backoff()
    breaker: Breaker = Breaker()
