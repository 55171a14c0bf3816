"""The access code, the service and the daemon, over real files and real sockets."""

import datetime as dt
import os
import queue
import socket
import ssl
import threading
from contextlib import closing, contextmanager

import pytest
import trustme

from kiosk.clock import SystemClock
from kiosk.control.server import ControlServer
from kiosk.doctor.access import access_findings
from kiosk.doctor.accounts import Account
from kiosk.doctor.bounded import findings_of
from kiosk.doctor.daemon import Daemon, ask_daemon, daemon_findings
from kiosk.doctor.finding import Check
from kiosk.doctor.service import service_findings
from kiosk.doctor.unit import Unit
from kiosk.supervisor import Life

CODE = "canary-91c2-access-code"
STOPPED = Daemon()


# ---- the access code ----------------------------------------------------------------------------


@pytest.fixture
def code_file(tmp_path):
    path = tmp_path / "code"
    path.write_text(f"{CODE}\n")
    path.chmod(0o600)
    return path


def access(tree, config, daemon=STOPPED, user=None):
    (finding,) = access_findings(tree.machine, config, daemon, user)
    assert CODE not in repr(finding)
    return finding


def test_a_code_that_the_lane_may_read_is_well_and_never_shown(tree, lane, code_file):
    config = lane(service={"access_code_file": str(code_file)})
    assert access(tree, config).status == "ok"
    owner = Account("vin-kiosk", code_file.stat().st_uid, frozenset())
    assert access(tree, config, user=owner).status == "ok"
    finding = access(tree, config, user=Account("vin-kiosk", 4711, frozenset({4711})))
    assert finding.status == "fail"
    assert finding.do == f"sudo chown vin-kiosk {code_file}"


@pytest.mark.parametrize("text", ["", f"{CODE}\n{CODE}\n", "with blanks in it"])
def test_an_unfit_file_is_a_fault(tree, lane, code_file, text):
    code_file.write_text(text)
    finding = access(tree, lane(service={"access_code_file": str(code_file)}))
    assert finding.status == "fail"
    assert finding.do.startswith("sudo nano "), "what it holds is not thrown away"


def test_a_code_that_was_emptied_under_a_running_lane_is_told(tree, lane, code_file):
    code_file.write_text("")
    config = lane(service={"access_code_file": str(code_file)})
    finding = access(tree, config, Daemon(running=True))
    assert finding.status == "warn"
    assert "is empty" in finding.found
    assert "will not start again" in finding.found
    assert "sudo nano" in finding.do


def test_a_code_behind_a_folder_that_the_lane_may_not_enter_is_a_fault(tree, lane):
    path = tree.write("/srv/private/deep/code", CODE)
    path.chmod(0o640)
    tree.machine.at("/srv/private").chmod(0o700)
    config = lane(service={"access_code_file": str(path)})
    member = Account("vin-kiosk", 4711, frozenset({path.stat().st_gid}))
    finding = access(tree, config, user=member)
    assert finding.status == "fail"
    assert finding.found == "vin-kiosk may not enter /srv/private, on the way to code"
    assert finding.do.startswith("sudo chmod o+x /srv/private ")
    tree.machine.at("/srv/private").chmod(0o711)
    assert access(tree, config, user=member).status == "ok"


def test_a_path_with_blanks_is_quoted_in_what_to_do(tree, lane, tmp_path):
    path = tmp_path / "my code; reboot"
    finding = access(tree, lane(service={"access_code_file": str(path)}))
    assert finding.do == f"sudo install -m 600 /dev/null '{path}'\nsudo nano '{path}'"


def test_a_code_that_everybody_can_read_is_a_fault(tree, lane, code_file):
    code_file.chmod(0o644)
    finding = access(tree, lane(service={"access_code_file": str(code_file)}))
    assert (finding.status, "every user" in finding.found) == ("fail", True)
    assert finding.do == f"sudo chmod 600 {code_file}", "the code in it may be right"


def test_the_credential_of_the_service_is_looked_for_where_the_unit_takes_it(tree, lane):
    finding = access(tree, lane("lane7"))
    assert finding.status == "fail"
    assert "/etc/vin-kiosk/lane7.access-code" in finding.do
    beside = access(tree, lane("lane7"), Daemon(running=True))
    assert (beside.status, beside.found.endswith("will not start again")) == ("warn", True)
    tree.write("/etc/vin-kiosk/lane7.access-code", CODE).chmod(0o600)
    assert access(tree, lane("lane7")).status == "ok"


def test_who_may_not_read_it_is_told_that_this_is_no_fault(tree, lane, code_file):
    config = lane(service={"access_code_file": str(code_file)})
    code_file.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        beside = access(tree, config, Daemon(running=True))
        alone = access(tree, config)
    finally:
        if root:
            os.seteuid(0)
    assert (beside.status, alone.status) == ("unknown", "unknown")
    assert "the running lane has it" in beside.found


# ---- the service --------------------------------------------------------------------------------


@contextmanager
def listening(certificate=None):
    """Accept connections, shake hands where there is a certificate, and note what is sent."""
    server = socket.create_server(("127.0.0.1", 0))
    heard = queue.Queue()
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)

    def serve():
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            with closing(peer):
                try:
                    wire = context.wrap_socket(peer, server_side=True) if context else peer
                    with closing(wire):
                        heard.put(wire.recv(100))
                except OSError:
                    heard.put(b"")

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1], heard
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(10)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def ca_file(authority, tmp_path):
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def ask(lane, url, clock=None, **service):
    config = lane(service={"url": url, "connect_timeout_s": 5, **service}).service
    check = Check("service", lambda: service_findings(config, clock or SystemClock()))
    (finding,) = findings_of(check)
    return finding


def test_a_service_that_answers_is_well_and_hears_nothing(lane, authority, ca_file):
    with listening(authority.issue_cert("localhost", "127.0.0.1")) as (port, heard):
        finding = ask(lane, f"https://localhost:{port}/v2", ca_file=ca_file)
        assert heard.get(timeout=10) == b""
    assert finding.status == "ok"
    assert "TLS, its certificate is good" in finding.found
    assert heard.empty()


def test_without_tls_it_says_so(lane):
    with listening() as (port, heard):
        finding = ask(lane, f"http://127.0.0.1:{port}/v2")
        assert heard.get(timeout=10) == b""
    assert (finding.status, "without TLS" in finding.found) == ("ok", True)
    assert heard.empty()


def test_an_unknown_authority_and_a_wrong_name_are_faults(lane, authority, ca_file):
    with listening(authority.issue_cert("localhost", "127.0.0.1")) as (port, _):
        unknown = ask(lane, f"https://localhost:{port}/v2")
    with listening(authority.issue_cert("elsewhere.example")) as (port, _):
        wrong = ask(lane, f"https://localhost:{port}/v2", ca_file=ca_file)
    assert (unknown.status, wrong.status) == ("fail", "fail")
    assert "unknown authority" in unknown.found
    assert "another name" in wrong.found


def test_a_certificate_that_seems_out_of_date_on_a_clock_that_is_not_set_is_the_clocks_fault(
    lane, authority, ca_file
):
    past = dt.datetime.now(dt.UTC) - dt.timedelta(days=2)
    expired = authority.issue_cert("localhost", not_after=past)
    with listening(expired) as (port, _):
        url = f"https://localhost:{port}/v2"
        unset = ask(lane, url, UnsetClock(), ca_file=ca_file)
        known = ask(lane, url, ca_file=ca_file)
    assert unset.status == known.status == "fail"
    assert "the clock of this machine is not set" in unset.found
    assert unset.do == "timedatectl"
    assert "has expired" in known.found


class UnsetClock(SystemClock):
    def is_set(self):
        return False


def test_no_network_is_no_fault(lane):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    refused = ask(lane, f"https://127.0.0.1:{port}/v2")
    nameless = ask(lane, "https://no-such-host.invalid/v2")
    assert (refused.status, nameless.status) == ("warn", "warn")
    assert "refused the connection (the lane works offline" in refused.found


def test_a_silent_service_is_given_up_in_time(lane):
    with closing(socket.create_server(("127.0.0.1", 0), backlog=5)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/v2"
        finding = ask(lane, url, connect_timeout_s=0.2)
    assert finding.status == "warn"
    assert "in time" in finding.found


def test_an_unusable_authority_is_named(lane, tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    finding = ask(lane, "https://localhost:1/v2", ca_file=str(tmp_path / "ca.pem"))
    assert finding.status == "fail"
    assert "service.ca_file" in finding.found


# ---- the daemon ---------------------------------------------------------------------------------


class Operating:
    """What a control server asks for `status`."""

    def __init__(self, **facts):
        self.facts = facts

    def status(self):
        return {"pid": 4711, "uptime_s": 7320.0, "camera": "ok", "display": "ok"} | self.facts


@contextmanager
def daemon_of(config, **facts):
    config.state_dir.mkdir(parents=True, exist_ok=True)
    path = config.state_dir / "control.sock"
    server = ControlServer(path, Operating(**facts), config.state_dir, SystemClock())
    server.listen()
    life = Life("control", SystemClock())
    thread = threading.Thread(target=server.run, args=(life,))
    thread.start()
    try:
        yield
    finally:
        life.stop()
        thread.join(10)


def test_a_running_daemon_is_asked_how_it_is(lane, said):
    config = lane()
    with daemon_of(config):
        daemon = ask_daemon(config)
    assert daemon.running
    assert said(daemon_findings("lane1", daemon, None)) == [
        "ok runs since 2 h 02 min (process 4711)"
    ]


def test_what_a_running_daemon_lacks_is_a_warning(lane):
    config = lane()
    with daemon_of(config, camera="the camera gave no picture for 5 s", uptime_s=None):
        runs, lacks = daemon_findings("lane1", ask_daemon(config), None)
    assert "an unknown time" in runs.found
    assert lacks.status == "warn"
    assert lacks.found == "has no camera now: the camera gave no picture for 5 s"


def test_a_daemon_that_hangs_is_there_but_says_nothing(lane):
    config = lane()
    config.state_dir.mkdir()
    with closing(socket.socket(socket.AF_UNIX)) as deaf:
        deaf.bind(str(config.state_dir / "control.sock"))
        deaf.listen()
        daemon = ask_daemon(config, patience_s=0.1)
    assert (daemon.running, daemon.is_there) == (False, True)
    (finding,) = daemon_findings("lane1", daemon, None)
    assert finding.status == "warn"
    assert finding.do == "sudo systemctl restart vin-kiosk@lane1"


def test_a_socket_that_you_may_not_use_is_a_daemon_that_cannot_be_asked(lane):
    config = lane()
    root = os.geteuid() == 0
    with daemon_of(config):
        (config.state_dir / "control.sock").chmod(0)
        if root:
            os.seteuid(65534)
        try:
            daemon = ask_daemon(config)
        finally:
            if root:
                os.seteuid(0)
    assert (daemon.running, daemon.is_there) == (False, True)
    assert "group vin-kiosk" in daemon.problem


def test_a_daemon_that_does_not_listen_to_you_names_the_group(lane):
    daemon = Daemon(problem="you may not use /run/x: you must be in group vin-kiosk")
    (finding,) = daemon_findings("lane1", daemon, None)
    assert "usermod -aG vin-kiosk" in finding.do


def unit(**facts):
    return Unit("vin-kiosk@lane1", {"LoadState": "loaded", "UnitFileState": "enabled"} | facts)


@pytest.mark.parametrize(
    ("known", "statuses", "do"),
    [
        (None, ["unknown"], None),
        (unit(LoadState="not-found"), ["warn"], "run scripts/install again"),
        (unit(), ["warn"], "sudo systemctl enable --now vin-kiosk@lane1"),
        (
            unit(UnitFileState="disabled"),
            ["warn", "warn"],
            "sudo systemctl enable --now vin-kiosk@lane1",
        ),
        (
            unit(ActiveState="failed", Result="exit-code"),
            ["fail"],
            "journalctl -u vin-kiosk@lane1 -n 30\nsudo systemctl restart vin-kiosk@lane1",
        ),
    ],
)
def test_a_daemon_that_does_not_run_is_as_systemd_says(lane, known, statuses, do):
    daemon = ask_daemon(lane())
    assert not daemon.is_there
    found = list(daemon_findings("lane1", daemon, known))
    assert [one.status for one in found] == statuses
    assert found[0].do == do


def test_a_daemon_that_will_not_come_back_after_a_power_cut_is_a_warning():
    daemon = Daemon(running=True, facts={"pid": 1, "uptime_s": 60})
    runs, enabled = daemon_findings("lane1", daemon, unit(UnitFileState="disabled"))
    assert runs.found == "runs since 1 min (process 1)"
    assert enabled.do == "sudo systemctl enable vin-kiosk@lane1"
