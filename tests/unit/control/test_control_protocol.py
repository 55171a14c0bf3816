"""The lines on the control socket: what is written is read back, and nothing else gets through."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.control.protocol import (
    LONGEST_WAIT_S,
    Drop,
    Envelope,
    Look,
    Ping,
    Press,
    Resend,
    Resume,
    ScanOf,
    Status,
    Submit,
    Wait,
    decode_reply,
    decode_request,
    encode_error,
    encode_facts,
    encode_request,
)
from kiosk.errors import (
    CameraError,
    ConfigError,
    KioskError,
    LedgerFullError,
    MachineError,
    PictureError,
    TransitionError,
    UsageError,
)

few = settings(deadline=None, max_examples=50)  # a loaded machine is no bug
ids = st.integers(0, 2**63 - 1)
texts = st.text(max_size=300)
seconds = st.floats(0, LONGEST_WAIT_S)
requests = st.one_of(
    st.sampled_from([Ping(), Status(), Resume()]),
    st.builds(Press, texts),
    st.builds(ScanOf, ids, seconds),
    st.builds(Submit, st.binary(max_size=500), texts, st.booleans(), st.booleans()),
    st.builds(Wait, ids, seconds),
    st.builds(Look, ids),
    st.builds(Resend, ids),
    st.builds(Drop, ids),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
FIELDS = ("verb", "state_dir", "id", "timeout_s", "data", "file_name", "hurry", "source", "press")
VERBS = ("ping", "trigger", "scan_of", "submit", "wait", "submission", "resend", "drop")


@few
@given(requests, texts)
def test_what_is_asked_arrives_on_one_line(request, state_dir):
    line = encode_request(Envelope(state_dir, request))
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode_request(line) == Envelope(state_dir, request)


@few
@given(st.binary(max_size=300))
def test_bytes_that_are_no_question_are_a_usage_error(line):
    with pytest.raises(UsageError):
        decode_request(line)


@few
@given(
    st.dictionaries(st.sampled_from(FIELDS), json_values | st.sampled_from(VERBS)),
    st.sampled_from(VERBS),
)
def test_a_question_with_wrong_fields_is_read_exactly_or_refused(wire, verb):
    try:
        envelope = decode_request(json.dumps(wire | {"verb": verb}).encode())
    except UsageError:
        return
    assert decode_request(encode_request(envelope)) == envelope


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 100_000,
        b'{"verb":' * 50_000,
        b'{"verb":"wait","id":' + b"9" * 10_000 + b"}",
        b'{"verb":"resend","state_dir":"/s","id":9223372036854775808}',
        b'{"verb":"resend","state_dir":"/s","id":-1}',
        b'{"verb":"resend","state_dir":"/s","id":true}',
        b'{"verb":"resend","state_dir":"/s","id":1.0}',
        b'{"verb":"wait","state_dir":"/s","id":1,"timeout_s":NaN}',
        b'{"verb":"wait","state_dir":"/s","id":1,"timeout_s":-1}',
        b'{"verb":"wait","state_dir":"/s","id":1,"timeout_s":"1"}',
        b'{"verb":"submit","state_dir":"/s","data":"**","file_name":"","hurry":true,"pay_again":true}',
        b'{"verb":"submit","state_dir":"/s","data":"","file_name":"a","hurry":1,"pay_again":0}',
        b'{"verb":"__class__","state_dir":"/s"}',
        b'{"verb":"ping"}',
        b'{"verb":"ping","state_dir":"' + b"x" * 5000 + b'"}',
        b"\xff\xfe",
        b"null",
    ],
)
def test_hostile_lines_are_refused(line):
    with pytest.raises(UsageError):
        decode_request(line)


def test_a_wait_is_cut_to_what_one_question_may_take():
    line = b'{"verb":"wait","state_dir":"/s","id":1,"timeout_s":Infinity}'
    assert decode_request(line).request == Wait(1, LONGEST_WAIT_S)


def test_an_error_arrives_as_itself_with_its_words():
    with pytest.raises(TransitionError, match=r"^submission 4 is recognized$"):
        decode_reply(encode_error(TransitionError("submission 4 is recognized")))
    with pytest.raises(LedgerFullError):
        decode_reply(encode_error(LedgerFullError("the disk is full")))
    with pytest.raises(PictureError):
        decode_reply(encode_error(PictureError("is no picture")))


@pytest.mark.parametrize(
    ("error", "arrives"),
    [(CameraError("gone"), MachineError), (ConfigError(["a", "b"]), UsageError)],
)
def test_an_error_without_a_name_on_the_wire_arrives_as_its_kind(error, arrives):
    with pytest.raises(KioskError) as caught:
        decode_reply(encode_error(error))
    assert type(caught.value) is arrives
    assert str(caught.value) == str(error)


def test_an_error_of_a_newer_daemon_still_carries_its_words():
    with pytest.raises(KioskError, match="new trouble"):
        decode_reply(b'{"error":"NewError","message":"new trouble"}')


@pytest.mark.parametrize("line", [b"{}", b'{"ok":1}', b"[]", b"x", b'{"error":1,"message":"m"}'])
def test_a_reply_that_makes_no_sense_is_said_so(line):
    with pytest.raises(UsageError):
        decode_reply(line)


@few
@given(st.dictionaries(st.text(), json_values.filter(lambda v: "nan" not in repr(v).lower())))
def test_facts_arrive_as_they_were(facts):
    try:
        line = encode_facts(facts)
    except ValueError:  # an infinity is no JSON
        return
    assert decode_reply(line) == facts
