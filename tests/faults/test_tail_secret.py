"""However an attempt fails, the access code is in nothing that can be printed, logged or kept."""

import http.client
import logging
import traceback
import urllib.parse

import hostile
import pytest

from kiosk.clock import SystemClock
from kiosk.errors import LedgerError, PictureError
from kiosk.model import Answered, NeverSent, Refused, Unknown
from kiosk.secret import Secret
from kiosk.service.client import ServiceClient, ServiceSettings
from kiosk.service.tail import HeldTailAdapter

CODE = "canary-7f&3/ü 51d2-cafe"
FORMS = [
    CODE,
    urllib.parse.quote(CODE),
    urllib.parse.quote(CODE, safe=""),
    urllib.parse.quote_plus(CODE),
    "canary",
]


@pytest.fixture(autouse=True)
def everybody_is_talkative(monkeypatch, caplog):
    """Debugging as switched on by somebody who looks for a fault on the lane's machine."""
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 2)
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "requests", "http.client", "kiosk"):
        caplog.set_level(logging.DEBUG, logger=name)


@pytest.fixture
def nothing_shows_the_code(caplog, capfd):
    def check(*things):
        logging.getLogger("kiosk").debug("the log is watched")
        captured = capfd.readouterr()
        assert "the log is watched" in caplog.text
        texts = [captured.out, captured.err, caplog.text]
        for thing in things:
            texts += [repr(thing), str(thing)]
            texts += [repr(getattr(thing, "raw", b"")), repr(getattr(thing, "answer", None))]
            if isinstance(thing, BaseException):
                shown = traceback.TracebackException.from_exception(thing, capture_locals=True)
                texts += ["".join(shown.format()), repr(thing.__dict__)]
        for text in texts:
            assert [form for form in FORMS if form in text] == []

    return check


@pytest.fixture
def client_to(ca_file):
    def make(server, **options):
        settings = ServiceSettings(server.url, ca_file=ca_file, **options)
        return ServiceClient(settings, Secret(CODE), SystemClock())

    return make


def echo(visit):
    """Repeat the request line, as error pages do."""
    visit.read_request()
    line = bytes(visit.received).partition(b"\r\n")[0]
    assert b"accesscode=canary" in line
    visit.sock.sendall(hostile.answer(b"<html>unknown: " + line + b"</html>", 500))


def echo_in_a_result(visit):
    visit.read_request()
    body = hostile.MISSING_PARAMETER.replace(
        b"One or more",
        b"accesscode=" + urllib.parse.quote_plus(CODE).encode() + b" or " + CODE.encode(),
    )
    visit.sock.sendall(hostile.answer(body))


def refuse(visit):
    visit.read_request()
    visit.sock.sendall(hostile.answer(b"", 401))


def redirect(visit):
    visit.read_request()
    target = bytes(visit.received).split(b" ")[1].decode()
    visit.sock.sendall(hostile.answer(b"", 302, f"Location: http://[broken{target}"))


def hang_up_at_once(visit):
    visit.read_headers()


def reset_after_the_tail(visit):
    visit.read_request()
    visit.reset()


def garbage(visit):
    visit.read_request()
    visit.sock.sendall(bytes(visit.received)[:200] + b"\r\n\r\n")


def cut(visit):
    visit.read_request()
    visit.sock.sendall(hostile.answer(hostile.SUCCESS)[:-3])


SCRIPTS = {
    echo: Unknown,
    echo_in_a_result: Answered,
    refuse: Refused,
    redirect: Unknown,
    hang_up_at_once: (NeverSent, Unknown),
    reset_after_the_tail: Unknown,
    garbage: Unknown,
    cut: Unknown,
    hostile.Visit.read_to_end: Unknown,
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_no_outcome_shows_the_code(
    make_server, client_to, picture, stopping, nothing_shows_the_code, script
):
    server = make_server(script)
    client = client_to(server, answer_timeout_s=0.5)
    outcome = client.attempt(picture, "png", cross=lambda: None, stopping=stopping)
    assert isinstance(outcome, SCRIPTS[script])
    nothing_shows_the_code(outcome, client)


def test_an_echoed_code_is_masked_and_the_rest_is_kept(make_server, client_to, picture, stopping):
    outcome = client_to(make_server(echo)).attempt(
        picture, "png", cross=lambda: None, stopping=stopping
    )
    assert isinstance(outcome, Unknown)
    assert b"accesscode=****&saveimage=FALSE" in outcome.raw


def test_a_paid_vin_is_whole_though_it_holds_the_code(make_server, picture, stopping, ca_file):
    def capture(visit):
        visit.read_request()
        body = hostile.SUCCESS.replace(b"1M8GDM9AXKP042788", b"1HGCM82633A123456")
        visit.sock.sendall(hostile.answer(body))

    server = make_server(capture)
    settings = ServiceSettings(server.url, ca_file=ca_file)
    client = ServiceClient(settings, Secret("123456"), SystemClock())
    outcome = client.attempt(picture, "png", cross=lambda: None, stopping=stopping)
    assert isinstance(outcome, Answered)
    assert outcome.answer.vin == "1HGCM82633A123456"
    assert b"1HGCM82633A123456" in outcome.answer.raw


def test_the_code_is_asked_for_at_each_attempt(make_server, ca_file, picture, stopping):
    """A person corrects it while the lane runs; the answer is masked with the code it was sent."""
    lines = []

    def remember(visit):
        visit.read_request()
        lines.append(bytes(visit.received).partition(b"\r\n")[0])
        visit.sock.sendall(hostile.answer(b"not " + lines[-1].partition(b"accesscode=")[2], 500))

    codes = iter([Secret("first-code"), Secret("second-code")])
    settings = ServiceSettings(make_server(remember).url, ca_file=ca_file)
    client = ServiceClient(settings, lambda: next(codes), SystemClock())
    for code in (b"first-code", b"second-code"):
        outcome = client.attempt(picture, "png", cross=lambda: None, stopping=stopping)
        assert b"accesscode=" + code + b"&" in lines[-1]
        assert code not in outcome.raw
        assert b"not ****" in outcome.raw


def test_no_ledger_error_shows_the_code(
    make_server, client_to, picture, stopping, nothing_shows_the_code
):
    """Its traceback goes through our transport, and traces with local variables exist."""

    def cross():
        raise LedgerError("the disk is full")

    client = client_to(make_server(hostile.Visit.read_to_end))
    with pytest.raises(LedgerError) as raised:
        client.attempt(picture, "png", cross=cross, stopping=stopping)
    nothing_shows_the_code(raised.value)


@pytest.mark.parametrize(
    ("crop", "image_format"), [(b"x", "png"), (bytes(100), "webp")], ids=["small", "format"]
)
def test_no_refused_picture_shows_the_code(
    make_server, client_to, stopping, nothing_shows_the_code, crop, image_format
):
    client = client_to(make_server(hostile.Visit.read_to_end))
    with pytest.raises(PictureError) as raised:
        client.attempt(crop, image_format, cross=pytest.fail, stopping=stopping)
    nothing_shows_the_code(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        f"https://www.example/v2?accesscode={CODE}",
        f"https://{CODE}@www.example/v2",
        f"https://[{CODE}/v2",
        f"https://www.example:{CODE}/v2",
        f"{CODE}://www.example/",
        f"https://www.example/v2#{CODE}",
    ],
)
def test_no_complaint_about_the_url_shows_it(url, nothing_shows_the_code):
    """A person who pasted the code into the URL must not find it in the journal."""
    with pytest.raises(ValueError) as raised:
        ServiceSettings(url)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    nothing_shows_the_code(str(raised.value), repr(raised.value))


@pytest.mark.parametrize("half", ["prepare", "send"])
def test_an_error_nobody_foresaw_is_judged_by_its_phase_and_not_quoted(
    make_server, client_to, picture, stopping, nothing_shows_the_code, monkeypatch, half
):
    """Say, a library raises something new, with the URL in its text."""

    def surprise(self, request, **_):
        raise RuntimeError(request.url)

    monkeypatch.setattr(HeldTailAdapter, half, surprise)
    outcome = client_to(make_server(hostile.Visit.read_to_end)).attempt(
        picture, "png", cross=lambda: None, stopping=stopping
    )
    words = "the attempt failed in an unexpected way (RuntimeError)"
    assert outcome == NeverSent(words, crossed=half == "send")
    nothing_shows_the_code(outcome)


@pytest.mark.parametrize("url", ["http://nobody.invalid/x", "http://127.0.0.1:1/x"])
def test_no_failed_connection_shows_the_code(picture, stopping, nothing_shows_the_code, url):
    client = ServiceClient(ServiceSettings(url), Secret(CODE), SystemClock())
    outcome = client.attempt(picture, "png", cross=pytest.fail, stopping=stopping)
    assert isinstance(outcome, NeverSent)
    nothing_shows_the_code(outcome, client, client.probe())
