"""The demo's accounts: what was expected, what the ledger holds, what the service charged."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kiosk.demo.plot import Expectation
from kiosk.model import Scan, State, Submission


@dataclass(frozen=True, slots=True)
class Press:
    """One press of the demo and what was seen of it. Times are seconds after the press."""

    number: int
    name: str
    expected: Expectation
    expected_vin: str | None
    scan: Scan | None
    said: bool  # the expected words stood on the glass
    colours: tuple[str, ...]  # that the light showed, each once
    shown_s: float | None  # until the first word about the label
    answered_s: float | None  # until the service's answer was told


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the demo's last table."""

    press: Press
    submission: Submission | None
    faults: tuple[str, ...]

    @property
    def vin(self) -> str | None:
        """The VIN the ledger holds for this press."""
        if self.submission is not None and self.submission.vin:
            return self.submission.vin
        return self.press.scan.vin if self.press.scan else None

    @property
    def credits(self) -> int:
        """Credits this press cost."""
        return self.submission.credits if self.submission else 0

    @property
    def how(self) -> str:
        """How the VIN was read, in words."""
        submission = self.submission
        if submission is None or submission.state is State.DUPLICATE:
            return self.press.scan.outcome.replace("_", " ") if self.press.scan else "no scan"
        if submission.state is State.RECOGNIZED:
            return "here+service" if submission.local_vin else "service"
        return submission.state.value.replace("_", " ")


def balance(
    presses: Sequence[Press],
    submissions: Mapping[int, Submission],
    journal: Mapping[str, Any],
) -> tuple[list[Line], list[str]]:
    """Compare expectation, ledger and the service's journal: the lines, and what is wrong."""
    lines = [_line(press, submissions) for press in presses]
    wrong = [f"scan {line.press.number}: {fault}" for line in lines for fault in line.faults]
    in_ledger = sum(line.credits for line in lines)
    charged = Counter(r["sha256"] for r in journal["requests"] if r["charged"])
    if in_ledger != charged.total():
        wrong.append(f"the ledger holds {in_ledger} credits, the service took {charged.total()}")
    wrong += [f"picture {sha[:12]}… was paid for {n} times" for sha, n in charged.items() if n > 1]
    return lines, wrong


def _line(press: Press, submissions: Mapping[int, Submission]) -> Line:
    scan = press.scan
    submission = submissions.get(scan.submission_id) if scan and scan.submission_id else None
    line = Line(press, submission, ())
    return Line(press, submission, tuple(_faults(line)))


def _faults(line: Line) -> list[str]:
    press, expected = line.press, line.press.expected
    faults = []
    outcome = press.scan.outcome if press.scan else None
    if outcome != expected.outcome:
        faults.append(f"outcome {outcome}, expected {expected.outcome}")
    state = line.submission.state if line.submission else None
    if state != expected.state:
        faults.append(f"state {state}, expected {expected.state}")
    if line.credits != expected.credits:
        faults.append(f"{line.credits} credits, expected {expected.credits}")
    if line.vin != press.expected_vin:
        faults.append(f"VIN {line.vin}, on the label stands {press.expected_vin}")
    if not press.said:
        faults.append(f"the glass never said {expected.says!r}")
    if expected.light is not None and expected.light not in press.colours:
        faults.append(f"the light never was {expected.light}")
    return faults
