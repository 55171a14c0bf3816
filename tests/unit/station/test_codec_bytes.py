"""The golden bytes of each codec, and what the modelled displays think of wrong ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.station.codecs.cd5220 import Cd5220
from kiosk.station.codecs.plain import Plain
from kiosk.station.codecs.text import COLUMNS, cut, printable, row
from kiosk.station.glass import Glass

VIN = "1HGCM82633A004352"


def test_cd5220_shows_both_rows_in_string_mode_after_blanking_the_lower():
    assert Cd5220().show((VIN, "OK 2010 AUDI A4")) == (
        b"\x1b\x51\x42                    \x0d"
        b"\x1b\x51\x411HGCM82633A004352   \x0d"
        b"\x1b\x51\x42OK 2010 AUDI A4     \x0d"
    )


def test_cd5220_leaves_the_string_mode_before_any_other_command():
    assert Cd5220().initialise() == b"\x0d\x0c\x1b\x40\x1b\x2a\x04"
    assert Cd5220(brightness=1).initialise().endswith(b"\x1b\x2a\x01")
    assert Cd5220().clear() == b"\x0c"


@pytest.mark.parametrize("brightness", [0, 5])
def test_cd5220_has_four_brightnesses(brightness):
    with pytest.raises(ValueError, match="1 to 4"):
        Cd5220(brightness)


def test_plain_writes_two_lines_of_twenty_columns():
    assert Plain().show(("READY", "PRESS THE BUTTON")) == (
        b"READY               \r\nPRESS THE BUTTON    \r\n"
    )


@given(st.text())
def test_a_row_is_always_twenty_printable_columns(text):
    encoded = row(text)
    assert len(encoded) == COLUMNS
    assert all(0x20 <= byte <= 0x7E for byte in encoded)


def test_accents_are_dropped_and_controls_are_shown_as_question_marks():
    assert printable("ŠKODA CITROËN") == "SKODA CITROEN"
    assert printable("A\x1b@\x0c\r\n\x00\x7f中") == "A?@??????"
    assert cut("X" * 25) == "X" * 20


@pytest.mark.parametrize("late", [b"\x1b@", b"\x1b*\x01", b"HELLO"])
def test_the_modelled_cd5220_ignores_commands_in_its_string_mode(late):
    glass = Glass("cd5220")
    glass.feed(Cd5220().show(("A", "B")) + late)
    assert glass.lines == ("A", "B")
    assert glass.misunderstood == late


@pytest.mark.parametrize(
    "wrong",
    [
        b"\x1bQATOO SHORT\r",
        b"\x1bQA" + b"X" * 21 + b"\r",
        b"\x1bZ",
        b"\x1b*\x05",
        b"loose text",
    ],
)
def test_the_modelled_cd5220_does_not_understand_wrong_bytes(wrong):
    glass = Glass("cd5220")
    glass.feed(wrong)
    assert glass.lines == ("", "")
    assert glass.misunderstood == wrong


@pytest.mark.parametrize(
    ("display", "sent"),
    [
        ("cd5220", b"\x1bQAVIN\x0c" + b" " * 16 + b"\r"),
        ("plain", b"VIN\x07\r\n"),
        ("plain", b"X" * 21 + b"\r\n"),
    ],
)
def test_control_characters_and_too_many_columns_are_noticed(display, sent):
    glass = Glass(display)
    glass.feed(sent)
    assert glass.misunderstood
    glass.power_cycle()
    assert glass.misunderstood  # what went wrong once is not forgotten


def test_a_new_row_is_never_seen_beside_an_old_one():
    codec, glass = Cd5220(), Glass("cd5220")
    glass.feed(codec.initialise() + codec.show(("OLD VIN", "OK OLD CAR")))
    seen_before = len(glass.history)
    for byte in codec.show(("NEW VIN", "SCANNING")):
        glass.feed(bytes([byte]))
    assert glass.history[seen_before:] == (
        ("OLD VIN", ""),
        ("NEW VIN", ""),
        ("NEW VIN", "SCANNING"),
    )


def test_a_long_life_keeps_the_latest_states(monkeypatch):
    monkeypatch.setattr("kiosk.station.glass._REMEMBERED", 4)
    glass = Glass("plain")
    for number in range(9):
        glass.feed(Plain().show((str(number), "")))
        assert len(glass.history) <= 4
    assert glass.history[-1] == ("8", "")
