"""What an installer and a technician do with a lane. Each step returns what was seen."""

import os
import time
from pathlib import Path

from nspawn_machine import until
from nspawn_site import STRANGER, TECHNICIAN, Site, expect

_READY_S = 2.0  # from start to READY
_EXPOSURE = 2.0
_STARTS = 5


def files_and_user(site: Site) -> str:
    """Look at owners and modes."""
    wanted = {
        "/etc/vin-kiosk": "755 root root",
        "/etc/vin-kiosk/lane1.yaml": "640 root vin-kiosk",
        "/etc/vin-kiosk/lane1.access-code": "600 root root",
        "/var/lib/vin-kiosk": "750 root vin-kiosk",
        "/usr/local/lib/systemd/system/vin-kiosk@.service": "644 root root",
    }
    for path, mode in wanted.items():
        seen = site.machine.out("stat", "-c", "%a %U %G", path).strip()
        expect(seen == mode, f"{path} is {seen}, not {mode}")
    shell = site.machine.out("getent", "passwd", "vin-kiosk").strip().split(":")[-1]
    expect("nologin" in shell, f"the user vin-kiosk can log in: {shell}")
    return site.machine.out("vin-kiosk", "--version").strip()


def unit_is_sound(site: Site) -> str:
    """Verify the unit: not a word, exposure at most 2.0."""
    verified = site.machine.run("systemd-analyze", "verify", f"{site.unit}.service")
    said = verified.stdout + verified.stderr
    expect(not said.strip() and verified.returncode == 0, f"verify says: {said.strip()}")
    table = site.machine.out("systemd-analyze", "security", "--no-pager", f"{site.unit}.service")
    exposure = float(table.strip().splitlines()[-1].split(": ")[1].split()[0])
    expect(exposure <= _EXPOSURE, f"the exposure is {exposure}")
    return f"exposure {exposure}"


def without_access_code(site: Site) -> str:
    """Start without an access code: a clear word, no restarting."""
    site.configure()
    site.machine.out("rm", f"/etc/vin-kiosk/{site.lane}.access-code")
    started = site.machine.run("systemctl", "start", site.unit)
    expect(started.returncode != 0, "it started")
    time.sleep(5)  # longer than RestartSec
    state = site.machine.shows(site.unit, "ActiveState")
    expect((state, site.restarts()) == ("failed", 0), f"{state}, {site.restarts()} restarts")
    journal = site.machine.journal(site.unit)
    expect("access code" in journal, f"the journal says {journal}")
    site.machine.out("install", "-m", "600", "/dev/null", f"/etc/vin-kiosk/{site.lane}.access-code")
    site.give_access_code("any-word")
    return next(line for line in journal.splitlines() if "access code" in line)


def starts(site: Site) -> str:
    """Start to READY within 2 s (the median of five)."""
    took = []
    for _ in range(_STARTS):
        site.systemctl("restart")
        begun = int(site.machine.shows(site.unit, "ExecMainStartTimestampMonotonic"))
        ready = int(site.machine.shows(site.unit, "ActiveEnterTimestampMonotonic"))
        took.append((ready - begun) / 1e6)
    took.sort()
    load = Path("/proc/loadavg").read_text("ascii").split()[0]
    seconds = ", ".join(f"{s:.2f}" for s in took)
    detail = f"READY after {seconds} s (load {load} on {os.cpu_count()} cores)"
    expect(took[_STARTS // 2] <= _READY_S, detail)
    return detail


def a_scan(site: Site) -> str:
    """Press as a technician: the VIN, one credit, the display's words."""
    until(lambda: site.status_text().startswith("ready · 0 waiting"), "the status text ready")
    cursor, before = site.machine.cursor(), site.paid()
    scan = site.facts("trigger", "--wait", "--lane", site.lane)
    expect(scan["state"] == "recognized", f"the scan ended as {scan}")
    expect((scan["credits"], site.paid() - before) == (1, 1), f"credits: {scan}, {site.paid()}")
    shown = site.shown_since(cursor)
    expect(any(f"{scan['vin']} / OK" in text for text in shown), f"the display showed {shown}")
    status = until(
        lambda: text if "1 credits today" in (text := site.status_text()) else "",
        "the day's credits in the status text",
    )
    return f"{shown[-1]} · status: {status}"


def strangers_are_refused(site: Site) -> str:
    """Refuse who is not of the group, and say so."""
    done = site.machine.run("vin-kiosk", "trigger", user=STRANGER)
    expect(done.returncode != 0, "a stranger pressed the button")
    expect("ermission denied" in done.stderr or "group" in done.stderr, done.stderr)
    for path in ("/var/lib/vin-kiosk/lane1", "/run/vin-kiosk"):
        expect(site.machine.run("ls", path, user=STRANGER).returncode, f"{path} is open to all")
    return done.stderr.strip()


def the_technician_reads(site: Site) -> str:
    """Read queue, scans and status as a technician, beside the running lane."""
    for command in (("queue", "list"), ("scans",), ("status",)):
        site.machine.out("vin-kiosk", *command, "--lane", site.lane, user=TECHNICIAN)
    return "queue list, scans, status"


def reload_wrong(site: Site) -> str:
    """Reload a wrong file: refused with its mistakes, the lane goes on as it was."""
    pid, cursor = site.pid(), site.machine.cursor()
    sound = f"/srv/{site.lane}.yaml"  # the commands refuse a wrong file, too
    site.machine.out("install", "-m", "644", site.file, sound)
    site.configure(timeout_s="500", fps="fast")
    reloaded = site.machine.run("systemctl", "reload", site.unit)
    expect(reloaded.returncode != 0, "systemctl reload took a wrong file")
    site.machine.out("systemctl", "kill", "--signal=HUP", "--kill-who=main", site.unit)
    until(lambda: "refused" in site.status_text(), "the status text to say so")
    journal = site.machine.journal(site.unit, cursor)
    for key in ("trigger.timeout_s", "camera.fps"):
        expect(f"settings refused: {site.file}" in journal and key in journal, journal)
    expect(site.pid() == pid, "it is another process")
    expect(site.facts("trigger", "--wait", "--config", sound)["vin"], "it scans no more")
    return site.status_text()


def reload_right(site: Site) -> str:
    """Reload a changed file: taken over in the same process."""
    pid, restarts = site.pid(), site.restarts()
    cursor = site.machine.cursor()
    site.configure(timeout_s="5", fps="15", when="never")
    _reload(site, cursor)
    expect((site.pid(), site.restarts()) == (pid, restarts), "it is another process")
    before = site.paid()
    site.next_car()
    scan = site.facts("trigger", "--wait", "--lane", site.lane)
    expect(scan["state"] == "local" and site.paid() == before, f"with when: never it is {scan}")
    cursor = site.machine.cursor()
    site.configure(when="located")
    _reload(site, cursor)
    return "same process; upload.when: never holds, and nothing is paid"


def _reload(site: Site, cursor: str) -> None:
    site.systemctl("reload")
    until(lambda: "READY / WAITING FOR TRIGGER" in site.shown_since(cursor), "the lane")
    until(lambda: "refused" not in site.status_text(), "the status text to clear")


def second_lane(site: Site) -> str:
    """Run a second lane: its stop does not touch the first."""
    said = site.install("--lane", "lane2")
    expect(said.returncode == 0, said.stderr)
    other = Site(site.machine, "lane2")
    other.configure()
    other.give_access_code("any-word")
    other.systemctl("start")
    other.press()
    other.await_latest("recognized")
    other.systemctl("stop")
    expect(site.facts("status", "--lane", site.lane)["running"] is True, "lane1 is not there")
    return "own state, own socket"


def uninstall(site: Site) -> str:
    """Uninstall: the program goes, lanes and records stay."""
    done = site.install("--uninstall")
    expect(done.returncode == 0, done.stderr)
    for path in ("/opt/vin-kiosk", "/opt/vin-kiosk-releases", "/usr/local/bin/vin-kiosk"):
        expect(site.machine.run("ls", "-d", path).returncode, f"{path} is still there")
    for path in (site.file, "/var/lib/vin-kiosk/lane1/ledger.sqlite"):
        site.machine.out("test", "-s", path)
    known = site.machine.run("systemctl", "list-unit-files", "--no-legend", "vin-kiosk@*").stdout
    expect(not known.strip(), f"systemd still knows {known}")
    return "kept: /etc/vin-kiosk, /var/lib/vin-kiosk"
