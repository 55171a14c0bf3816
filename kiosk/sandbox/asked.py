"""What a request to the paid address asks for, from its query string."""

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.secret import Secret


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of one request.

    Names count exactly as the document's table spells them (its ``acccesscode`` is a misprint):
    a stand-in that forgave a misspelt name would hide the mistake until it costs money. Values
    count in either case; any other value is the document's default. ``saveimage`` changes
    nothing that a client could see.
    """

    access_code: Secret
    vin_decode: bool
    as_json: bool

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Asked":
        """Read the parameters."""
        return cls(
            access_code=Secret(query.get("accesscode", "")),
            vin_decode=query.get("vindecode", "").upper() == "TRUE",
            as_json=query.get("format", "").upper() == "JSON",
        )
