"""The golden bytes of each codec, and what the modelled displays think of wrong ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.station.codecs import DISPLAYS, codec_named
from kiosk.station.codecs.displays.cd5220 import Cd5220
from kiosk.station.codecs.displays.display import Brightness
from kiosk.station.codecs.displays.epson import Epson
from kiosk.station.codecs.displays.logic_controls import LogicControls
from kiosk.station.codecs.displays.matrix_orbital import MatrixOrbital
from kiosk.station.codecs.displays.plain import Framing, Plain
from kiosk.station.codecs.displays.serlcd import SerLcd
from kiosk.station.decoders.epson import EpsonDecoder
from kiosk.station.decoders.logic_controls import LogicControlsDecoder
from kiosk.station.decoders.matrix_orbital import AdafruitBackpackDecoder
from kiosk.station.decoders.serlcd import SerLcdDecoder
from kiosk.station.glass import Glass

VIN = "1HGCM82633A004352"


def test_cd5220_shows_both_rows_in_string_mode_after_blanking_the_lower():
    assert Cd5220().show((VIN, "OK 2010 AUDI A4")) == (
        b"\x1b\x51\x42                    \x0d"
        b"\x1b\x51\x411HGCM82633A004352   \x0d"
        b"\x1b\x51\x42OK 2010 AUDI A4     \x0d"
    )


BLANK = b" " * 20
UPPER, LOWER = VIN.encode() + b"   ", b"OK 2010 AUDI A4     "
MESSAGE = (VIN, "OK 2010 AUDI A4")


def test_epson_places_the_cursor_and_overwrites():
    assert Epson().show(MESSAGE) == (
        b"\x1f\x01"
        + (b"\x1f\x24\x01\x02" + BLANK)
        + (b"\x1f\x24\x01\x01" + UPPER)
        + (b"\x1f\x24\x01\x02" + LOWER)
    )


def test_logic_controls_selects_the_digit_in_the_normal_mode():
    assert LogicControls().show(MESSAGE) == (
        b"\x11\x14" + (b"\x10\x14" + BLANK) + (b"\x10\x00" + UPPER) + (b"\x10\x14" + LOWER)
    )


def test_matrix_orbital_places_the_cursor_and_does_not_wrap():
    assert MatrixOrbital().show(MESSAGE) == (
        b"\xfe\x44"
        + (b"\xfe\x47\x01\x02" + BLANK)
        + (b"\xfe\x47\x01\x01" + UPPER)
        + (b"\xfe\x47\x01\x02" + LOWER)
    )


def test_serlcd_places_the_cursor_by_the_controllers_own_command():
    assert SerLcd().show(MESSAGE) == (
        (b"\xfe\xc0" + BLANK) + (b"\xfe\x80" + UPPER) + (b"\xfe\xc0" + LOWER)
    )


@pytest.mark.parametrize(
    ("display", "initialise", "clear", "dimmest", "brightest"),
    [
        ("cd5220", "0D 0C 1B 40 1B 2A 04", "0C", "0C 1B 2A 01", "0C 1B 2A 04"),
        ("epson", "0C 0C 1B 40 1F 01 1F 43 00 1F 58 04", "0C", "1F 58 01", "1F 58 04"),
        ("logic_controls", "1F 1F 11 14 04 FF", "1F", "04 20", "04 FF"),
        ("matrix_orbital", "FE 44 FE 52 FE 58", "FE 58", "FE 99 33", "FE 99 FF"),
        ("serlcd", "2D" * 8 + "7C 2D", "7C 2D", "7C 2B 33 33 33", "7C 2B FF FF FF"),
        ("plain", "0D 0A", ("20" * 20 + "0D 0A") * 2, "", ""),
        ("plain_cr", "0D", ("20" * 20 + "0D") * 2, "", ""),
        ("plain_stx_etx", "", ("02" + "20" * 20 + "03") * 2, "", ""),
    ],
)
def test_what_else_a_display_is_told(display, initialise, clear, dimmest, brightest):
    codec = codec_named(display)
    assert codec.initialise() == bytes.fromhex(initialise)
    assert codec.clear() == bytes.fromhex(clear)
    assert codec.brightness(Brightness.DIMMEST) == bytes.fromhex(dimmest)
    assert codec.brightness(Brightness.FULL) == bytes.fromhex(brightest)


def test_only_epsons_blink_by_themselves():
    assert Epson().blink(on=True) == b"\x1f\x45\x0a"  # 10 x 50 ms
    assert Epson().blink(on=False) == b"\x1f\x45\x00"
    others = {name for name in DISPLAYS if codec_named(name).blink(on=True)}
    assert others == {"epson"}


@pytest.mark.parametrize(
    ("framing", "sent"),
    [
        (Framing.CR_LF, b"READY               \r\nPRESS THE BUTTON    \r\n"),
        (Framing.CR, b"READY               \rPRESS THE BUTTON    \r"),
        (Framing.STX_ETX, b"\x02READY               \x03\x02PRESS THE BUTTON    \x03"),
    ],
)
def test_plain_writes_two_framed_rows_of_twenty_columns(framing, sent):
    assert Plain(framing).show(("READY", "PRESS THE BUTTON")) == sent


FULL_ROWS = ("X" * 20, "Y" * 20)


def test_adafruits_backpack_scrolls_no_more_and_no_message_wears_it_out():
    backpack, codec = AdafruitBackpackDecoder(), MatrixOrbital()
    *_, before = backpack.feed(codec.show(FULL_ROWS))
    assert before != FULL_ROWS  # as it is sold a full lower row scrolls at once
    started = [*backpack.feed(codec.initialise())]
    assert (started[-1], backpack.eeprom_writes) == ((" " * 20,) * 2, 1)
    for _ in range(3):
        *_, shown = backpack.feed(codec.show(("", "")) + codec.show(FULL_ROWS))
        assert shown == FULL_ROWS
    assert backpack.eeprom_writes == 1
    for level in (Brightness.DIM, Brightness.DIM, Brightness.FULL):
        assert not [*backpack.feed(codec.brightness(level))]
    assert backpack.eeprom_writes == 3  # where it changed: not for blinking


def test_wherever_a_line_was_cut_adafruits_backpack_hears_to_scroll_no_more():
    codec = MatrixOrbital()
    sent = codec.show(FULL_ROWS) + codec.brightness(Brightness.DIM)
    for end in range(len(sent) + 1):
        backpack = AdafruitBackpackDecoder()
        *_, shown = backpack.feed(sent[:end] + codec.initialise() + codec.show(FULL_ROWS))
        assert shown == FULL_ROWS


@settings(max_examples=30, deadline=None)
@given(lines=st.tuples(st.text(), st.text()))
def test_no_message_wears_out_a_serlcd_or_changes_its_settings(lines):
    decoder, codec = SerLcdDecoder(), SerLcd()
    for _ in decoder.feed(codec.initialise() + codec.show(lines)):
        pass
    assert (decoder.eeprom_writes, decoder.misunderstood) == (0, b"")


def test_the_modelled_serlcd_is_changed_for_good_by_a_pipe():
    glass = Glass("serlcd")
    glass.feed(SerLcd().initialise() + b"A|\x0bB")  # 2400 baud from now on
    assert (glass.lines, glass.misunderstood) == (("AB", ""), b"|\x0b")


@pytest.mark.parametrize(
    ("display", "wrong"),
    [
        ("epson", b"\x1f\x24\x15\x01"),
        ("epson", b"\x1f\x58\x05"),
        ("epson", b"\x07"),
        ("logic_controls", b"\x10\x28"),
        ("logic_controls", b"\x04\x21"),
        ("logic_controls", b"\x03A\x01\x02\x03\x04\x05"),
        ("matrix_orbital", b"\xfe\x47\x15\x01"),
        ("matrix_orbital", b"\x01"),
        ("serlcd", b"|\x18\x00"),
        ("serlcd", b"\xfe\x41ABCDEFGH"),
        ("serlcd", b"\x80"),
        ("plain_stx_etx", b"loose\x03"),
        ("plain_stx_etx", b"\x02half\x02"),
    ],
)
def test_the_modelled_displays_do_not_understand_wrong_bytes(display, wrong):
    glass = Glass(display)
    glass.feed(wrong)
    assert glass.lines == ("", "")
    assert glass.misunderstood == wrong.rstrip(b"\x02\x03")


@pytest.mark.parametrize(
    ("display", "scroll"),
    [("epson", b"\x1f\x02"), ("logic_controls", b"\x12"), ("matrix_orbital", b"\xfe\x43\xfe\x51")],
)
def test_a_display_that_scrolls_is_brought_back_by_the_next_message(display, scroll):
    codec, glass = codec_named(display), Glass(display)
    glass.feed(codec.initialise() + scroll + codec.show(FULL_ROWS))
    assert glass.lines == FULL_ROWS


def test_cursors_are_put_out():
    for decoder, codec, lit in (
        (EpsonDecoder(), Epson(), b"\x1fC\x01"),
        (LogicControlsDecoder(), LogicControls(), b"\x13"),
    ):
        assert not [*decoder.feed(lit)]
        assert decoder.has_cursor
        for _ in decoder.feed(codec.initialise() + codec.show(MESSAGE)):
            pass
        assert not decoder.has_cursor


def test_a_display_that_draws_a_character_otherwise_gets_its_likeness():
    lines = ("A\\B~C|D", "")
    shown = {}
    for display in DISPLAYS:
        glass = Glass(display)
        glass.feed(codec_named(display).initialise() + codec_named(display).show(lines))
        shown[display] = "".join(glass.lines)
    assert shown.pop("serlcd") == "A/B-C!D"
    assert shown.pop("matrix_orbital") == "A/B-C|D"
    assert set(shown.values()) == {lines[0]}
    glass = Glass("matrix_orbital")
    glass.feed(b"\\~")
    assert glass.lines == ("¥→", "")


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
