"""The demo's edges: the keys of its terminal, and a sandbox that never says it is ready."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time

import pytest

from kiosk.demo import service
from kiosk.demo.keyboard import quiet_keyboard, wait_for_enter
from kiosk.demo.service import SandboxProcess
from kiosk.errors import MachineError


@pytest.fixture
def hand(monkeypatch):
    """Yield a function that types at the demo's terminal."""
    master, slave = os.openpty()
    with os.fdopen(slave, encoding="utf-8") as keyboard:
        monkeypatch.setattr(sys, "stdin", keyboard)
        yield lambda keys: os.write(master, keys)
        os.close(master)


def heard(presses):
    """Wait for so many presses of Enter; tell how many came."""
    came = threading.Semaphore(0)

    def wait():
        for _ in range(presses):
            wait_for_enter()
            came.release()

    threading.Thread(target=wait, daemon=True).start()
    return sum(came.acquire(timeout=10) for _ in range(presses))


def test_two_presses_at_once_are_two(hand):
    with quiet_keyboard():
        hand(b"no\n\n")
        assert heard(2) == 2


def test_the_end_of_the_input_is_an_answer(hand):
    hand(b"\x04")
    assert heard(1) == 1


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exec sleep 60", "it said nothing"),
        ("printf half; exec sleep 60", "it said nothing"),
        ("echo no such option >&2; exit 2", "no such option"),
    ],
    ids=["silent", "half-a-line", "gone"],
)
def test_a_sandbox_that_does_not_start_is_told_in_time(tmp_path, monkeypatch, script, words):
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(service, "_START_S", 1.0)
    began = time.monotonic()
    with pytest.raises(MachineError, match=f"did not start: {words}"), SandboxProcess(tmp_path, 1):
        pass
    assert time.monotonic() - began < 10


HOLDS_A_SANDBOX = """
import sys, threading
from pathlib import Path
from kiosk.demo.service import SandboxProcess
with SandboxProcess(Path(sys.argv[1]), 1) as sandbox:
    print(sandbox._process.pid, flush=True)
    threading.Event().wait()
"""


def test_a_demo_that_is_killed_leaves_no_sandbox_behind(tmp_path):
    demo = subprocess.Popen(
        [sys.executable, "-c", HOLDS_A_SANDBOX, tmp_path], stdout=subprocess.PIPE, text=True
    )
    try:
        assert select.select([demo.stdout], [], [], 60)[0]
        sandbox = os.pidfd_open(int(demo.stdout.readline()))
    finally:
        demo.kill()
        demo.communicate()
    try:
        ended, _, _ = select.select([sandbox], [], [], 20)
    finally:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(sandbox, signal.SIGKILL)
        os.close(sandbox)
    assert ended
