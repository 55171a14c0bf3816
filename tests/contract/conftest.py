"""Contract suites: the same promises, asked of every adapter behind one protocol.

Each adapter of a suite bears a mark, whichever way its tests are parametrised:

    pytest.param(…, marks=pytest.mark.contract("cameras", "simulated"))
    pytest.param(…, marks=[pytest.mark.hardware("camera"),
                           pytest.mark.contract("cameras", "v4l2", only="on a machine with one")])

At the end pytest prints for each suite on which adapters it ran, and for each that was left out
with its hardware where it does run (``only``).
"""

from collections import defaultdict

import pytest

Suites = dict[str, dict[str, None]]  # adapters in the order in which they came up
_RAN = pytest.StashKey[Suites]()
_LEFT_OUT = pytest.StashKey[Suites]()


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "contract(suite, adapter, only=None): asks an adapter for its suite's promises"
    )
    config.stash[_RAN] = defaultdict(dict)
    config.stash[_LEFT_OUT] = defaultdict(dict)


def _contract(item):
    mark = item.get_closest_marker("contract")
    return (*mark.args, mark.kwargs.get("only")) if mark else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "call" and not report.skipped and (contract := _contract(item)):
        suite, adapter, _ = contract
        item.config.stash[_RAN][suite][adapter] = None
    return report


def pytest_deselected(items):
    for item in items:
        contract = _contract(item)
        if contract and item.get_closest_marker("hardware"):
            suite, adapter, only = contract
            item.config.stash[_LEFT_OUT][suite][f"{adapter}: only {only}"] = None


def pytest_terminal_summary(terminalreporter, config):
    for suite, adapters in config.stash[_RAN].items():
        told = [", ".join(adapters), *config.stash[_LEFT_OUT].get(suite, {})]
        terminalreporter.write_line(f"contract suite {suite} ran on: {'; '.join(told)}")
