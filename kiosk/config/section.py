"""What every section of a lane's file shares."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """What all sections share: nothing unknown, nothing coerced, nothing changed afterwards."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
    )
