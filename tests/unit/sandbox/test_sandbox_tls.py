import socket
import ssl
from urllib.parse import urlsplit

import pytest
import requests
from raw_http import RawClient, form, paid_request

from kiosk.errors import MachineError
from kiosk.sandbox.server import Sandbox


@pytest.fixture(scope="module")
def secure():
    with Sandbox(tls=True) as sandbox:
        yield sandbox


def test_the_certificate_is_good_for_the_name_and_the_number(secure):
    assert secure.url.startswith("https://127.0.0.1:")
    by_name = secure.url.replace("127.0.0.1", "localhost")
    for address in (secure.url, by_name):
        assert requests.get(address, verify=str(secure.ca_file), timeout=10).status_code == 405


def test_the_certificate_stands_strict_verification(secure):
    context = ssl.create_default_context(cafile=str(secure.ca_file))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    address = ("127.0.0.1", urlsplit(secure.url).port)
    with (
        socket.create_connection(address, timeout=10) as sock,
        context.wrap_socket(sock, server_hostname="localhost") as wrapped,
    ):
        assert wrapped.version() in {"TLSv1.2", "TLSv1.3"}


def test_nobody_else_trusts_it(secure):
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(secure.url, timeout=10)


def test_the_key_is_nobody_else_s(secure):
    assert (secure.ca_file.parent / "key.pem").stat().st_mode & 0o077 == 0


def test_a_label_is_read_over_tls_and_a_cut_is_free(secure, label):
    request = paid_request(form(label()))
    before = secure.journal().charged
    with RawClient(secure) as client:
        client.send(request)
        assert client.answer()[0].status == 200
    with RawClient(secure) as client:
        client.send(request[:-200])
    journal = secure.journal(at_least=len(secure.journal().requests) + 1, timeout_s=0.2)
    assert journal.charged == before + 1
    assert not journal.requests[-1].complete


def test_without_tls_only_the_control_addresses_answer(secure, label):
    plain = secure.url.replace("https", "http")
    before = secure.journal()
    answer = requests.post(f"{plain}?accesscode=a", files={"f": ("a.png", label())}, timeout=10)
    assert answer.status_code == 400
    assert "https" in answer.text
    assert secure.journal() == before
    assert requests.get(secure.control_url + "journal", timeout=10).status_code == 200


def test_refusing_comes_before_the_handshake_and_can_be_ended(secure):
    secure.set_faults({"refuse": 1})
    with pytest.raises((ConnectionResetError, ssl.SSLError)):
        RawClient(secure)
    assert requests.post(secure.control_url + "faults", json={}, timeout=10).json() == {
        "faults": {}
    }
    with RawClient(secure) as client:
        client.send(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert client.answer()[0].status == 200


def test_a_handshake_that_fails_harms_nobody(secure):
    with socket.create_connection(("127.0.0.1", urlsplit(secure.url).port), timeout=10) as sock:
        sock.sendall(b"\x16\x03\x01\x00\x05rubbish rubbish rubbish")
        sock.recv(100)
    assert requests.get(secure.origin, verify=str(secure.ca_file), timeout=10).ok


def test_a_folder_of_one_s_own_keeps_the_certificate(tmp_path):
    with Sandbox(tls=True, tls_dir=tmp_path / "tls") as sandbox:
        assert sandbox.ca_file == tmp_path / "tls" / "ca.pem"
    assert sandbox.ca_file.exists()


def test_the_folder_made_for_it_goes_with_the_sandbox():
    with Sandbox(tls=True) as sandbox:
        assert sandbox.ca_file.exists()
    assert not sandbox.ca_file.exists()


def test_a_missing_openssl_is_told_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MachineError, match="install"):
        Sandbox(tls=True).start()


def test_an_openssl_that_fails_is_told_in_its_words(tmp_path, monkeypatch):
    (tmp_path / "openssl").write_text("#!/bin/sh\necho out of luck >&2\nexit 3\n")
    (tmp_path / "openssl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(MachineError, match="out of luck"):
        Sandbox(tls=True).start()


def test_a_folder_that_cannot_be_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(MachineError, match="certificate"):
        Sandbox(tls=True, tls_dir=tmp_path / "file" / "sub").start()
