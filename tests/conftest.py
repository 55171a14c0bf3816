"""What all tests share: the evaluation data, and the rules for skips and for hardware.

Evaluation data lies in ``$VIN_KIOSK_SHARED``, else in ``shared`` beside the project. Where it is,
a skipped test is a failed test; where it is not, skips are counted and told at the end.

A test marked ``@pytest.mark.hardware("camera")`` needs that door to the real world. It runs when
``VIN_KIOSK_HARDWARE`` names the door (several with commas), and is left out, not skipped,
everywhere else.
"""

import os
import signal
import tempfile
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# how long an example takes says something of the machine and its load, nothing of the code
hypothesis.settings.register_profile(
    "anywhere", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("anywhere")

_BESIDE = Path(__file__).resolve().parents[2] / "shared"
_DOORS = ("camera", "station", "button")
_LEFT_OUT = pytest.StashKey[Counter[str]]()


def _shared() -> Path | None:
    named = os.environ.get("VIN_KIOSK_SHARED")
    folder = Path(named) if named else _BESIDE
    if named and not folder.is_dir():
        raise pytest.UsageError(f"VIN_KIOSK_SHARED names {named}, which is no folder")
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder with the evaluation data; without it the test is skipped."""
    folder = _shared()
    if folder is None:
        pytest.skip("the evaluation data is not on this machine")
    return folder


@pytest.fixture
def open_path(tmp_path: Path) -> Path:
    """The test's own folder, which every user of the machine may enter."""
    place = Path(tempfile.gettempdir())
    for folder in (tmp_path, *tmp_path.parents):
        if place in folder.parents:
            folder.chmod(0o755)
    return tmp_path


@pytest.fixture(autouse=True)
def _cores_stay_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a command that runs in this process from binding it, and what it starts, for good."""
    for command in ("doctor", "run", "submit"):
        monkeypatch.setattr(f"kiosk.commands.{command}.forbid_core_dumps", lambda: None)


# ---- hardware -----------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    _shared()  # a wrong VIN_KIOSK_SHARED is told before anything runs
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # so a shell starts what runs in the background, and so would the tests' own children
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", f"hardware(door): needs a real one of {', '.join(_DOORS)}")
    config.stash[_LEFT_OUT] = Counter()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    opened = set(os.environ.get("VIN_KIOSK_HARDWARE", "").split(","))
    left_out = []
    for item in items:
        marker = item.get_closest_marker("hardware")
        if marker is None:
            continue
        (door,) = marker.args
        if door not in _DOORS:
            raise pytest.UsageError(f"{item.nodeid}: {door} is none of {', '.join(_DOORS)}")
        if door not in opened:
            left_out.append(item)
            config.stash[_LEFT_OUT][door] += 1
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that reports what this one left out, where the tests run in several."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = dict(session.config.stash[_LEFT_OUT])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a process left out: each of them collects all tests."""
    counts = getattr(node, "workeroutput", {}).get("left_out", {})
    node.config.stash[_LEFT_OUT] = Counter(counts)


# ---- skips --------------------------------------------------------------------------------------


def _skip_is_failure(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not report.skipped or hasattr(report, "wasxfail") or _shared() is None:
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"a skip is a failure where the evaluation data is present: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _skip_is_failure(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _skip_is_failure(report)
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    skipped = len(terminalreporter.stats.get("skipped", []))
    where = "present" if _shared() else "not on this machine"
    terminalreporter.write_line(f"skipped tests: {skipped} (evaluation data: {where})")
    opened = set(os.environ.get("VIN_KIOSK_HARDWARE", "").split(","))
    counts = config.stash[_LEFT_OUT]
    doors = [f"{door} (tests: {counts[door]})" for door in _DOORS if door not in opened]
    terminalreporter.write_line(f"hardware doors left out: {', '.join(doors) or 'none'}")
