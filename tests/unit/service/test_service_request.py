"""What exactly goes over the wire, and what cannot be asked of the service at all."""

import contextlib
import email
import email.policy
import json
import threading
import urllib.parse

import pytest
import requests
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from kiosk.clock import ManualClock
from kiosk.config.schema import LaneConfig
from kiosk.errors import ConfigError, PictureError, UsageError
from kiosk.model import NeverSent
from kiosk.secret import Secret
from kiosk.service.answer import parse_answer
from kiosk.service.client import ServiceClient, ServiceSettings
from kiosk.service.redact import redacted, redacted_answer
from kiosk.service.reply import retry_after_s
from kiosk.service.request import Parcel, build_request, checked_url, held_back
from kiosk.service.urls import is_loopback

PICTURE = bytes(range(256)) * 20
URL = "https://www.recognition.ws/vinbarcode/v2"


def parcel_of(image_format="png", url=URL, code="ab cd&1", **options):
    query = ServiceSettings(url, **options).query()
    request = build_request(url, query, Secret(code), PICTURE, image_format)
    return Parcel(requests.Session().prepare_request(request), PICTURE)


def parts_of(parcel):
    head, _, body = (parcel.head + parcel.tail).partition(b"\r\n\r\n")
    line, _, headers = head.partition(b"\r\n")
    message = email.message_from_bytes(headers + b"\r\n\r\n" + body, policy=email.policy.HTTP)
    return line.decode(), message, body


def test_the_request_is_the_one_of_the_document():
    line, message, body = parts_of(parcel_of())
    method, target, version = line.split(" ")
    path, _, query = target.partition("?")
    assert (method, path, version) == ("POST", "/vinbarcode/v2", "HTTP/1.1")
    assert urllib.parse.parse_qs(query) == {
        "accesscode": ["ab cd&1"], "saveimage": ["FALSE"], "vindecode": ["TRUE"], "format": ["JSON"]
    }  # fmt: skip
    assert message["Host"] == "www.recognition.ws"
    assert int(message["Content-Length"]) == len(body)
    assert "Transfer-Encoding" not in message
    assert message.get_content_type() == "multipart/form-data"


@pytest.mark.parametrize(
    ("image_format", "name", "content_type"),
    [("png", "label.png", "image/png"), ("jpeg", "label.jpg", "image/jpeg"),
     ("jpg", "label.jpg", "image/jpeg"), ("gif", "label.gif", "image/gif"),
     ("bmp", "label.bmp", "image/bmp")],
)  # fmt: skip
def test_there_is_exactly_one_part_the_picture(image_format, name, content_type):
    _, message, _ = parts_of(parcel_of(image_format))
    (part,) = message.iter_parts()
    assert part.get_filename() == name
    assert part.get_content_type() == content_type
    assert part.get_content_disposition() == "form-data"
    assert part.get_payload(decode=True) == PICTURE


def test_the_options_of_the_configuration_are_asked_for():
    line, _, _ = parts_of(parcel_of(save_image=True, vin_decode=False, format="xml"))
    assert "saveimage=TRUE&vindecode=FALSE&format=XML" in line


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [("http://127.0.0.1:8080/a/b%20c/v2", "127.0.0.1:8080", "/a/b%20c/v2"),
     ("http://[::1]:8080", "[::1]:8080", "/"),
     ("https://xn--mnchen-3ya.example/v2", "xn--mnchen-3ya.example", "/v2"),
     ("HTTPS://www.example/v2", "www.example", "/v2")],
)  # fmt: skip
def test_host_and_path_are_kept(url, host, path):
    line, message, _ = parts_of(parcel_of(url=url))
    assert message["Host"] == host
    assert line.startswith(f"POST {path}?accesscode=")


def test_the_tail_is_the_pictures_end_and_fits_one_segment():
    parcel = parcel_of()
    assert parcel.tail.startswith(PICTURE[-1024:])
    assert len(parcel.tail) < 1200  # with the TLS record below the smallest usual segment
    assert PICTURE[:-1024] in parcel.head
    assert "accesscode" not in repr(parcel)


@pytest.mark.parametrize("size", [65, 100, 128, 129, 500, 2048, 4096, 10**6])
def test_what_is_held_back_lies_inside_the_picture(size):
    assert 64 <= held_back(size) < size
    assert held_back(size) <= 1024
    assert held_back(size) >= min(1024, size // 2)


@pytest.mark.parametrize("size", [0, 63, 64])
def test_a_picture_that_cannot_be_cut_is_refused(size):
    with pytest.raises(PictureError):
        build_request(URL, {}, Secret("x"), bytes(size), "png")


def test_a_format_that_the_service_does_not_take_is_refused():
    with pytest.raises(PictureError, match="tiff"):
        build_request(URL, {}, Secret("x"), PICTURE, "tiff")


@pytest.mark.parametrize(
    "url",
    ["", "www.recognition.ws/v2", "ftp://example/x", "https://", "https:///v2", "https://a/?b=c",
     "https://a/?", "https://a/#b", "https://me:pass@a/", "https://me@a/", "https://a:port/",
     "https://a:99999/", "https://[::1/", "https://*.a/", "file:///etc/passwd", "https://a b/",
     "https://" + "a" * 70 + ".example/", "https://www.recognition,ws/v2",
     "https://www..recognition.ws/", "https://.a.ws/", "https://h%20x/", "https://*/",
     "https://a./", "https://a:0/", "https://[::1]x/", "https://x[::1]/", "https://[v1.a]/",
     "https://[::g]/", "https://münchen.example/", "https://a\n.b/", "https://-a.b/"],
)  # fmt: skip
def test_urls_that_cannot_be_the_service(url):
    with pytest.raises(ValueError, match=r"service\.url"):
        ServiceSettings(url)


NETLOCS = st.one_of(
    st.from_regex(r"[a-zA-Z0-9.,_*%\[\]:@ -]{0,20}", fullmatch=True),
    st.from_regex(r"([a-z0-9_-]{1,64}\.){0,3}[a-z0-9-]{1,64}(:[0-9]{0,6})?", fullmatch=True),
    st.ip_addresses(v=6).map("[{}]".format),
    st.ip_addresses(v=6).map("[{}%eth0]".format),
    st.ip_addresses(v=4).map(str),
    st.just("localhost"),
)
URLS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["https://", "http://", "HTTPS://", "https:", "https:///", " https://"]),
    NETLOCS,
    st.just("") | st.from_regex(r"/[ -~]{0,12}", fullmatch=True) | st.text(max_size=8),
)


@settings(max_examples=400)
@given(URLS)
@example("https://www.recognition,ws/v2")
@example("https://www..recognition.ws/v2")
@example("https://.a.ws/")
@example("https://h%20x/")
@example("https://*/")
@example("https://" + "a" * 64 + ".ws/")
@example("https://[::1]x:80/")
@example("https://a\u00e4.ws/")
def test_the_lanes_file_takes_what_the_client_takes_and_both_can_send_to_it(url):
    """The file is stricter in one thing: what is not encrypted stays on this machine."""
    taken = False
    with contextlib.suppress(ValueError):
        host = checked_url(url).hostname
        taken = True
    if taken:
        address = requests.Request("POST", url).prepare().url
        assert urllib.parse.urlsplit(address).hostname.replace("%25", "%") == host
        host.encode("idna")  # what the resolver and TLS do with it
    values = {"lane": "a", "camera": {"source": "/dev/a"}, "service": {"url": url}}
    if not taken:
        with pytest.raises(ValidationError):
            LaneConfig.model_validate(values)
    elif url.lower().startswith("http:") and not is_loopback(host):
        with pytest.raises(ValidationError, match="in clear"):
            LaneConfig.model_validate(values)
    else:
        assert LaneConfig.model_validate(values).service.url == url


@pytest.mark.parametrize(
    "options", [{"format": "yaml"}, {"connect_timeout_s": 0}, {"answer_timeout_s": -1}]
)
def test_settings_that_cannot_work(options):
    with pytest.raises(ValueError):
        ServiceSettings(URL, **options)


def test_an_unusable_ca_file_is_said_at_once(tmp_path):
    broken = tmp_path / "ca.pem"
    broken.write_text("not a certificate")
    for path in (broken, tmp_path / "missing.pem"):
        with pytest.raises(UsageError, match=r"service\.ca_file"):
            ServiceClient(ServiceSettings(URL, ca_file=path), Secret("x"), ManualClock())


def test_how_long_an_attempt_may_take():
    assert ServiceSettings(URL).longest_attempt_s == 10 + 60 + 60
    slow = ServiceSettings(URL, connect_timeout_s=100, answer_timeout_s=1)
    assert slow.longest_attempt_s == 100 + 1 + 100


# ---- Retry-After --------------------------------------------------------------------------------

HALF_PAST = "Wed, 21 Oct 2026 07:30:00 GMT"
SECONDS = 1_792_567_800.0  # of HALF_PAST


@pytest.mark.parametrize(
    ("headers", "is_set", "seconds"),
    [
        ({}, True, None),
        ({"retry-after": "120"}, False, 120),
        ({"retry-after": "0"}, False, 0),
        ({"retry-after": "99999999"}, False, 86_400),
        ({"retry-after": "9" * 5000}, False, None),
        ({"retry-after": "-5"}, True, None),
        ({"retry-after": "soon"}, True, None),
        ({"retry-after": "٣"}, True, None),
        ({"retry-after": HALF_PAST}, True, 30),
        ({"retry-after": HALF_PAST}, False, None),
        ({"retry-after": HALF_PAST, "date": "Wed, 21 Oct 2026 07:20:00 GMT"}, False, 600),
        ({"retry-after": HALF_PAST, "date": "Wed, 21 Oct 2026 07:40:00 GMT"}, True, 0),
        ({"retry-after": HALF_PAST, "date": "garbage"}, True, 30),
        ({"retry-after": "Wed, 21 Oct 2026 07:30:00"}, True, 30),
        ({"retry-after": "Wed, 21 Oct 9999 07:30:00 GMT"}, True, 86_400),
    ],
)
def test_retry_after(headers, is_set, seconds):
    clock = ManualClock(wall=SECONDS - 30, is_set=is_set)
    assert retry_after_s(headers, clock) == seconds


# ---- the access code in answers ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b"/v2?accesscode=12345-abcde&saveimage", b"/v2?accesscode=****&saveimage"),
        (b"/v2?accesscode=other&saveimage", b"/v2?accesscode=****&saveimage"),
        (b"AccessCode%3D12345-abcde", b"AccessCode%3D****"),
        (b'"accesscode\\u003d12345-abcde"', b'"accesscode\\u003d****"'),
        (b"the code 12345-abcde is unknown", b"the code **** is unknown"),
        ("12345-abcde".encode("utf-16-le"), "****".encode("utf-16-le")),
        (b"nothing here", b"nothing here"),
    ],
)
def test_answers_are_kept_without_the_code(body, kept):
    assert redacted(body, Secret("12345-abcde")) == kept


def test_a_short_code_does_not_tear_holes_into_answers():
    body = b'{"status": "SUCCESS"} accesscode=SUCC&x'
    assert redacted(body, Secret("SUCC")) == b'{"status": "SUCCESS"} accesscode=****&x'


def result(encoding="utf-8", **facts):
    envelope = {"service": "vinbarcode", "version": "2.0", "date": "3/7/2021 3:53:26 PM"}
    return json.dumps(envelope | facts, ensure_ascii=False).encode(encoding)


def success(captured, **facts):
    return result(status="SUCCESS", vin_captured=captured, **facts)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
@pytest.mark.parametrize(
    ("code", "captured", "vin"),
    [
        ("123456", "1HGCM82633A123456", "1HGCM82633A123456"),
        ("I1HGCM8", "*I1HGCM82633A004352*", "1HGCM82633A004352"),
        ("cm8263", "1HGcm82633A004352", "1HGCM82633A004352"),
    ],
)
def test_a_vin_that_holds_the_codes_characters_is_kept_whole(encoding, code, captured, vin):
    """It was paid for: to mask it would be to throw a credit away."""
    body = result(encoding, status="SUCCESS", vin_captured=captured, note=f"code {code}")
    shown = redacted_answer(parse_answer(body), Secret(code))
    assert (shown.vin, shown.captured) == (vin, captured)
    assert f"code {code}" not in shown.raw.decode(encoding)
    assert "code ****" in shown.raw.decode(encoding)


def test_the_raw_answer_keeps_the_vin_and_masks_the_rest():
    body = success("1HGCM82633A123456", note="accesscode=123456&x, 123456")
    shown = redacted_answer(parse_answer(body), Secret("123456"))
    assert shown.raw == success("1HGCM82633A123456", note="accesscode=****&x, ****")


def test_a_capture_that_is_no_vin_hides_the_code():
    shown = redacted_answer(parse_answer(success("KEY 12345-abcde.")), Secret("12345-ABCDE"))
    assert (shown.text, shown.vin) == ("KEY ****", None)
    shown = redacted_answer(parse_answer(success("KEY 12345-abcde.")), Secret("12345-abcde"))
    assert shown.captured == "KEY ****."
    assert b"12345-abcde" not in shown.raw


def test_the_words_of_an_answer_hide_the_code():
    decode = {"make": "12345-abcde", "model": "12345-abcde", "message": "12345-abcde"}
    body = result(
        version="12345-abcde", status="FAILED", message_key=29,
        message="unknown accesscode=12345-abcde", vindecode=decode,
    )  # fmt: skip
    shown = redacted_answer(parse_answer(body.replace(b'"2.0"', b'"1.0"')), Secret("12345-abcde"))
    assert shown.message == "unknown accesscode=****"
    assert "12345" not in repr(shown)
    assert shown.decode.make == "****"
    assert shown.key == 29


def test_words_that_were_cut_inside_the_code_do_not_show_its_beginning():
    words = "x" * 492 + " 12345-abcde-67890"
    shown = redacted_answer(
        parse_answer(result(status="FAILED", message_key=0, message=words)),
        Secret("12345-abcde-67890"),
    )
    assert shown.message == "x" * 492 + " ****"


# ---- where the access code comes from ------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConfigError(["service.access_code_file: /code: is empty"]), "/code: is empty"),
        (PermissionError(13, "Permission denied"), "Permission denied"),
    ],
)
def test_a_code_that_cannot_be_read_any_more_sends_nothing(error, words):
    """The file is being corrected just now: the scan waits, and the lane goes on."""

    def unreadable():
        raise error

    client = ServiceClient(ServiceSettings("http://127.0.0.1:9/"), unreadable, ManualClock())
    outcome = client.attempt(PICTURE, "png", cross=pytest.fail, stopping=threading.Event())
    assert isinstance(outcome, NeverSent)
    assert (outcome.status, outcome.crossed) == (None, False)
    assert words in outcome.reason
    assert "access code" in outcome.reason
