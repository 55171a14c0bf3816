"""The demo's stage: a whole lane with real parts, but the camera's view and the glass are ours."""

import os
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from kiosk.app import RunningLane, running_lane
from kiosk.clock import Clock
from kiosk.config import LaneConfig, load_config
from kiosk.demo.plot import Act
from kiosk.demo.service import SandboxProcess
from kiosk.model import SCAN_ENDS, Event
from kiosk.simulate.scene import Scene, render
from kiosk.simulate.spec import SceneSpec
from kiosk.station.simulated import SimulatedLight, SimulatedScanner, SimulatedStation

_LANE = Path(__file__).with_name("lane.yaml")
_CREDITS = 25
_SETTLING_S = 2.0
_QUIET_S = 0.3  # the lane tells an event in a tenth of that; pages take turns of two seconds
_WINK_S = 0.6  # a light that blinks is dark for half a second


class Stage:
    """Builds the lane in ``folder`` and lets the demo act on it. A context manager."""

    def __init__(self, folder: Path, clock: Clock, on_event: Callable[[Event], None]) -> None:
        self._folder = folder
        self._clock = clock
        self._on_event = on_event
        self._view = folder / "view.jpg"
        self._exits = ExitStack()
        self._changed = threading.Condition()
        self._events: list[Event] = []
        self.station = SimulatedStation("cd5220")
        self.scanner = SimulatedScanner()
        self.light = SimulatedLight()
        self.service = SandboxProcess(folder, _CREDITS)
        self.lane: RunningLane

    def __enter__(self) -> Self:
        self.show(render(SceneSpec(label=False)))  # a camera that is there sees something
        with ExitStack() as exits:
            for device in (self.station, self.scanner, self.light):
                exits.enter_context(device)
            exits.enter_context(self.service)
            self.lane = exits.enter_context(running_lane(self._config(), [self._hear]))
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    def show(self, scene: Scene) -> None:
        """Put a scene before the camera, whole at once."""
        assert scene.jpeg is not None
        fresh = self._view.with_suffix(".new")
        fresh.write_bytes(scene.jpeg)
        os.replace(fresh, self._view)  # noqa: PTH105 - the atomic call by its own name

    def do(self, act: Act) -> None:
        """Do something to the service or its account."""
        match act:
            case "kill_service":
                self.service.kill()
            case "start_service":
                self.service.start()
            case "empty_account":
                self.service.set_credits(0)
            case "refill_and_resume":
                self.service.set_credits(_CREDITS)
                self.lane.operations.resume("the demo")

    def mark(self) -> int:
        """Return a place in the stream of events, to wait beyond it."""
        with self._changed:
            return len(self._events)

    def event_after(
        self, mark: int, wanted: Callable[[Event], bool], timeout_s: float
    ) -> Event | None:
        """Wait for an event beyond ``mark``; None when it did not come in time."""
        with self._changed:
            found: list[Event] = []

            def look() -> bool:
                found[:] = [event for event in self._events[mark:] if wanted(event)]
                return bool(found)

            self._changed.wait_for(look, timeout_s)
            return found[0] if found else None

    def queue_drained(self, timeout_s: float) -> bool:
        """Wait until nothing waits for the service any more."""
        with self._changed:
            return self._changed.wait_for(lambda: self.lane.ledger.status().waiting == 0, timeout_s)

    def settle(self) -> None:
        """Wait, not for long, until the glass says what was last told, and a lamp is on."""
        until = self._clock.monotonic() + _SETTLING_S
        while self._glass_changes() and self._clock.monotonic() < until:
            pass  # it may go on changing
        self.light.wait_for(lambda lamps: lamps.red or lamps.yellow or lamps.green, _WINK_S)

    def _glass_changes(self) -> bool:
        seen = self.station.glass.history
        return self.station.wait_for(lambda glass: glass.history != seen, _QUIET_S)

    @staticmethod
    def ends_a_scan(event: Event) -> bool:
        """Tell whether an event is the lane's last word about a press."""
        return event.kind in SCAN_ENDS

    def _hear(self, event: Event) -> None:
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()
        self._on_event(event)

    def _config(self) -> LaneConfig:
        code = self._folder / "access-code"
        code.write_text("demo-demo-demo-demo\n", "ascii")
        code.chmod(0o600)
        return load_config(
            _LANE,
            [
                f"state_dir={self._folder / 'state'}",
                f"camera.source=simulated:{self._view}",
                f"service.url={self.service.url}",
                f"service.access_code_file={code}",
                f"station.port={self.station.port}",
                f"station.scanner.port={self.scanner.port}",
                f"station.light.port={self.light.port}",
            ],
        )
