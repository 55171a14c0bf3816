"""Power cuts at every call of a lane's life, on many disks each, and the verdict on every one."""

import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cut_disk import CALLS, CutDisk, lay_out
from ledger_life import SUCCESS, clock
from strace_calls import Call, Strace
from strace_life import Nursery
from verdict import Verdict, judge

from kiosk.errors import KioskError
from kiosk.ledger.ledger import Ledger
from kiosk.model import Claim
from kiosk.sandbox.books import Journal
from kiosk.sandbox.journal_file import Entry

_LIVES = (("boot-1", True), ("boot-2", False))  # the first dies, the second is stopped


@dataclass(slots=True)
class Said:
    """What the outside world knows at a moment: no cut takes it back."""

    acknowledged: dict[int, str] = field(default_factory=dict)
    requests: list[Entry] = field(default_factory=list)

    def sent(self, picture: str, *, charged: bool) -> None:
        """Enter a picture that was sent whole."""
        number = len(self.requests) + 1
        self.requests.append(
            Entry(number, picture, complete=True, status=200, key=None, charged=charged)
        )

    def hear(self, call: Call) -> None:
        """Enter what the life told in a call, if it did."""
        if call.name != "write" or not str(call.path).startswith("socket:"):
            return
        kind, *facts = json.loads(call.data)
        if kind == "saved":
            self.acknowledged[int(facts[0])] = facts[1]
        elif kind == "tail":
            self.sent(facts[0], charged=bool(facts[1]))


@dataclass(frozen=True, slots=True)
class Cut:
    """One disk after a cut, and what became of it."""

    call: int  # how many of the life's calls had been made
    seed: int
    verdict: Verdict | None  # None: the lane did not start
    complaint: str | None  # what the lane took for damage, or died of

    @property
    def good(self) -> bool:
        """Tell whether all promises were kept."""
        return self.verdict is not None and self.verdict.faultless and not self.complaint


def record(folder: Path, nursery: Nursery, mutant: str | None = None) -> list[Call]:
    """Let a lane live twice under strace; return its calls, with all that was written."""
    folder.mkdir(parents=True, exist_ok=True)
    calls = []
    for boot, abrupt in _LIVES:
        life = nursery.begin("cut", mutant, state=str(folder / "state"), boot=boot, abrupt=abrupt)
        strace = Strace(life.pid, folder / "strace", CALLS, data=True)
        life.go_on()
        assert life.end() == 0, nursery.last_words()
        calls += strace.wait().calls()
    return calls


def cuts(
    calls: list[Call], folder: Path, disks: int, *, seed: int = 1, every: int = 1
) -> Iterator[Cut]:
    """Cut the power after each call of the lane's (or every so many), ``disks`` times each."""
    disk, said = CutDisk(folder / "state"), Said()
    made = 0
    for call in calls:
        said.hear(call)
        if not disk.replay(call):
            continue
        made += 1
        if made % every:
            continue
        for number in range(disks):
            once = seed * 1_000_003 + made * 1009 + number
            yield _cut(
                disk.after_a_cut(random.Random(once)), folder / f"cut-{seed}", said, made, once
            )


def _cut(files: dict[str, bytes], folder: Path, said: Said, made: int, seed: int) -> Cut:
    lay_out(files, folder)
    after = Said(dict(said.acknowledged), list(said.requests))
    try:
        complaint = _start_again(folder, after)
        verdict = judge(folder, Journal(tuple(after.requests), 0), after.acknowledged)
        return Cut(made, seed, verdict, complaint)
    except KioskError as error:
        return Cut(made, seed, None, f"the lane does not start: {error}")
    finally:
        shutil.rmtree(folder)


def _start_again(folder: Path, said: Said) -> str | None:
    """Send all that waits; return what the start took for damage."""
    hands = clock()
    hands.reboot("boot-after-the-cut", is_set=True)
    with Ledger.open(folder, hands) as ledger:
        report = ledger.start_report
        ledger.resume("a person")
        while isinstance(claim := ledger.claim(), Claim):
            ledger.commit_tail(claim)
            said.sent(sha256(claim.crop).hexdigest(), charged=True)
            ledger.settle(claim, SUCCESS)
    if report.damaged or report.missing_sequences:
        return f"{report.damaged}; missing {report.missing_sequences}"
    return None
