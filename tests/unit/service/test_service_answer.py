"""Every answer of the service's document, and the ways in which an answer can be something else."""

import pytest
from golden import GOLDEN, SAMPLES, as_json, at, sample, without_raw

from kiosk.model import VehicleDecode
from kiosk.service.answer import parse_answer


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
