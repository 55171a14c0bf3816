"""A lane to be measured: its folder, with a display and a service of its own."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lane_process import LaneProcess

from kiosk.sandbox.server import Sandbox
from kiosk.station.simulated import SimulatedStation

_CREDITS = 100_000


class LaneSite:
    """A lane's folder with all that belongs to it; ``source`` is the camera's, as configured."""

    def __init__(
        self, folder: Path, source: str, station: SimulatedStation, url: str, mode: str
    ) -> None:
        self.folder = folder
        self.station = station
        self._config = folder / "lane.yaml"
        code = folder / "access-code"
        code.touch(0o600)
        code.write_text("bench-bench-bench\n", "ascii")
        settings = {
            "lane": "bench",
            "state_dir": str(folder / "state"),
            "camera": {"source": source, "fps": 15},
            "trigger": {"mode": mode, "timeout_s": 2},
            "service": {"url": url, "access_code_file": str(code), "answer_timeout_s": 10},
            "upload": {"rescan_window_s": 0, "daily_credit_limit": _CREDITS},
            "station": {"port": station.port},
        }
        self._config.write_text(json.dumps(settings, indent=1), "utf-8")  # JSON is YAML, too

    def start(self, under: Sequence[str] = ()) -> LaneProcess:
        """Make the daemon, ``under`` another command; it starts when the context is entered."""
        return LaneProcess(self._config, self.folder, under)


@contextmanager
def lane_site(folder: Path, source: str, mode: str = "button") -> Iterator[LaneSite]:
    """Build a lane in ``folder``, with a display of its own and a service of its own."""
    folder.mkdir()
    with SimulatedStation() as station, Sandbox(credits=_CREDITS) as sandbox:
        yield LaneSite(folder, source, station, sandbox.url, mode)
