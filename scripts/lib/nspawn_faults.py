"""What fate and people do to a lane at work: kills, freezes, stops, cut networks, boots."""

import subprocess
import time

from nspawn_machine import until
from nspawn_site import CHECKOUT, SLOW_S, TECHNICIAN, Site, expect, waiting_thread

_QUICK_STOP_S = 3.0
_MACHINE_LACKS = 4  # exit code


def killed_in_mid_upload(site: Site) -> str:
    """Kill -9 in mid-upload: back by itself, in doubt, not paid twice; a person resends."""
    earlier, before, pid = site.latest()["id"], site.paid(), site.pid()
    site.next_car()
    site.faults(stall=1.0)
    site.press()
    site.await_latest("committed", beyond=earlier)
    until(lambda: site.paid() == before + 1, "the service to charge it")
    site.machine.out("kill", "-9", str(pid))
    died = time.monotonic()
    site.await_ready(after_pid=pid)
    back = time.monotonic() - died
    doubt = site.await_latest("in_doubt", beyond=earlier)
    site.faults()
    time.sleep(3)  # an eager uploader would have sent it by now
    expect(site.paid() == before + 1, "it was paid for twice by itself")
    id_ = str(doubt["id"])
    site.machine.out(
        "vin-kiosk", "queue", "resend", "--lane", site.lane, "--yes", id_, user=TECHNICIAN
    )
    site.await_latest("recognized", beyond=earlier)
    expect(site.paid() == before + 2, f"after the resend {site.paid() - before} credits")
    return f"ready again after {back:.1f} s; in doubt; 1 credit, and 1 more by consent"


def wedged_worker(site: Site) -> str:
    """Freeze a worker: named in the journal, restarted by the watchdog."""
    pid, restarts, cursor = site.pid(), site.restarts(), site.machine.cursor()
    thread = waiting_thread(site.machine.outside(pid))
    freeze = ["strace", "-qq", "-p", str(thread), "-e", "trace=poll,ppoll"]
    freeze += ["-e", "inject=poll,ppoll:delay_enter=300s", "-o", "/dev/null"]
    with subprocess.Popen(freeze, stderr=subprocess.DEVNULL) as frozen:
        begun = time.monotonic()
        try:
            until(
                lambda: "Watchdog timeout" in site.machine.journal(site.unit, cursor),
                "the watchdog",
                timeout_s=80,
            )
        finally:
            frozen.terminate()  # what is traced cannot die
    until(lambda: site.restarts() > restarts, "systemd to start it again")
    took = time.monotonic() - begun
    site.await_ready(after_pid=pid)
    journal = site.machine.journal(site.unit, cursor)
    expect("Watchdog timeout" in journal, f"the journal says {journal}")
    named = [line for line in journal.splitlines() if "shows no life" in line]
    expect(named, f"no worker is named: {journal}")
    return f"{named[0].split(': ')[-1]}; started again after {took:.0f} s"


def stop_while_idle(site: Site) -> str:
    """Stop an idle lane: quick."""
    begun = time.monotonic()
    site.systemctl("stop")
    took = time.monotonic() - begun
    expect(took < _QUICK_STOP_S, f"it took {took:.1f} s")
    expect(site.machine.shows(site.unit, "Result") == "success", "it did not end well")
    site.systemctl("start")
    return f"{took:.1f} s"


def stop_in_mid_upload(site: Site) -> str:
    """Stop in mid-upload: waits for the answer, beyond TimeoutStopSec if need be."""
    drop_in = f"/run/systemd/system/{site.unit}.service.d"
    site.machine.out("mkdir", "-p", drop_in)
    site.machine.out("tee", f"{drop_in}/short.conf", stdin="[Service]\nTimeoutStopSec=3\n")
    site.machine.out("systemctl", "daemon-reload")
    earlier, before = site.latest()["id"], site.paid()
    site.next_car()
    site.faults(slow=1.0)
    site.press()
    site.await_latest("committed", beyond=earlier)
    begun = time.monotonic()
    site.systemctl("stop")
    took = time.monotonic() - begun
    site.faults()
    expect(site.machine.shows(site.unit, "Result") == "success", "it was killed")
    latest = site.latest()
    expect(latest["state"] == "recognized", f"it is {latest['state']}")
    expect(site.paid() == before + 1, "credits")
    site.machine.out("rm", "-r", drop_in)
    site.machine.out("systemctl", "daemon-reload")
    site.systemctl("start")
    return f"{took:.1f} s with TimeoutStopSec=3 and an answer after {SLOW_S} s; recognized"


def failed_update(site: Site) -> str:
    """Update without a network: fails, old release and running lane stay."""
    pid = site.pid()
    old = site.machine.out("readlink", "/opt/vin-kiosk")
    site.machine.out("sh", "-c", f"echo '# another update' >> {CHECKOUT}/kiosk/__init__.py")
    done = site.install(timeout_s=300)
    expect(done.returncode == _MACHINE_LACKS, f"exit code {done.returncode}: {done.stderr}")
    expect(site.machine.out("readlink", "/opt/vin-kiosk") == old, "the link was switched")
    site.machine.out("vin-kiosk", "--version")
    expect(site.pid() == pid, "the lane was restarted")
    unfinished = site.machine.out("ls", "/opt/vin-kiosk-releases").split()
    site.machine.out("sed", "-i", "$d", f"{CHECKOUT}/kiosk/__init__.py")
    expect(old.strip().split("/")[-1] in unfinished, "the old release is gone")
    return done.stderr.strip().splitlines()[-1]


def enabled(site: Site) -> str:
    """Enable the lane, and leave a scan waiting."""
    site.machine.out("systemctl", "enable", site.unit)
    site.machine.out("systemctl", "stop", "sandbox")
    site.next_car()
    earlier = site.latest()["id"]
    site.press()
    return f"waits: {site.await_latest('queued', beyond=earlier)['vin']}"


def up_after_boot(site: Site) -> str:
    """Boot: the lane is there by itself, and so is what waited."""
    site.await_ready()
    waiting = site.facts("status", "--lane", site.lane)["waiting"]
    expect(waiting == 1, f"{waiting} scans wait")
    return site.status_text()
