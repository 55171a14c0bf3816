"""Which serial lines a station has, by the keys that name them."""

from dataclasses import dataclass
from os.path import realpath

from kiosk.config.schema_station import Station


@dataclass(frozen=True, slots=True)
class SerialLine:
    """A line that a lane's file names."""

    device: str  # display | scanner | light, as `status` calls it
    section: str  # of the file: holds the keys port and baud
    path: str
    baud: int

    @property
    def key(self) -> str:
        """The key that names the port."""
        return f"{self.section}.port"


def serial_lines(station: Station) -> list[SerialLine]:
    """List the lines that are configured, the display first."""
    named = [
        ("display", "station", station.port, station.baud),
        ("scanner", "station.scanner", station.scanner.port, station.scanner.baud),
        ("light", "station.light", station.light.port, station.light.baud),
    ]
    return [
        SerialLine(device, section, path, baud)
        for device, section, path, baud in named
        if path is not None
    ]


def doubly_named(station: Station) -> tuple[SerialLine, SerialLine] | None:
    """Find a line whose device another key names already; by whatever name, links followed."""
    seen: dict[str, SerialLine] = {}
    for line in serial_lines(station):
        device = realpath(line.path)
        if device in seen:
            return seen[device], line
        seen[device] = line
    return None
