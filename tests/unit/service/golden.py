"""The answers of the service's document, as samples and as the values they stand for."""

import datetime as dt
import json
from pathlib import Path

from kiosk.model import Answer, VehicleDecode

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


def as_json(**fields):
    envelope = {"service": "vinbarcode", "status": "SUCCESS"} | fields
    return json.dumps({name: value for name, value in envelope.items() if value is not None})
