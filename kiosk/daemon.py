"""The daemon's main thread: serves a lane until a signal, and reloads its settings safely."""

import logging
import signal
from collections.abc import Callable

from kiosk.app import RunningLane, running_lane
from kiosk.config import LaneConfig, limits_of, read_access_code
from kiosk.errors import ConfigError, KioskError, MachineError
from kiosk.notify import ServiceManager

_log = logging.getLogger(__name__)
_SCAN_S = 10.0  # a reload lets the scan under way end, but no backlog
_STEP_S = 0.05
_REFUSED = "the changed settings are refused (see the log), the old ones hold"


class Daemon:
    """One process, one lane: a reload ends the workers as a stop does, and starts them anew.

    ``stop_at`` and ``reload_at`` are signals that are blocked in every thread. ``load`` reads the
    lane's file, and raises ConfigError where it is wrong.
    """

    def __init__(
        self,
        load: Callable[[], LaneConfig],
        manager: ServiceManager,
        *,
        stop_at: frozenset[signal.Signals],
        reload_at: frozenset[signal.Signals],
    ) -> None:
        self._load = load
        self._manager = manager
        self._stop_at = stop_at
        self._reload_at = reload_at
        self._proven: LaneConfig | None = None  # the last that started
        self._remark: str | None = None

    def run(self, lane: LaneConfig) -> None:
        """Serve until a signal to stop; raises what a lane died of, or why the first cannot start.

        Settings that are sound but do not start (a state directory in use, say) are refused as
        wrong ones are: the lane goes on with those it had.
        """
        following: LaneConfig | None = lane
        while following is not None:
            serving = following
            try:
                following = self._serve(serving)
            except (KioskError, OSError, ValueError) as error:
                if self._proven is None or self._proven is serving:
                    raise
                _log.error("the changed settings do not start: %s", error)
                self._remark = _REFUSED
                following = self._proven

    def _serve(self, lane: LaneConfig) -> LaneConfig | None:
        """Run a lane; return the settings to go on with, or None after a signal to stop."""
        with running_lane(lane, manager=self._manager) as running:
            self._proven = lane
            running.status_line.remark, self._remark = self._remark, None
            while True:
                self._manager.ready()
                caught = running.wait(self._stop_at | self._reload_at)
                if caught not in self._reload_at:
                    self._manager.stopping()
                    return None
                fresh = self._reloaded(lane, running)
                if fresh is None:
                    continue
                if self._is_stopped_before_the_scan_ends(running):
                    self._manager.stopping()
                    return None
                break
        if stuck := running.supervisor.left_behind:
            # It may hold the camera or the ledger: only a new process is rid of it.
            raise MachineError(f"{' and '.join(stuck)} did not stop: the lane must start afresh")
        return fresh

    def _is_stopped_before_the_scan_ends(self, running: RunningLane) -> bool:
        """Wait for the scan under way, as a technician does; a signal to stop goes first."""
        steps = int(_SCAN_S / _STEP_S)
        while running.is_scanning() and steps > 0:
            if signal.sigtimedwait(self._stop_at, _STEP_S) is not None:
                return True
            steps -= 1
        return False

    def _reloaded(self, lane: LaneConfig, running: RunningLane) -> LaneConfig | None:
        """Read the file again; None where there is nothing to change."""
        self._manager.reloading()
        try:
            fresh = self._load()
            if limits := limits_of(fresh):
                raise ConfigError(limits)
            read_access_code(fresh)
        except KioskError as error:
            for problem in str(error).splitlines():
                _log.error("settings refused: %s", problem)
            running.status_line.remark = _REFUSED
            return None
        running.status_line.remark = None
        if fresh == lane:
            _log.info("settings read again: nothing changed")
            return None
        _log.info("settings read again: the lane starts anew with them")
        return fresh
