"""The composition root: the only place that names concrete classes, and reads like the diagram.

trigger ─▶ camera ─▶ prefilter ─▶ ledger ══commit══▶ uploader ─▶ client ─▶ ledger ─▶ station
"""

import signal
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kiosk.announcer import Announcer, Listener, log_event, log_start
from kiosk.camera.keeper import CameraKeeper
from kiosk.camera.opening import camera_for
from kiosk.camera.slot import LatestFrame
from kiosk.clock import Clock, SystemClock
from kiosk.config import LaneConfig, limits_of, read_access_code
from kiosk.config.source import SourceKind
from kiosk.control.address import listening_path
from kiosk.control.alone import Alone
from kiosk.control.operations import Operations, Surroundings
from kiosk.control.protocol import Facts
from kiosk.control.server import ControlServer
from kiosk.errors import ConfigError
from kiosk.gate import UploadWhen
from kiosk.handscan import HandCode
from kiosk.hint import hint_for
from kiosk.housekeeping import Housekeeping
from kiosk.lane import Lane, LaneSettings
from kiosk.ledger.ledger import Ledger
from kiosk.lookout import Lookout
from kiosk.model import Event, EventKind, Trigger
from kiosk.notify import ServiceManager
from kiosk.service.client import ServiceClient, ServiceSettings
from kiosk.service.pacing import Pacing, PacingSettings
from kiosk.service.uploader import Uploader
from kiosk.state import open_ledger
from kiosk.station.codecs.displays.display import Brightness
from kiosk.station.codecs.scanners import Suffix
from kiosk.station.headless import HeadlessStation
from kiosk.station.light import Light, LightSettings
from kiosk.station.messages import Beginning
from kiosk.station.scanner import HandScanner, ScannerSettings
from kiosk.station.station import Station, StationSettings
from kiosk.status_line import StatusLine
from kiosk.supervisor import Supervisor, Worker
from kiosk.triggers.opening import button_for
from kiosk.vision.prefilter import Prefilter

_LEDGER_S = 300.0  # a large ledger on a slow card is checked for minutes, salvaged for longer


@dataclass(frozen=True, slots=True)
class RunningLane:
    """A lane at work; leaving the context that gave it stops the workers and closes the ledger."""

    supervisor: Supervisor
    ledger: Ledger
    operations: Operations
    status_line: StatusLine
    is_scanning: Callable[[], bool]

    def wait(self, signals: Collection[signal.Signals]) -> signal.Signals | None:
        """Block until one of ``signals`` comes, and return it; raises what a worker died of."""
        return self.supervisor.wait(signals, self.status_line.refresh)


@dataclass(frozen=True, slots=True)
class _Eye:
    """What makes scans of pictures: a camera and its lane, or the folder they arrive in."""

    press: Callable[[Trigger], bool]
    is_scanning: Callable[[], bool]
    problem: Callable[[], str | None]
    workers: tuple[Worker, ...]  # in the order of their start
    take_code: Callable[[HandCode], bool] | None = None  # None: no hand scanner beside it
    serving: tuple[Worker, ...] = ()  # those that stop last


@contextmanager
def running_lane(
    config: LaneConfig,
    listeners: Sequence[Listener] = (),
    manager: ServiceManager | None = None,
) -> Iterator[RunningLane]:
    """Start every worker of a lane; yields when all of them run."""
    manager = manager or ServiceManager()
    if limits := limits_of(config):
        raise ConfigError(limits)
    read_access_code(config)  # a missing one is said before anything starts
    clock = SystemClock()
    announcer = _announcer(listeners)
    manager.extend(_LEDGER_S)
    with open_ledger(config, clock) as ledger:
        log_start(ledger.start_report)
        uploader = _uploader(config, ledger, clock, announcer)
        eye = _eye(config, ledger, clock, announcer, uploader)
        station = _station(config, clock, eye.press)
        announcer.add(station.show)
        light = _light(config, clock, station)
        scanner = _scanner(config, clock, eye, announcer.publish)
        button = button_for(config, clock, eye.press, announcer.publish)

        def live_facts() -> Facts:
            return {
                "lane_state": "scanning" if eye.is_scanning() else "ready",
                "camera": eye.problem() or "ok",
                "display": (station.problem or "ok") if config.station.port else None,
                "button": (button.problem or "ok") if button else station.button_problem,
                "scanner": (scanner.problem or "ok") if scanner else None,
                "light": (light.problem or "ok") if light else None,
            }

        around = Surroundings(
            press=eye.press, sender=uploader, publish=announcer.publish, live_facts=live_facts
        )
        operations = _operations(config, ledger, clock, around, announcer)
        status_line = StatusLine(ledger.status, live_facts, manager.status, clock)
        announcer.add(status_line.note)
        control = ControlServer(
            listening_path(config.lane, config.state_dir), operations, config.state_dir, clock
        )
        control.listen()
        workers: list[Worker] = [
            Housekeeping(ledger, config.retention),
            station,
            *([light] if light else []),
            uploader,
            *eye.workers,
            *([scanner] if scanner else []),
            *([button] if button else []),
            control,
        ]
        announcer.publish(_event(EventKind.STARTING, clock, ledger))
        serving = (station, *([light] if light else []), *eye.serving)
        with Supervisor(workers, clock, serving=serving, manager=manager) as supervisor:
            announcer.publish(_event(EventKind.READY, clock, ledger))
            status_line.refresh()
            yield RunningLane(supervisor, ledger, operations, status_line, eye.is_scanning)
            announcer.publish(_event(EventKind.STOPPING, clock, ledger))


@contextmanager
def standalone(config: LaneConfig, stop_asked: Callable[[], bool]) -> Iterator[Alone]:
    """Run only what a submission needs, for a command while no daemon runs: takes the lock.

    Once ``stop_asked`` says so waiting ends. Raises what the uploader died of, if it does.
    """
    read_access_code(config)  # a missing one is said before anything starts
    clock = SystemClock()
    announcer = _announcer(())
    with open_ledger(config, clock) as ledger:
        uploader = _uploader(config, ledger, clock, announcer)
        around = Surroundings(sender=uploader, publish=announcer.publish)
        operations = _operations(config, ledger, clock, around, announcer)
        with Supervisor([uploader], clock) as supervisor:
            yield Alone(operations, supervisor, clock, stop_asked)
        supervisor.raise_if_dead()


def _announcer(listeners: Sequence[Listener]) -> Announcer:
    announcer = Announcer()
    for listener in (log_event, *listeners):
        announcer.add(listener)
    return announcer


def _uploader(config: LaneConfig, ledger: Ledger, clock: Clock, announcer: Announcer) -> Uploader:
    service = config.service
    settings = ServiceSettings(
        url=service.url,
        save_image=service.save_image,
        vin_decode=service.vin_decode,
        format=service.format,
        ca_file=service.ca_file,
        connect_timeout_s=service.connect_timeout_s,
        answer_timeout_s=service.answer_timeout_s,
    )
    pacing = PacingSettings(
        first_s=service.backoff.first_s,
        max_s=service.backoff.max_s,
        failures=service.breaker.failures,
        doubts=service.breaker.doubts,
        retry_s=service.breaker.retry_s,
    )
    return Uploader(
        ledger,
        ServiceClient(settings, partial(read_access_code, config), clock),
        Pacing(pacing, doubts=ledger.doubts_in_row(), now=clock.monotonic()),
        clock,
        announcer.publish,
        longest_attempt_s=settings.longest_attempt_s,
    )


def _operations(
    config: LaneConfig,
    ledger: Ledger,
    clock: Clock,
    surroundings: Surroundings,
    announcer: Announcer,
) -> Operations:
    operations = Operations(
        ledger,
        Prefilter(),
        clock,
        upload_when=UploadWhen(config.upload.when),
        surroundings=surroundings,
    )
    announcer.add(operations.notice)
    return operations


def _eye(
    config: LaneConfig, ledger: Ledger, clock: Clock, announcer: Announcer, uploader: Uploader
) -> _Eye:
    camera, when = config.camera, UploadWhen(config.upload.when)
    if config.trigger.mode != "presentation":
        ledger.sightings.close_all()
    if camera.source.kind is SourceKind.FOLDER:
        from kiosk.arrivals import Arrivals, ArrivalSettings  # noqa: PLC0415 - watchdog, for it alone

        arrivals = Arrivals(
            ArrivalSettings(Path(camera.source.path), camera.after, camera.backlog, when),
            Prefilter(),
            ledger,
            clock,
            announcer.publish,
            on_accepted=uploader.expect,
        )
        return _Eye(
            arrivals.press,
            is_scanning=lambda: arrivals.is_scanning,
            problem=lambda: arrivals.problem,
            workers=(arrivals,),
        )
    frames, prefilter = LatestFrame(clock), Prefilter()
    parts = frames, prefilter, ledger, clock, announcer.publish
    lookout = None
    if config.trigger.mode == "presentation":
        lookout = Lookout(when, *parts, on_accepted=uploader.expect)
    lane = Lane(
        LaneSettings(config.trigger.timeout_s, when),
        *parts,
        on_accepted=uploader.expect,
        lookout=lookout,
        hint=hint_for,
    )
    keeper = CameraKeeper(camera_for(camera, clock), frames, clock, announcer.publish)
    return _Eye(
        lane.press,
        is_scanning=lambda: lane.is_scanning,
        problem=lambda: frames.problem,
        workers=(keeper, lane),
        take_code=lane.take_code,
        serving=(keeper,),
    )


def _station(
    config: LaneConfig, clock: Clock, press: Callable[[Trigger], object]
) -> Station | HeadlessStation:
    station, begins_by = config.station, Beginning(config.trigger.mode)
    if station.port is None:
        has_button = config.trigger.button.source != "serial"
        return HeadlessStation(clock, begins_by, has_button=has_button)
    settings = StationSettings(
        port=station.port,
        baud=station.baud,
        display=station.display,
        button=station.button if config.trigger.button.source == "serial" else None,
        begins_by=begins_by,
        brightness=None if station.brightness == "unchanged" else Brightness(station.brightness),
        language=station.language,
    )
    return Station(settings, clock, on_press=press)


def _scanner(config: LaneConfig, clock: Clock, eye: _Eye, tell: Listener) -> HandScanner | None:
    scanner = config.station.scanner
    if scanner.port is None or eye.take_code is None:
        return None
    settings = ScannerSettings(scanner.port, scanner.baud, scanner.family, Suffix(scanner.suffix))
    return HandScanner(settings, clock, on_code=eye.take_code, publish=tell)


def _light(config: LaneConfig, clock: Clock, station: Station | HeadlessStation) -> Light | None:
    light = config.station.light
    if light.port is None:
        return None
    return Light(LightSettings(light.port, light.baud, light.family), clock, station.bulletin)


def _event(kind: EventKind, clock: Clock, ledger: Ledger) -> Event:
    status = ledger.status()
    return Event(kind, clock.monotonic(), queue=status, pause=status.pause)
