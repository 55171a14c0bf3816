"""No bytes upset the parser, and an answer survives the way through both formats."""

import datetime as dt
import json
from xml.sax.saxutils import escape, quoteattr

from golden import GOLDEN, as_json, sample, without_raw
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.model import Answer, VehicleDecode
from kiosk.service.answer import parse_answer


@settings(max_examples=150, deadline=2000)
@given(st.binary(max_size=400))
def test_arbitrary_bytes_never_raise(body):
    parse_answer(body)


@settings(max_examples=200, deadline=2000)
@given(st.sampled_from(sorted(GOLDEN)), st.data())
def test_damaged_samples_never_raise(name, data):
    body = bytearray(sample(name))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body)))
        end = data.draw(st.integers(start, min(len(body), start + 12)))
        body[start:end] = data.draw(st.binary(max_size=12))
    answer = parse_answer(bytes(body))
    for text in () if answer is None else (answer.text, answer.captured, answer.message):
        (text or "").encode()


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
FIELDS = ("version", "date", "vin_captured", "vindecode", "left", "message_key", "message")


@settings(max_examples=60, deadline=2000)
@given(
    st.dictionaries(st.sampled_from(FIELDS), JSON_VALUES), st.sampled_from(["SUCCESS", "FAILED"])
)
def test_fields_of_any_type_never_raise(fields, status):
    body = json.dumps({"service": "vinbarcode", "status": status} | fields)
    answer = parse_answer(body.encode())
    if answer is not None:
        assert answer.success == (status == "SUCCESS")


WORDS = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=["C", "Z"]),
    min_size=1,
    max_size=20,
)
VINS = st.text("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", min_size=17, max_size=17)
NUMBERS = st.floats(0, 4000).map(lambda number: round(number, 1))
DATES = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2099, 12, 31)).map(  # noqa: DTZ001
    lambda date: date.replace(microsecond=0)
)
DECODES = (
    st.none()
    | st.builds(
        VehicleDecode, success=st.just(True), make=WORDS, model=WORDS, year=st.integers(1980, 2030)
    )
    | st.builds(VehicleDecode, success=st.just(False), key=st.integers(0, 99), message=WORDS)
)
SUCCESSES = st.builds(
    lambda vin, identifier, **fields: Answer(
        success=True, text=identifier + vin, captured=identifier + vin, vin=vin, **fields
    ),
    VINS,
    st.sampled_from(["", "I"]),
    version=WORDS,
    date=DATES,
    box=st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS),
    decode=DECODES,
)
FAILURES = st.builds(
    Answer,
    success=st.just(False),
    version=WORDS,
    date=DATES,
    key=st.none() | st.integers(0, 99),
    message=st.none() | WORDS,
)


def date_text(date, *, short_year=False):
    year = f"{date.year % 100:02}" if short_year else date.year
    clock = f"{date.hour % 12 or 12}:{date.minute:02}:{date.second:02}"
    return f"{date.month}/{date.day}/{year} {clock} {'AM' if date.hour < 12 else 'PM'}"


def json_of(answer):
    fields = {"version": answer.version, "date": date_text(answer.date, short_year=True)}
    if answer.success:
        names = ("left", "top", "width", "height")
        fields |= {"vin_captured": answer.captured} | dict(zip(names, answer.box, strict=True))
    if answer.decode and answer.decode.success:
        decode = answer.decode
        fields["vindecode"] = {
            "status": "SUCCESS", "make": decode.make, "model": decode.model, "year": decode.year
        }  # fmt: skip
    elif answer.decode:
        fields["vindecode"] = {
            "status": "FAILED", "message_key": answer.decode.key, "message": answer.decode.message
        }  # fmt: skip
    status = "SUCCESS" if answer.success else "FAILED"
    said = {"status": status, "message_key": answer.key, "message": answer.message}
    return as_json(**fields, **said).encode()


def xml_message(key, message):
    attributes = {"Key": key, "Value": message}
    given = (f" {name}={quoteattr(str(it))}" for name, it in attributes.items() if it is not None)
    return f"<Message{''.join(given)}/>"


def xml_of(answer):
    about = f"Version={quoteattr(answer.version)} Date={quoteattr(date_text(answer.date))}"
    parts = ""
    if answer.success:
        names = ("Left", "Top", "Width", "Height")
        parts = f"<VIN_Captured>{escape(answer.captured)}</VIN_Captured>" + "".join(
            f"<{name}>{number}</{name}>" for name, number in zip(names, answer.box, strict=True)
        )
    else:
        parts = xml_message(answer.key, answer.message)
    if answer.decode and answer.decode.success:
        make, model = escape(answer.decode.make), escape(answer.decode.model)
        parts += f"<VINdecode Status='SUCCESS'><Make>{make}</Make><Model>{model}</Model>"
        parts += f"<Year>{answer.decode.year}</Year></VINdecode>"
    elif answer.decode:
        parts += f"<VINdecode>{xml_message(answer.decode.key, answer.decode.message)}</VINdecode>"
    status = "SUCCESS" if answer.success else "FAILED"
    return f"<VINbarcode {about} Status='{status}'>{parts}</VINbarcode>".encode()


@settings(max_examples=100, deadline=2000)
@given(SUCCESSES | FAILURES, st.sampled_from([json_of, xml_of]))
def test_an_answer_survives_both_formats(answer, spell):
    found = parse_answer(spell(answer))
    assert found is not None
    assert without_raw(found) == without_raw(answer)
