"""``vin-kiosk sandbox`` as a process, with the clients its users have."""

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from textwrap import dedent

import cv2
import numpy as np
import pytest
import requests
import zxingcpp
from click.testing import CliRunner

from kiosk.commands.sandbox import command
from kiosk.errors import KioskError

VIN = "1HGCM82633A004352"
COMMAND = [sys.executable, "-m", "kiosk", "sandbox"]


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    symbol = zxingcpp.create_barcode(VIN, zxingcpp.BarcodeFormat.Code39Std)
    path = tmp_path_factory.mktemp("pictures") / "label.png"
    assert cv2.imwrite(str(path), np.array(symbol.to_image(scale=2)))
    return path


class Running:
    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process
        self.url = process.stdout.readline().strip()
        self.origin = self.url.removesuffix("/vinbarcode/v2")
        assert self.url.startswith("http")
        assert self.url != self.origin

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)

    def post(self, picture, query="accesscode=good&format=JSON"):
        with picture.open("rb") as file:
            return requests.post(f"{self.url}?{query}", files={"f": file}, timeout=30)

    def journal(self):
        return requests.get(f"{self.origin}/_sandbox/journal", timeout=30).json()


@contextmanager
def sandbox(*words: str):
    with subprocess.Popen(
        [*COMMAND, "--listen", "127.0.0.1:0", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Running(process)
        finally:
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def running():
    with sandbox("--credits", "500") as process:
        yield process


def fails(*words: str) -> tuple[int, str]:
    """Run the command in this process; it must end with one of the project's or click's errors."""
    done = CliRunner().invoke(command, words, prog_name="sandbox")
    assert done.stdout == ""
    if isinstance(done.exception, KioskError):
        return done.exception.exit_code, str(done.exception)
    return done.exit_code, done.stderr


def run_script(tmp_path, text: str) -> str:
    script = tmp_path / "client.py"
    script.write_text(dedent(text))
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_documents_python_client_for_xml(running, picture, tmp_path):
    output = run_script(
        tmp_path,
        f"""
        import os
        import xml.etree.ElementTree as ET
        import requests

        url = "{running.url}?accesscode=YOUR_ACCESS_CODE&vindecode=TRUE"
        path = {str(picture)!r}
        with open(path, "rb") as img:
            images = {{"image": (os.path.basename(path), img)}}
            with requests.Session() as s:
                r = s.post(url, files=images)
        xml = ET.fromstring(r.text)
        print("VIN Captured: " + xml[0].text)
        """,
    )
    assert output == f"VIN Captured: {VIN}\n"


def test_the_documents_python_client_for_json(running, picture, tmp_path):
    output = run_script(
        tmp_path,
        f"""
        import os
        import requests

        url = "{running.url}?accesscode=YOUR_ACCESS_CODE&vindecode=TRUE&format=JSON"
        path = {str(picture)!r}
        with open(path, "rb") as img:
            images = {{"image": (os.path.basename(path), img)}}
            with requests.Session() as s:
                r = s.post(url, files=images)
        for attribute, value in r.json().items():
            print(attribute, ":", value)
        """,
    )
    lines = output.splitlines()
    assert [line.partition(" : ")[0] for line in lines] == [
        "service",
        "version",
        "date",
        "status",
        "vin_captured",
        "vindecode",
        "left",
        "top",
        "width",
        "height",
    ]
    assert f"vin_captured : {VIN}" in lines
    assert "status : SUCCESS" in lines


def test_curl_also_with_a_picture_so_big_that_it_asks_first(running, picture, tmp_path):
    curl = shutil.which("curl")
    assert curl, "curl is not installed: apt-get install curl"
    noise = np.random.default_rng(1).integers(120, 256, (1200, 1200), np.uint8)
    symbol = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
    noise[: symbol.shape[0], : symbol.shape[1]] = symbol
    big = tmp_path / "big.bmp"
    assert cv2.imwrite(str(big), noise)
    assert big.stat().st_size > 1024 * 1024  # curl then waits for "100 Continue"
    for file in (picture, big):
        address = f"{running.url}?accesscode=a&format=JSON"
        words = [curl, "-sS", "-v", "--expect100-timeout", "20", "-F", f"anyName=@{file}", address]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
        assert json.loads(done.stdout)["vin_captured"] == VIN
        assert ("100 Continue" in done.stderr) == (file == big)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well_even_in_the_middle_of_an_answer(number, picture):
    with sandbox("--fault", "stall=1") as running:
        with pytest.raises(requests.Timeout), picture.open("rb") as file:
            requests.post(f"{running.url}?accesscode=a", files={"f": file}, timeout=0.3)
        assert running.stop(number) == 0
        assert running.process.stderr.read() == ""


def test_its_books_survive_a_kill(picture, tmp_path):
    words = ("--journal", str(tmp_path / "journal"), "--credits", "7")
    with sandbox(*words, "--fault", "reset_after_tail") as running:
        with pytest.raises(requests.ConnectionError):
            running.post(picture)
        running.stop(signal.SIGKILL)
    with sandbox(*words) as running:
        journal = running.journal()
        assert journal["credits"] == 6
        assert [entry["charged"] for entry in journal["requests"]] == [True]
        assert running.post(picture).json()["vin_captured"] == VIN
        assert running.journal()["credits"] == 5


def test_a_second_sandbox_on_the_same_books_is_refused(tmp_path):
    words = ("--journal", str(tmp_path / "journal"))
    with sandbox(*words):
        code, words_said = fails("--listen", "127.0.0.1:0", *words)
    assert code == 3
    assert "journal" in words_said


def test_the_codes_of_a_file(picture, tmp_path):
    codes = tmp_path / "codes"
    codes.write_text("good\n\nbetter \n")
    with sandbox("--codes", str(codes)) as running:
        said = [running.post(picture, f"accesscode={code}") for code in ("good", "better", "bad")]
        assert [answer.status_code for answer in said] == [200, 200, 401]


def test_tls_tells_where_its_certificate_is(picture, tmp_path):
    with sandbox("--tls-dir", str(tmp_path / "tls")) as running:
        name, _, ca_file = running.process.stdout.readline().rstrip("\n").partition(": ")
        assert (name, ca_file) == ("ca_file", str(tmp_path / "tls" / "ca.pem"))
        with picture.open("rb") as file:
            answer = requests.post(
                f"{running.url}?accesscode=a", files={"f": file}, verify=ca_file, timeout=30
            )
        assert VIN in answer.text
        assert running.stop() == 0


def test_faults_are_set_at_the_start_and_while_it_runs(picture):
    with sandbox("--fault", "key_26=1.0", "--fault", "slow=0", "--seed", "5") as running:
        assert running.post(picture).json()["message_key"] == 26
        requests.post(f"{running.origin}/_sandbox/faults", json={"key_27": 1}, timeout=30)
        assert running.post(picture).json()["message_key"] == 27


def test_a_port_in_use_is_the_machines_fault(running):
    port = running.origin.rpartition(":")[2]
    code, words = fails("--listen", f"127.0.0.1:{port}")
    assert code == 4
    assert port in words
    assert "in use" in words


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fault", "no_such=1"], "reset_before_tail"),
        (["--fault", "slow=often"], "NAME=PROBABILITY"),
        (["--fault", "slow=7"], "0 to 1"),
        (["--listen", "8480"], "HOST:PORT"),
        (["--listen", "127.0.0.1:eighty"], "HOST:PORT"),
        (["--listen", "127.0.0.1:65536"], "HOST:PORT"),
        (["--credits", "-1"], "credits"),
        (["--codes", "/no/such/file"], "/no/such/file"),
        (["--codes", os.devnull], "no access code"),
    ],
)
def test_a_wrong_command_line_is_told(words, said):
    code, told = fails(*words)
    assert code == 2
    assert said in told


def test_an_error_is_one_clear_line_on_stderr():
    done = subprocess.run(
        [*COMMAND, "--fault", "no_such=1"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("vin-kiosk: there is no fault 'no_such'")
    assert done.stderr.count("\n") == 1


def test_a_missing_openssl_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    code, told = fails("--listen", "127.0.0.1:0", "--tls")
    assert code == 4
    assert "install" in told


def test_help_lists_every_fault():
    done = CliRunner().invoke(command, ["--help"])
    assert done.exit_code == 0
    assert "reset_after_tail" in done.stdout
    assert "key_29" in done.stdout
    assert "/_sandbox/journal" in done.stdout
