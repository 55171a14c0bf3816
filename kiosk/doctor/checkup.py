"""The whole examination: which checks a machine and a lane get, in the order they are told."""

import importlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import cast

from kiosk.clock import Clock
from kiosk.config.schema import LaneConfig
from kiosk.config.source import SourceKind
from kiosk.doctor.access import access_findings
from kiosk.doctor.accounts import Account
from kiosk.doctor.books import ledger_findings
from kiosk.doctor.button import button_findings
from kiosk.doctor.confinement import confinement_findings
from kiosk.doctor.daemon import Daemon, ask_daemon, daemon_findings
from kiosk.doctor.disk import disk_findings
from kiosk.doctor.finding import Check, Finding
from kiosk.doctor.folder import folder_findings
from kiosk.doctor.hours import belief_findings, clock_findings
from kiosk.doctor.libraries import library_findings
from kiosk.doctor.line import line_findings
from kiosk.doctor.machine import Machine
from kiosk.doctor.names import name_findings, sharing_findings, twin_findings
from kiosk.doctor.people import device_findings, lane_account, person_findings, this_person
from kiosk.doctor.power import power_findings
from kiosk.doctor.service import service_findings
from kiosk.doctor.unit import Unit, unit_of

_USUAL_S = 10.0
_CAMERA_S = 25.0  # opening may take 10 s, the first frame 5 s; then it is watched and looked at


def machine_checks(machine: Machine, clock: Clock, lanes: Sequence[LaneConfig]) -> list[Check]:
    """List what is to be looked at once; ``lanes`` are all that are configured here."""
    return [
        Check("libraries", library_findings, bound_s=30.0),  # a card may take long to give them
        Check("clock", partial(clock_findings, machine, clock)),
        Check("power", partial(power_findings, machine)),
        Check("user", partial(person_findings, machine, this_person())),
        Check("serial numbers", partial(twin_findings, machine, lanes)),
        Check("lanes", partial(sharing_findings, machine, lanes)),
    ]


def lane_checks(machine: Machine, clock: Clock, config: LaneConfig) -> list[Check]:
    """List what is to be looked at for one lane. Asks the daemon and systemd, seconds at most."""
    daemon = ask_daemon(config)
    unit = unit_of(machine, config.lane)
    user = lane_account(machine, unit)
    service_s = config.service.connect_timeout_s + 5.0
    examinations: list[tuple[str, Callable[[], Iterable[Finding]], float]] = [
        ("daemon", partial(daemon_findings, config.lane, daemon, unit), _USUAL_S),
        ("camera", partial(_sight, machine, clock, config, daemon, user), _CAMERA_S),
        ("station", partial(line_findings, machine, config.station, daemon), _USUAL_S),
        ("button", partial(button_findings, machine, config, daemon, clock), _USUAL_S),
        ("device names", partial(name_findings, machine, config), _USUAL_S),
        ("permissions", partial(_permissions, machine, config, unit, user), _USUAL_S),
        ("access code", partial(access_findings, machine, config, daemon, user), _USUAL_S),
        ("service", partial(service_findings, config.service, clock), service_s),
        ("disk", partial(disk_findings, machine, config.state_dir, user), _USUAL_S),
        ("ledger", partial(ledger_findings, config.state_dir, daemon), _USUAL_S),
        ("clock", partial(belief_findings, config.state_dir, clock), _USUAL_S),
    ]
    return [Check(name, examine, config.lane, bound) for name, examine, bound in examinations]


def _sight(
    machine: Machine, clock: Clock, config: LaneConfig, daemon: Daemon, user: Account | None
) -> Iterable[Finding]:
    """Look at where pictures come from; a camera that the daemon has cannot be opened beside it."""
    camera = config.camera
    if camera.source.kind is SourceKind.FOLDER:
        return folder_findings(machine, camera, user)
    eye = importlib.import_module("kiosk.doctor.eye")  # needs OpenCV, which may be what is broken
    if daemon.is_there and camera.source.kind is SourceKind.DEVICE:
        return cast("Iterable[Finding]", eye.busy_findings(config.lane, daemon))
    return cast("Iterable[Finding]", eye.camera_findings(machine, camera, clock))


def _permissions(
    machine: Machine, config: LaneConfig, unit: Unit | None, user: Account | None
) -> Iterator[Finding]:
    yield from device_findings(machine, config, user)
    if unit is not None and unit.is_installed:
        yield from confinement_findings(config, unit)
