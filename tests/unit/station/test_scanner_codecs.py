"""What scanners are told, byte by byte, and what they are heard to say however it arrives."""

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kiosk.errors import UsageError
from kiosk.station.codecs.scanners import (
    SCANNERS,
    NoRead,
    Refusal,
    Refused,
    Reply,
    Scanned,
    Suffix,
    scanner_named,
)
from kiosk.station.codecs.scanners.framing import LONGEST

VIN = "1HGCM82633A004352"
ACK = bytes.fromhex("04 D0 04 00 FF 28")
NAK = bytes.fromhex("05 D1 04 00 01 FF 25")
GM65_DONE = bytes.fromhex("02 00 00 01 00 33 31")
CONTROL, TOO_LONG = Refused(Refusal.CONTROL), Refused(Refusal.TOO_LONG)
FRAMES = {
    Suffix.LINE: (b"", b"\r\n"),
    Suffix.CR: (b"", b"\r"),
    Suffix.LF: (b"", b"\n"),
    Suffix.CRLF: (b"", b"\r\n"),
    Suffix.TAB: (b"", b"\t"),
    Suffix.STX_ETX: (b"\x02", b"\x03"),
}
families = pytest.mark.parametrize("family", list(SCANNERS))
suffixes = pytest.mark.parametrize("suffix", list(Suffix))
quick = settings(max_examples=25, deadline=None)


def hear(reader, *chunks):
    return [heard for chunk in chunks for heard in reader.feed(chunk)]


def ssi(text, status=0, opcode=0xF3):
    """A packet as the guide describes it; written apart from the codec."""
    data = b"\x01" + text if opcode == 0xF3 else text
    body = bytes([len(data) + 4, opcode, 0, status]) + data
    total = (0x10000 - sum(body) % 0x10000) % 0x10000
    return body + bytes([total >> 8, total & 0xFF])


@pytest.mark.parametrize(
    ("family", "verb", "sent"),
    [
        ("honeywell", "trigger_on", "16 54 0D"),
        ("honeywell", "trigger_off", "16 55 0D"),
        ("honeywell", "good", "1B 37 2C"),
        ("honeywell", "bad", "1B 38 2C"),
        ("honeywell", "beep", "1B 34 2C 1B 34 2C"),
        ("honeywell", "enable", ""),
        ("datalogic", "trigger_on", "54"),
        ("datalogic", "trigger_off", "58"),
        ("datalogic", "good", "42"),
        ("datalogic", "bad", "46"),
        ("datalogic", "enable", "45"),
        ("datalogic", "beep", "42 42"),
        ("zebra_ssi", "trigger_on", "04 E4 04 00 FF 14"),
        ("zebra_ssi", "trigger_off", "04 E5 04 00 FF 13"),
        ("zebra_ssi", "good", "05 E6 04 00 00 FF 11"),
        ("zebra_ssi", "bad", "05 E6 04 00 10 FF 01"),
        ("zebra_ssi", "enable", "04 E9 04 00 FF 0F"),
        ("zebra_ssi", "beep", "05 E6 04 00 14 FE FD"),
        ("gm65", "trigger_on", "7E 00 08 01 00 02 01 AB CD"),
        ("gm65", "trigger_off", "7E 00 08 01 00 02 00 AB CD"),
        ("gm65", "good", ""),
        ("keyence", "trigger_on", "4C 4F 4E 0D"),
        ("keyence", "trigger_off", "4C 4F 46 46 0D"),
        ("keyence", "bad", ""),
        ("plain", "trigger_on", ""),
        ("plain", "trigger_off", ""),
        ("plain", "good", ""),
        ("plain", "bad", ""),
        ("plain", "enable", ""),
        ("plain", "beep", ""),
    ],
)
def test_golden_bytes(family, verb, sent):
    assert getattr(scanner_named(family), verb)() == bytes.fromhex(sent)


def test_only_honeywell_waits_for_an_answer():
    waiting = {name: codec().answer_within_s for name, codec in SCANNERS.items()}
    assert {name: seconds for name, seconds in waiting.items() if seconds} == {"honeywell": 10.0}


def test_a_family_is_found_by_its_name_and_an_unknown_one_is_named():
    assert all(scanner_named(name).name == name for name in SCANNERS)
    with pytest.raises(UsageError, match=r"'zebra'.*plain, honeywell.*zebra_ssi"):
        scanner_named("zebra")


@families
def test_a_code_is_heard_from_every_family(family):
    sent = ssi(VIN.encode()) if family == "zebra_ssi" else VIN.encode() + b"\r\n"
    heard = hear(scanner_named(family).reader(), sent)
    assert [event for event in heard if not isinstance(event, Reply)] == [Scanned(VIN)]


@families
@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        (f"]A0{VIN}", VIN),
        (f"]A1I{VIN}", f"I{VIN}"),
        (f"]C0{VIN}", VIN),
        ("]A0", "]A0"),
        ("]A", "]A"),
        ("]]A0X", "]]A0X"),
        (f"]A0]A0{VIN}", f"]A0{VIN}"),
        (f" ]A0{VIN}", f" ]A0{VIN}"),
    ],
)
def test_a_code_identifier_is_taken_off_once_and_only_from_the_beginning(family, sent, taken):
    data = ssi(sent.encode()) if family == "zebra_ssi" else sent.encode() + b"\r"
    heard = hear(scanner_named(family).reader(), data)
    assert [event for event in heard if not isinstance(event, Reply)] == [Scanned(taken)]


@suffixes
def test_codes_end_where_their_suffix_says(suffix):
    before, after = FRAMES[suffix]
    sent = b"".join(before + text + after for text in (VIN.encode(), b"", b"I ABC|~"))
    reader = scanner_named("plain").reader(suffix)
    assert hear(reader, sent) == [Scanned(VIN), Scanned("I ABC|~")]


@pytest.mark.parametrize("ending", [b"\r", b"\n", b"\r\n"])
def test_any_end_of_a_line_is_understood_unless_one_is_chosen(ending):
    assert hear(scanner_named("plain").reader(), b"A" + ending + b"B" + ending) == [
        Scanned("A"),
        Scanned("B"),
    ]


@suffixes
@quick
@given(hostile=st.sampled_from([*range(0x20), *range(0x7F, 0x100)]), at=st.integers(0, 17))
def test_no_control_character_comes_through(suffix, hostile, at):
    before, after = FRAMES[suffix]
    text = VIN.encode()
    reader = scanner_named("plain").reader(suffix)
    heard = hear(reader, before + text[:at] + bytes([hostile]) + text[at:] + after)
    heard += hear(reader, before + b"NEXT" + after)
    *first, last = heard
    assert last == Scanned("NEXT")
    harmless = {Suffix.LINE: b"\r\n", Suffix.CRLF: b"\n", Suffix.STX_ETX: b"\x02\x03"}
    if hostile not in harmless.get(suffix, after):
        assert first == [CONTROL]
    elif suffix is Suffix.CRLF:
        assert CONTROL in first  # LF alone ends nothing well


@suffixes
def test_no_second_code_is_smuggled_in_by_another_line_end(suffix):
    before, after = FRAMES[suffix]
    reader = scanner_named("plain").reader(suffix)
    other = b"\t" if suffix is Suffix.LINE else {b"\r": b"\n"}.get(after, b"\r")
    assert hear(reader, before + b"A" + other + b"B" + after) == [CONTROL]


@pytest.mark.parametrize("more", [b"junk", b"\r", b"junk\r"])
def test_what_follows_the_longest_code_is_not_overlooked(more):
    reader = scanner_named("plain").reader(Suffix.CRLF)
    assert hear(reader, b"X" * LONGEST + b"\r" + more + b"\r\n") == [TOO_LONG]


@suffixes
@pytest.mark.parametrize(
    ("length", "taken"), [(LONGEST, True), (LONGEST + 1, False), (9999, False)]
)
def test_a_code_without_end_holds_no_memory_and_is_refused(suffix, length, taken):
    before, after = FRAMES[suffix]
    reader = scanner_named("plain").reader(suffix)
    heard = hear(reader, before + b"X" * length + after + before + b"Y" + after)
    assert heard == [Scanned("X" * LONGEST) if taken else TOO_LONG, Scanned("Y")]
    assert hear(reader, b"Z" * 10_000) == []
    assert len(reader._text) <= LONGEST + 2


def test_noise_between_frames_and_a_frame_begun_anew_are_no_codes():
    reader = scanner_named("plain").reader(Suffix.STX_ETX)
    assert hear(reader, b"noise\r\x03\x02HALF\x02WHOLE\x03noise") == [Scanned("WHOLE")]


@families
def test_what_was_begun_can_be_forgotten(family):
    reader = scanner_named(family).reader()
    whole = ssi(VIN.encode()) if family == "zebra_ssi" else b"WHOLE\r"
    assert hear(reader, b"\x02\x00" if family == "gm65" else whole[:-1]) == []
    reader.forget()
    heard = hear(reader, whole)
    assert Scanned(VIN if family == "zebra_ssi" else "WHOLE") in heard
    assert not any(isinstance(event, Refused) for event in heard)


@pytest.mark.parametrize("at", range(len(VIN) + 1))
def test_the_gm65s_acknowledgement_is_taken_out_wherever_it_stands(at):
    text = VIN.encode()
    sent = text[:at] + GM65_DONE + text[at:] + b"\r" + GM65_DONE + b"31\r"
    for cut in range(len(sent)):
        reader = scanner_named("gm65").reader()
        assert hear(reader, sent[:cut], sent[cut:]) == [Scanned(VIN), Scanned("31")]


def test_a_gm65s_broken_acknowledgement_is_refused_like_any_control_character():
    reader = scanner_named("gm65").reader()
    assert hear(reader, GM65_DONE[:5] + VIN.encode() + b"\r") == [CONTROL]


def test_a_keyences_answers_to_commands_are_no_codes():
    said = b"OK,LON\rERROR\rER,LON,01\rOK,LOFF\rER,LOFF,00\rOK,LONG\rOK\r" + VIN.encode() + b"\r"
    assert hear(scanner_named("keyence").reader(), said) == [
        NoRead(),
        Scanned("OK,LONG"),
        Scanned("OK"),
        Scanned(VIN),
    ]


def test_an_ssi_code_is_acknowledged_and_its_repetition_is_no_second_scan():
    reader, text = scanner_named("zebra_ssi").reader(), VIN.encode()
    assert hear(reader, ssi(text + b"\r\n")) == [Reply(ACK), Scanned(VIN)]
    assert hear(reader, ssi(text + b"\r\n", status=1)) == [Reply(ACK)]
    assert hear(reader, ssi(text)) == [Reply(ACK), Scanned(VIN)]  # scanned again by a person
    assert hear(reader, ssi(b"OTHER", status=1)) == [Reply(ACK), Scanned("OTHER")]


def test_an_ssi_packet_that_was_damaged_is_asked_for_again():
    reader, good = scanner_named("zebra_ssi").reader(), ssi(VIN.encode())
    damaged = good[:9] + b"?" + good[10:]
    assert hear(reader, damaged) == [Refused(Refusal.DAMAGED), Reply(NAK)]
    assert hear(reader, good) == [Reply(ACK), Scanned(VIN)]


@pytest.mark.parametrize("lost", range(len(VIN) + 7))
def test_after_a_lost_byte_the_next_ssi_packet_is_heard(lost):
    reader, good = scanner_named("zebra_ssi").reader(), ssi(VIN.encode())
    heard = hear(reader, good[:lost] + good[lost + 1 :] + good + good)
    assert heard[-4:] == [Reply(ACK), Scanned(VIN)] * 2
    assert set(heard) <= {Reply(ACK), Reply(NAK), Scanned(VIN), Refused(Refusal.DAMAGED)}


def test_other_ssi_packets_are_acknowledged_and_nothing_else():
    reader = scanner_named("zebra_ssi").reader()
    assert hear(reader, b"\x00\x00\xff" + ssi(b"", opcode=0xD0) + ssi(b"\x06", opcode=0xD1)) == []
    assert hear(reader, ssi(b"\x0a", opcode=0xF6)) == [Reply(ACK)]
    assert hear(reader, ssi(b"")) == [Reply(ACK)]  # a code without a text


def test_an_ssi_code_in_pieces_or_with_controls_is_refused_whole():
    reader = scanner_named("zebra_ssi").reader()
    assert hear(reader, ssi(b"X" * 90, status=2), ssi(b"TAIL")) == [
        Reply(ACK),
        Reply(ACK),
        TOO_LONG,
    ]
    assert hear(reader, ssi(b"A\rB")) == [Reply(ACK), CONTROL]
    assert hear(reader, ssi(b"X" * 90)) == [Reply(ACK), TOO_LONG]
    assert hear(reader, ssi(VIN.encode())) == [Reply(ACK), Scanned(VIN)]


pieces = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from(
            [
                *(b"\r", b"\n", b"\t", b"\x02", b"\x03", b"ERROR\r", b"OK,LON\r", b"X" * 99),
                *(VIN.encode(), GM65_DONE, GM65_DONE[:4], ssi(VIN.encode()), ssi(b"A", status=3)),
            ]
        ),
    ),
    max_size=8,
).map(b"".join)


@families
@quick
@given(
    sent=pieces,
    cuts=st.lists(st.integers(0, 200), max_size=8),
    suffix=st.sampled_from(Suffix),
)
@example(sent=GM65_DONE[:2] + GM65_DONE + b"A\r", cuts=[1, 2, 3, 8], suffix=Suffix.LINE)
def test_however_the_bytes_arrive_the_same_is_heard(family, sent, cuts, suffix):
    whole = hear(scanner_named(family).reader(suffix), sent)
    places = sorted({0, len(sent), *(cut for cut in cuts if cut < len(sent))})
    chunks = [sent[a:b] for a, b in itertools.pairwise(places)]
    assert hear(scanner_named(family).reader(suffix), *chunks) == whole
    for heard in whole:
        if isinstance(heard, Scanned):
            assert 1 <= len(heard.text) <= LONGEST
            assert all(" " <= c <= "~" for c in heard.text)
        elif isinstance(heard, Reply):
            assert heard.data in {ACK, NAK}
