"""Every answer of the service's document, and the ways in which an answer can be something else."""

import datetime as dt
import json
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.model import Answer, VehicleDecode
from kiosk.service.answer import parse_answer

SAMPLES = Path(__file__).parent / "samples"
ALL_X = "XXXXXXXXXXXXXXXXX"
FORD = "1FTRF02W24KXXXXXX"
WIDE = (299.0, 429.0, 450.0, 42.0)
SMALL = (40.0, 60.0, 195.0, 45.0)
AUDI = VehicleDecode(success=True, make="Audi", model="A4", year=2010)
CHECKSUM = VehicleDecode(
    success=False,
    key=3,
    message="Invalid VIN number: This VIN number did not pass checksum test.",
)


def at(*moment):
    return dt.datetime(*moment)  # noqa: DTZ001 - as the service states it


def captured(version, date, text, box, decode=None, came=None):
    return Answer(
        success=True, version=version, date=date, text=text, vin=text, box=box, decode=decode,
        captured=came or text,
    )  # fmt: skip


def failed(date):
    return Answer(success=False, version="2.0", date=date, key=0, message="Database Errors.")


GOLDEN = {
    "captured_v1.xml": captured("1.0.0", at(2015, 12, 14, 15, 23, 58), ALL_X, WIDE),
    "captured.json": captured("2.0", at(2021, 3, 7, 15, 53, 26), ALL_X, WIDE),
    "decoded.xml": captured("2.0.0", at(2020, 8, 14, 10, 13, 32), ALL_X, WIDE, AUDI),
    "decoded.json": captured("2.0", at(2021, 3, 7, 15, 53, 26), ALL_X, WIDE, AUDI),
    "failed.xml": failed(at(2015, 5, 28, 13, 39, 10)),
    "failed.json": failed(at(2021, 3, 8, 15, 23, 27)),
    "undecoded.xml": captured("2.0", at(2020, 9, 24, 1, 43, 16), FORD, SMALL, CHECKSUM),
    "undecoded.json": captured(
        "2.0", at(2021, 3, 8, 15, 23, 27), FORD, SMALL, CHECKSUM, came=f"{FORD}<"
    ),
}


def sample(name):
    return (SAMPLES / name).read_bytes()


def without_raw(answer):
    return {name: getattr(answer, name) for name in Answer.__slots__ if name != "raw"}


def test_every_sample_has_its_golden_answer():
    assert {path.name for path in SAMPLES.iterdir()} == set(GOLDEN)


@pytest.mark.parametrize("name", GOLDEN)
def test_the_samples_of_the_document(name):
    answer = parse_answer(sample(name))
    assert answer is not None
    assert without_raw(answer) == without_raw(GOLDEN[name])
    assert answer.raw == sample(name)


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize(
    "dress",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: b"\r\n \t" + text.encode() + b"\r\n\r\n",
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode() + b"\x00",
    ],
    ids=["BOM", "white space", "UTF-16", "UTF-16 BE", "UTF-16 LE without BOM", "NUL"],
)
def test_an_encoding_is_no_obstacle(name, dress):
    answer = parse_answer(dress(sample(name).decode()))
    assert answer is not None
    assert without_raw(answer) == without_raw(GOLDEN[name])


@pytest.mark.parametrize("name", GOLDEN)
def test_no_beginning_of_an_answer_is_an_answer(name):
    whole = sample(name).rstrip()
    assert [cut for cut in range(len(whole)) if parse_answer(whole[:cut])] == []


def as_json(**fields):
    envelope = {"service": "vinbarcode", "status": "SUCCESS"} | fields
    return json.dumps({name: value for name, value in envelope.items() if value is not None})


def parsed(text):
    answer = parse_answer(text.encode())
    assert answer is not None
    return answer


@pytest.mark.parametrize(
    ("came", "text", "vin"),
    [
        ("1M8GDM9AXKP042788<", "1M8GDM9AXKP042788", "1M8GDM9AXKP042788"),
        (" *1M8GDM9AXKP042788*\r\n", "1M8GDM9AXKP042788", "1M8GDM9AXKP042788"),
        ("1m8gdm9axkp042788", "1M8GDM9AXKP042788", "1M8GDM9AXKP042788"),
        ("I1M8GDM9AXKP042788", "I1M8GDM9AXKP042788", "1M8GDM9AXKP042788"),
        ("1M8GDM9AX<KP042788", "1M8GDM9AX<KP042788", None),
        ("1M8GDM9AXKP04278", "1M8GDM9AXKP04278", None),
        ("1M8GDM9AXKPO42788", "1M8GDM9AXKPO42788", None),
        ("ıM8GDM9AXKP0427881", "M8GDM9AXKP0427881", "M8GDM9AXKP0427881"),
        ("<", None, None),
        ("", None, None),
        ("\ud800", None, None),
    ],
)
def test_stray_characters_around_a_vin_go_and_those_inside_make_it_none(came, text, vin):
    answer = parsed(as_json(vin_captured=came))
    assert (answer.success, answer.text, answer.vin) == (True, text, vin)
    assert answer.captured is not None
    answer.captured.encode()  # a lone surrogate could not be stored


def test_stray_markup_in_xml():
    body = "<VINbarcode Status='success'><VIN_Captured>1M8GDM9AXKP042788&lt;</VIN_Captured>"
    answer = parsed(body + "<Extra><More/></Extra></VINbarcode>")
    assert (answer.vin, answer.captured) == ("1M8GDM9AXKP042788", "1M8GDM9AXKP042788<")


def test_a_success_without_a_vin_is_a_result_without_a_vin():
    for text in (as_json(), as_json(vin_captured=None), "<VINbarcode Status='SUCCESS'/>"):
        answer = parsed(text)
        assert (answer.success, answer.text, answer.vin) == (True, None, None)


@pytest.mark.parametrize(
    ("key", "number"),
    [("23", 23), (23, 23), (23.0, 23), (" 23 ", 23), ("x", None), (None, None), (True, None),
     (2.5, None), ("inf", None), (10**400, None)],
)  # fmt: skip
def test_a_failure_and_its_key(key, number):
    answer = parsed(as_json(status="FAILED", message_key=key, vin_captured="1M8GDM9AXKP042788"))
    assert (answer.success, answer.key, answer.vin) == (False, number, None)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("12/14/2015 12:00:00 AM", at(2015, 12, 14, 0, 0, 0)),
        ("12/14/2015 12:00:00 PM", at(2015, 12, 14, 12, 0, 0)),
        ("1/2/99 1:02:03 am", at(2099, 1, 2, 1, 2, 3)),
        ("13/14/2015 1:00:00 AM", None),
        ("1/14/2015 13:00:00 PM", None),
        ("1/14/2015 0:00:00 AM", None),
        ("2015-12-14T00:00:00", None),
        ("1/14/0000 1:00:00 AM", None),
        (17, None),
        ([], None),
    ],
)
def test_dates(text, date):
    assert parsed(as_json(date=text)).date == date


@pytest.mark.parametrize("year", ["2010", 2010, 2010.0, " 2010 "])
def test_a_model_year_in_any_spelling(year):
    decode = parsed(as_json(vindecode={"make": "Audi", "year": year})).decode
    assert decode == VehicleDecode(success=True, make="Audi", year=2010)


@pytest.mark.parametrize(
    ("part", "decode"),
    [
        (None, None), ({}, None), ([], None), ("no", None),
        ({"message_key": "3"}, VehicleDecode(success=False, key=3)),
        ({"status": "FAILED"}, VehicleDecode(success=False)),
        ({"message": "no\r\ndata\x1b[2J"}, VehicleDecode(success=False, message="no data [2J")),
    ],
)  # fmt: skip
def test_decodes_of_all_kinds(part, decode):
    assert parsed(as_json(vindecode=part)).decode == decode


@pytest.mark.parametrize("box", [(1, 2, 3, None), ("1", "2", "3", "x"), (1, 2, 3, 1e999)])
def test_a_box_is_whole_or_not_there(box):
    body = as_json(**dict(zip(("left", "top", "width", "height"), box, strict=True)))
    if "Infinity" in body:
        body = body.replace("Infinity", "1e999")
    assert parsed(body).box is None
    assert parsed(as_json(left="1", top=2, width=3.5, height="4.0")).box == (1.0, 2.0, 3.5, 4.0)


NOT_RESULTS = {
    "nothing": b"",
    "blank": b" \r\n",
    "a page": b"<html><body>502 Bad Gateway</body></html>",
    "a page with a type": b"<!DOCTYPE html><html></html>",
    "somebody else's JSON": b'{"error": "no such route"}',
    "somebody else's status": b'{"status": "FAILED", "message": "gateway"}',
    "another service": b'{"service": "vinocr", "status": "SUCCESS", "vin_captured": "X"}',
    "no object": b'["vinbarcode", "SUCCESS"]',
    "text": b"SUCCESS",
    "no status": b'{"service": "vinbarcode", "vin_captured": "1M8GDM9AXKP042788"}',
    "unknown status": b'{"service": "vinbarcode", "status": "PENDING"}',
    "status of another type": b'{"service": "vinbarcode", "status": true}',
    "XML without status": b"<VINbarcode><VIN_Captured>X</VIN_Captured></VINbarcode>",
    "a key twice": b'{"service":"vinbarcode","status":"FAILED","status":"SUCCESS"}',
    "a key in two cases": b'{"service":"vinbarcode","status":"FAILED","Status":"SUCCESS"}',
    "NaN": b'{"service":"vinbarcode","status":"SUCCESS","left":NaN}',
    "two captures": b"<VINbarcode Status='SUCCESS'><VIN_Captured>1</VIN_Captured>"
    b"<VIN_Captured>2</VIN_Captured></VINbarcode>",
    "two statuses": b"<VINbarcode Status='SUCCESS' status='FAILED'/>",
    "raw markup": b"<VINbarcode Status='SUCCESS'><VIN_Captured>1<</VIN_Captured></VINbarcode>",
    "two documents": b"<VINbarcode Status='SUCCESS'/><VINbarcode Status='SUCCESS'/>",
    "an entity": b"<!DOCTYPE x [<!ENTITY a 'b'>]><VINbarcode Status='SUCCESS'>&a;</VINbarcode>",
    "a bomb": b"<!DOCTYPE x [<!ENTITY a '%s'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
    b"<VINbarcode Status='SUCCESS'>&b;</VINbarcode>" % (b"lol" * 1000),
    "a file": b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
    b"<VINbarcode Status='SUCCESS'><VIN_Captured>&a;</VIN_Captured></VINbarcode>",
    "deep JSON": b'{"service":"vinbarcode","status":"SUCCESS","x":' + b"[" * 100_000,
    "deep closed JSON": b'{"service":"vinbarcode","status":"SUCCESS","x":'
    + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep XML": b"<VINbarcode Status='SUCCESS'>" + b"<a>" * 80_000,
    "a long number": b'{"service":"vinbarcode","status":"SUCCESS","left":' + b"9" * 9_000 + b"}",
    "too much": b'{"service":"vinbarcode","status":"SUCCESS"}' + b" " * 1_100_000,
}  # fmt: skip


@pytest.mark.parametrize("body", NOT_RESULTS.values(), ids=NOT_RESULTS.keys())
def test_what_is_no_result(body):
    assert parse_answer(body) is None


def test_deep_but_closed_xml_is_read():
    body = b"<VINbarcode Status='SUCCESS'>" + b"<a>" * 9_000 + b"</a>" * 9_000 + b"</VINbarcode>"
    assert parse_answer(body) is not None


def test_names_from_a_server_of_the_old_school():
    body = as_json(vindecode={"make": "CITROEN"}).encode().replace(b"CITROEN", b"CITRO\xcbN")
    answer = parse_answer(body)
    assert answer is not None
    assert answer.decode == VehicleDecode(success=True, make="CITROËN")


def test_names_with_a_name_space():
    body = b"<v:VINBARCODE xmlns:v='urn:x' STATUS='FAILED'><v:message key='26'/></v:VINBARCODE>"
    answer = parse_answer(body)
    assert answer is not None
    assert (answer.success, answer.key) == (False, 26)


# ---- properties ---------------------------------------------------------------------------------


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
