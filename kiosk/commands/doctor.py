"""``vin-kiosk doctor``: what of this machine and its lanes is well, what is not, and what to do."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import click

from kiosk.clock import SystemClock
from kiosk.commands.options import LaneFile, json_option, lane_options, lanes_named
from kiosk.commands.printing import plain, print_json
from kiosk.commands.waiting import end_progress, show_progress
from kiosk.config.limits import limits_of
from kiosk.config.schema import LaneConfig
from kiosk.doctor.bounded import findings_of
from kiosk.doctor.checkup import lane_checks, machine_checks
from kiosk.doctor.finding import Check, Finding, Status, fail, ok, warn
from kiosk.doctor.machine import Machine
from kiosk.errors import UsageError
from kiosk.hardening import forbid_core_dumps

_SHOWN = {Status.OK: "ok", Status.WARN: "warn", Status.FAIL: "FAIL", Status.UNKNOWN: "-"}
_STYLES = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "red", Status.UNKNOWN: "cyan"}
_CONFIGURATION, _MACHINE = 2, 4  # exit codes
_NO_LANE = (
    "sudo scripts/install --lane lane1   # in the folder of vin-kiosk's checkout\n"
    "sudo nano /etc/vin-kiosk/lane1.yaml\n"
    "vin-kiosk check-config"
)


@dataclass(frozen=True, slots=True)
class _Patient:
    """A lane's file, and what is in it where it is sound."""

    lane: str
    path: str
    config: LaneConfig | None
    problems: tuple[str, ...]


@click.command("doctor")
@lane_options
@json_option
@click.pass_context
def command(ctx: click.Context, config: LaneFile, *, as_json: bool) -> None:
    """Check this machine for the lane, and say what to do.

    Looks at the machine and at the lane named, else at every lane that is configured; without
    any, at the machine alone. Nothing is changed, nothing is sent to the service or the display,
    and no credit is spent. A camera that a running lane holds is not taken from it.

    Each line is ok, warn (the lane works, but not as well as it could), FAIL or - (cannot be told
    from here), then what was looked at and what was found; below it, what to do.

    Exit code 0: nothing is broken. 2: a lane's file is wrong. 4: something of the machine is.
    """
    forbid_core_dumps()
    # A camera's own warnings come as findings, not a second time as bare lines on the terminal.
    logging.getLogger("kiosk").addHandler(logging.NullHandler())
    patients = [_examined(file) for file in lanes_named(config)]
    worst: set[Status] = set()
    for check, finding in _told(patients, as_json=as_json):
        worst.add(finding.status)
        _print(check, finding, as_json=as_json)
    if any(patient.config is None for patient in patients):
        ctx.exit(_CONFIGURATION)
    ctx.exit(_MACHINE if Status.FAIL in worst else 0)


def _examined(file: LaneFile) -> _Patient:
    try:
        path, examination = file.path(), file.examine()
    except UsageError as error:  # a file among the lanes whose name cannot be a lane's
        name = f"{file.lane}.yaml"
        return _Patient(plain(file.lane), name, None, (f"{name}: {error}",))
    config, problems = examination.config, tuple(map(str, examination.problems))
    return _Patient(config.lane if config else path.stem, str(path), config, problems)


def _told(patients: list[_Patient], *, as_json: bool) -> Iterator[tuple[Check, Finding]]:
    """Go through everything in order; headings are for people."""
    machine, clock = Machine(), SystemClock()
    beside = _beside(patients)
    _heading("This machine", as_json=as_json)
    if not patients:
        finding = warn("no lane is configured on this machine", _NO_LANE)
        yield Check("configuration", tuple), finding
    for check in machine_checks(machine, clock, beside):
        yield from _run(check)
    for patient in patients:
        _heading(f"Lane {patient.lane}", as_json=as_json)
        yield from _of_file(patient)
        if patient.config is None:
            continue
        show_progress(f"{patient.lane}: asking the daemon …")
        for check in lane_checks(machine, clock, patient.config):
            yield from _run(check)


def _beside(patients: list[_Patient]) -> list[LaneConfig]:
    """Gather all sound lanes of this machine: those asked for, and those that stand beside them."""
    configs = {patient.config.lane: patient.config for patient in patients if patient.config}
    for config in (_examined(file).config for file in lanes_named(LaneFile())):
        if config is not None:
            configs.setdefault(config.lane, config)
    return list(configs.values())


def _of_file(patient: _Patient) -> Iterator[tuple[Check, Finding]]:
    check = Check("configuration", tuple, patient.lane)
    path = patient.path
    for problem in patient.problems:
        yield check, fail(problem, f"sudo nano {path}\nvin-kiosk check-config -c {path}")
    if patient.config is not None:
        yield check, ok(f"{path} is sound")
        for limit in limits_of(patient.config):
            yield check, fail(f"the lane will not start: {limit}", f"sudo nano {path}")


def _run(check: Check) -> Iterator[tuple[Check, Finding]]:
    name = f"{check.lane}: {check.name}" if check.lane else check.name
    show_progress(f"{name}: looking, {check.bound_s:.0f} s at most …")
    findings = findings_of(check)
    for finding in findings:
        yield check, finding


def _heading(words: str, *, as_json: bool) -> None:
    if not as_json:
        end_progress()
        click.secho(words, bold=True)


def _print(check: Check, finding: Finding, *, as_json: bool) -> None:
    end_progress()
    name = finding.about or check.name
    if as_json:
        print_json(
            {
                "check": name,
                "lane": check.lane,
                "status": finding.status.value,
                "found": finding.found,
                "do": finding.do,
            }
        )
        return
    status = click.style(f"{_SHOWN[finding.status]:<4}", fg=_STYLES[finding.status], bold=True)
    click.echo(f"{status}  {name}: {plain(finding.found)}")
    for line in (finding.do or "").splitlines():
        click.echo(f"        {plain(line)}")
