"""The access code is in nothing that the program writes, whatever happens to it.

One canary, a code with characters that travel in several forms, and one search over everything
that a lane and its commands leave behind: logs with -v, answers kept in the ledger, the control
socket's replies, the process's own pages in /proc, a backup, a crash. What root reads out of a
living process with a debugger is out of reach.
"""

import base64
import contextlib
import json
import os
import resource
import signal
import sqlite3
import urllib.parse
from pathlib import Path

import pytest
from zygote import Program, Zygote
from zygote_lane import KilledLane

from kiosk.errors import KioskError
from kiosk.sandbox.server import Sandbox

CODE = "canary-7f&3/a%2Fb+c=d"
FAULTS = (
    "echo",
    "status_401",
    "early_401",
    "redirect_307",
    "garbage",
    "cut_answer",
    "reset_after_tail",
    "key_29",
    "http_500",
    "refuse",
)


MIB = 1024 * 1024
CORES_ARE_LEFT = (
    Path("/proc/sys/kernel/core_pattern").read_text("ascii").startswith("core")
    and resource.getrlimit(resource.RLIMIT_CORE)[1] != 0
)


def forms(text):
    """List the shapes in which a text can lie in bytes."""
    yield from (text, urllib.parse.quote(text), urllib.parse.quote(text, safe=""))
    yield json.dumps(text)[1:-1]
    yield text.encode().hex()
    for shift in range(3):  # base64 has three, by where the text begins
        encoded = base64.b64encode(b"\0" * shift + text.encode()).decode()
        yield encoded[4 if shift else 0 : len(text) * 4 // 3 - 2]


NEEDLES = {
    needle
    for form in {*forms(CODE), *forms("canary-7f")}
    for needle in (form.encode(), form.encode("utf-16-le"))
}


def shows(data):
    return any(needle in data for needle in NEEDLES)


def shown_in(folder, *more):
    """Name the places where the code can be read."""
    # where it lies on purpose
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != "access-code")
    places = [path.name for path in paths if shows(path.read_bytes())]
    return places + [name for name, data in more if shows(data)]


@contextlib.contextmanager
def lane_with_the_canary(folder, lives, mutant=None, **sandbox):
    service = Sandbox(credits=99, **sandbox)
    with KilledLane(folder, lives, 7, mutant, sandbox=service, verbose=True) as lane:
        lane.end_load()
        (folder / "access-code").write_text(CODE, "ascii")
        yield lane


def meet_every_fault(lane, control):
    """Send a picture under each fault; return all that the control socket replied."""
    replies = []
    for fault in (*FAULTS, None):
        lane.sandbox.set_faults({fault: 1} if fault else {})
        before = control.status()
        facts = control.submit(lane.picture(), "car.png", hurry=False, pay_again=False)
        lane.until(
            lambda facts=facts, fault=fault: (
                control.submission(facts["id"])["state"] not in {"queued", "sending"}
                or control.status()["pause"] is not None
                or (fault == "refuse" and "service lost" in lane.last_words())
            ),
            f"{fault}: nothing came of it",
        )
        replies += [before, facts, control.submission(facts["id"]), control.status()]
        replies.append(control.resume("a person"))
    with pytest.raises(KioskError) as refused:
        control.resend(10**6, "a person")
    return [*replies, str(refused.value)]


def run_commands(lane, lives, folder):
    """Run what people type, each with its output in a file of its own."""
    config = ["-c", str(folder / "lane.yaml")]
    tls, none = lane.sandbox.url.replace("http:", "https:"), "http://127.0.0.1:1/v2"
    for number, words in enumerate(
        (
            ["queue", "list"],
            ["queue", "list", "--json"],
            ["queue", "show", "1"],
            ["queue", "export", "1", "--out", str(folder / "crop")],
            ["scans", "--json"],
            ["status", "--json"],
            ["show-config"],
            ["check-config"],
            ["doctor"],
            # TLS where none is spoken, and nobody at home
            ["submit", str(folder / "car.png"), "--timeout", "1", "--set", f"service.url={tls}"],
            ["submit", str(folder / "other.png"), "--timeout", "1", "--set", f"service.url={none}"],
        )
    ):
        lives.begin([*words, *config], folder / f"said-{number}")
        lives.end()


def proc_pages(pid):
    for name in ("environ", "cmdline", "comm", "status", "maps"):
        yield f"/proc/PID/{name}", Path(f"/proc/{pid}/{name}").read_bytes()


def test_the_code_is_in_nothing_that_is_written(tmp_path, monkeypatch):
    """Every fault, every command, a backup, and a crash that would leave a core file."""
    folder = tmp_path / "lane"
    monkeypatch.chdir(tmp_path)  # where a core would lie
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    try:
        with Zygote() as forks, Program() as lives, lane_with_the_canary(folder, lives) as lane:
            with lane.living(ends_by=signal.SIGABRT) as control:
                replies = meet_every_fault(lane, control)
                pages = list(proc_pages(lane.pid))
            (folder / "car.png").write_bytes(lane.picture())
            (folder / "other.png").write_bytes(lane.picture())
            run_commands(lane, forks, folder)
            assert lane.sandbox.journal().charged
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    assert list(tmp_path.glob("core*")) == []
    with contextlib.closing(sqlite3.connect(folder / "state" / "ledger.sqlite")) as connection:
        connection.execute("VACUUM INTO ?", (str(folder / "backup.sqlite"),))
        kept = b"".join(
            row[0] or b"" for row in connection.execute("SELECT answer FROM submissions")
        )
    said = json.dumps(replies).encode()
    assert shown_in(tmp_path, ("control socket", said), *pages) == []

    # and there was something to find
    log = (folder / "log").read_text("utf-8")
    assert "Fatal Python error: Aborted" in log
    assert b"vin_captured" in kept
    assert all((folder / f"said-{number}").stat().st_size for number in range(3))


def test_one_line_too_many_is_found(tmp_path):
    with Zygote() as lives, lane_with_the_canary(tmp_path / "lane", lives, "leak") as lane:
        with lane.living() as control:
            control.submit(lane.picture(), "car.png", hurry=False, pay_again=False)
            lane.until(lambda: lane.ask("status", "waiting") == 0, "it is not sent")
        assert shown_in(tmp_path) == ["log"]


@pytest.mark.skipif(not CORES_ARE_LEFT, reason="this machine leaves no core files in the folder")
def test_a_lane_that_leaves_a_core_file_is_found(tmp_path):
    """Its beginning is enough to see that it would be there.

    Where the lane lives, and how large a core it may leave, is its own: neither the folder nor the
    limits of the process that runs the tests matter, which may be gone, or shut by another test.
    """
    with (
        Zygote(cwd=tmp_path, core_bytes=MIB) as lives,
        lane_with_the_canary(tmp_path / "lane", lives, "dumpable") as lane,
        lane.living(ends_by=signal.SIGABRT) as control,
    ):
        control.submit(lane.picture(), "car.png", hurry=False, pay_again=False)
        lane.until(lambda: lane.ask("status", "waiting") == 0, "it is not sent")
    assert list(tmp_path.glob("core*"))


@pytest.mark.parametrize("form", sorted(NEEDLES))
def test_every_form_of_the_code_would_be_found(tmp_path, form):
    (tmp_path / "page").write_bytes(b"some words " + form + os.urandom(9))
    assert shown_in(tmp_path) == ["page"]
