import datetime as dt
import json

import pytest
from defusedxml import ElementTree

from kiosk.sandbox.decode import Vehicle
from kiosk.sandbox.result import MESSAGES, Capture, Failed, Recognized, as_json, as_xml

NOW = dt.datetime(2021, 3, 7, 15, 53, 26, tzinfo=dt.UTC)
CAPTURE = Capture("WAUBFAFL7AA012345", 299, 429, 450, 42)
AUDI = Vehicle("Audi", "A4", 2010)


def test_xml_of_a_success_has_the_documents_fields_in_their_order():
    text = as_xml(Recognized(CAPTURE), NOW).decode()
    assert text.splitlines() == [
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?>',
        '<VINbarcode Version="1.0.0" Date="3/7/2021 3:53:26 PM" Status="SUCCESS">',
        "<VIN_Captured>WAUBFAFL7AA012345</VIN_Captured>",
        "<Left>299</Left>",
        "<Top>429</Top>",
        "<Width>450</Width>",
        "<Height>42</Height>",
        "</VINbarcode>",
    ]


def test_json_of_a_success_has_the_documents_fields_in_their_order():
    assert list(json.loads(as_json(Recognized(CAPTURE), NOW)).items()) == [
        ("service", "vinbarcode"),
        ("version", "2.0"),
        ("date", "3/7/2021 3:53:26 PM"),
        ("status", "SUCCESS"),
        ("vin_captured", "WAUBFAFL7AA012345"),
        ("left", 299.0),
        ("top", 429.0),
        ("width", 450.0),
        ("height", 42.0),
    ]
    assert b'"left": 299.0' in as_json(Recognized(CAPTURE), NOW)


def test_a_good_decode_stands_between_the_vin_and_the_box():
    root = ElementTree.fromstring(as_xml(Recognized(CAPTURE, AUDI), NOW))
    assert root.attrib["Version"] == "2.0.0"
    assert [child.tag for child in root][:3] == ["VIN_Captured", "VINdecode", "Left"]
    assert root[1].attrib == {"Status": "SUCCESS"}
    assert [(field.tag, field.text) for field in root[1]] == [
        ("Make", "Audi"),
        ("Model", "A4"),
        ("Year", "2010"),
    ]
    fields = json.loads(as_json(Recognized(CAPTURE, AUDI), NOW))
    assert list(fields)[5] == "vindecode"
    assert fields["vindecode"] == {
        "status": "SUCCESS",
        "make": "Audi",
        "model": "A4",
        "year": 2010,
    }


def test_a_failed_decode_is_still_a_success():
    root = ElementTree.fromstring(as_xml(Recognized(CAPTURE, 3), NOW))
    assert root.attrib == {
        "version": "2.0",
        "Date": "3/7/2021 3:53:26 PM",
        "Status": "SUCCESS",
    }
    assert root[1].attrib == {}
    message = "Invalid VIN number: This VIN number did not pass checksum test."
    assert root[1][0].attrib == {"Key": "3", "Value": message}
    fields = json.loads(as_json(Recognized(CAPTURE, 3), NOW))
    assert fields["status"] == "SUCCESS"
    assert fields["date"] == "03/07/21 3:53:26 PM"
    assert fields["vindecode"] == {"status": "FAILED", "message_key": 3, "message": message}


@pytest.mark.parametrize("key", MESSAGES)
def test_a_failure_in_both_formats(key):
    root = ElementTree.fromstring(as_xml(Failed(key), NOW))
    assert root.attrib["version"] == "2.0"
    assert root.attrib["Status"] == "FAILED"
    assert root[0].tag == "Message"
    assert root[0].attrib == {"Key": str(key), "Value": MESSAGES[key]}
    assert json.loads(as_json(Failed(key), NOW)) == {
        "service": "vinbarcode",
        "version": "2.0",
        "date": "03/07/21 3:53:26 PM",
        "status": "FAILED",
        "message_key": key,
        "message": MESSAGES[key],
    }


@pytest.mark.parametrize(
    ("hour", "said"), [(0, "12:05:09 AM"), (11, "11:05:09 AM"), (12, "12:05:09 PM")]
)
def test_the_twelve_hour_clock(hour, said):
    now = dt.datetime(2015, 12, 14, hour, 5, 9, tzinfo=dt.UTC)
    assert f'Date="12/14/2015 {said}"'.encode() in as_xml(Failed(0), now)


def test_a_captured_text_cannot_break_the_xml():
    odd = Capture('<&>"', 0, 0, 1, 1)
    assert ElementTree.fromstring(as_xml(Recognized(odd), NOW))[0].text == '<&>"'
