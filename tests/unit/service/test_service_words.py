"""Keys and failures in the words that a person at the lane gets to read."""

import errno
import http.client
import socket
import ssl
import zlib

import pytest

from kiosk.clock import ManualClock
from kiosk.service.codes import (
    DecodeKey,
    Meaning,
    RecognitionKey,
    decode_words,
    recognition_words,
)
from kiosk.service.patience import StoppedError
from kiosk.service.phase import Phase
from kiosk.service.reasons import words_for
from kiosk.service.resolve import NameStalledError
from kiosk.service.wire import AnswerTooLargeError


def test_the_keys_are_those_of_the_document():
    assert set(RecognitionKey) == {0, 23, 25, 26, 27, 29}
    assert set(DecodeKey) == {0, 2, 3, 4, 5, 7, 14, 16}


@pytest.mark.parametrize(
    ("key", "meaning"),
    [
        (0, Meaning.SERVICE_TROUBLE),
        (23, Meaning.EMPTY_ACCOUNT),
        (25, Meaning.WRONG_REQUEST),
        (26, Meaning.FINAL),
        (27, Meaning.SERVICE_TROUBLE),
        (29, Meaning.WRONG_REQUEST),
    ],
)
def test_what_a_key_means_for_a_lane(key, meaning):
    assert RecognitionKey(key).meaning is meaning
    assert len(recognition_words(key)) > 20


def test_an_empty_account_says_what_to_do():
    words = recognition_words(23, "Insufficient balance for Recognition.")
    assert "buy credits" in words
    assert "`vin-kiosk queue resume`" in words


@pytest.mark.parametrize("key", [0, 27])
def test_a_credit_lost_to_the_services_trouble_names_a_way_that_exists(key):
    words = recognition_words(key)
    assert "queue resend" not in words, "that takes doubts and rejections only"
    assert "`vin-kiosk submit --pay-again`" in words


def test_unknown_keys_speak_in_the_services_words():
    assert RecognitionKey.of(99) is None
    assert RecognitionKey.of(None) is None
    assert "99" in recognition_words(99, "Maintenance.")
    assert '"Maintenance."' in recognition_words(99, "Maintenance.")
    assert "no key" in recognition_words(None)
    assert decode_words(99, "Maintenance.") == "Maintenance."
    assert "does not say why" in decode_words(None)


@pytest.mark.parametrize("key", DecodeKey)
def test_every_decode_failure_has_words(key):
    assert decode_words(key, "the service's") != "the service's"


UNVERIFIED = ssl.SSLCertVerificationError()
UNVERIFIED.verify_code = 4711
FAILURES = [
    StoppedError(),
    NameStalledError(),
    socket.gaierror(socket.EAI_AGAIN, "SECRET"),
    TimeoutError("SECRET"),
    ConnectionRefusedError("SECRET"),
    ConnectionResetError("SECRET"),
    BrokenPipeError("SECRET"),
    OSError(errno.ENETUNREACH, "SECRET"),
    OSError(errno.EMFILE, "SECRET"),
    ssl.SSLError(1, "SECRET"),
    UNVERIFIED,
    http.client.RemoteDisconnected("SECRET"),
    http.client.BadStatusLine("SECRET"),
    http.client.IncompleteRead(b"SECRET"),
    AnswerTooLargeError(),
    ValueError("SECRET"),
    zlib.error("SECRET"),
    RuntimeError("SECRET"),
]


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("phase", Phase)
def test_every_failure_has_words_that_quote_nobody(error, phase):
    words = words_for(error, phase)
    assert words
    assert "SECRET" not in words


def test_words_tell_whether_the_picture_was_sent():
    for error in (ConnectionResetError(), http.client.BadStatusLine("x"), TimeoutError()):
        assert "picture was sent" in words_for(error, Phase.ANSWER)
        assert "picture was sent" not in words_for(error, Phase.EARLY)


def test_words_for_a_network_that_is_down():
    assert "is the network up?" in words_for(OSError(errno.ENETUNREACH, ""), Phase.CONNECTING)
    assert "4711" in words_for(UNVERIFIED, Phase.CONNECTING)


@pytest.mark.parametrize("code", [9, 10])
@pytest.mark.parametrize(
    ("is_set", "synchronised", "blamed"),
    [
        (False, False, "this machine's clock is wrong: it shows 2025-01-01 12:00 UTC"),
        (True, False, "or this machine's clock is wrong: it shows 2025-01-01 12:00 UTC"),
        (True, True, "the service's certificate"),
    ],
)
def test_a_wrong_clock_is_named_as_such_and_not_the_certificate(code, is_set, synchronised, blamed):
    error = ssl.SSLCertVerificationError("certificate verify failed")
    error.verify_code = code
    clock = ManualClock(wall=1_735_732_800.0, is_set=is_set, synchronised=synchronised)
    words = words_for(error, Phase.CONNECTING, clock)
    assert blamed in words
    assert words.startswith("this machine's clock is wrong") == (not is_set)
    assert ("is wrong" in words) == (not synchronised)
