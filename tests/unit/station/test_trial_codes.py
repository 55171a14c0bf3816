"""What a scanner's bytes say of its settings: the code, or what to write, or what to set in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.station.codecs.scanners import SCANNERS, Suffix
from kiosk.station.codecs.scanners.zebra_ssi import packet
from kiosk.station.trial.codes import Code, Settings, diagnose
from kiosk.station.trial.outcome import Device, Step, verdicts

VIN = "1M8GDM9AXKP042788"
SSI = packet(0xF3, b"\x01" + VIN.encode(), source=0)
SSI_AGAIN = packet(0xF3, b"\x01" + VIN.encode(), source=0, status=1)
ACKNOWLEDGED = b"\x02\x00\x00\x01\x00\x33\x31"
ENDS = {
    Suffix.LINE: b"\r\n",
    Suffix.CR: b"\r",
    Suffix.LF: b"\n",
    Suffix.CRLF: b"\r\n",
    Suffix.TAB: b"\t",
    Suffix.STX_ETX: b"\x03",
}


def framed(text, suffix):
    return (b"\x02" if suffix is Suffix.STX_ETX else b"") + text.encode() + ENDS[suffix]


@pytest.mark.parametrize("family", sorted(set(SCANNERS) - {"zebra_ssi"}))
@pytest.mark.parametrize("suffix", Suffix)
def test_a_scanner_that_is_as_set_is_well(family, suffix):
    code = diagnose(framed(f"I{VIN}", suffix), Settings(family, suffix))
    assert (code.text, code.problem, code.is_vin) == (f"I{VIN}", None, True)
    other = diagnose(framed("PALLET 7", suffix), Settings(family, suffix))
    assert (other.text, other.problem, other.is_vin) == ("PALLET 7", None, False)


@pytest.mark.parametrize("data", [SSI, SSI + SSI_AGAIN])
def test_a_packet_is_a_code_also_where_it_was_repeated(data):
    assert diagnose(data, Settings("zebra_ssi")).text == VIN


@pytest.mark.parametrize(
    ("data", "settings", "write"),
    [
        (b"\r\n", Settings(suffix=Suffix.CR), (("suffix", "line"),)),
        (b"\r\n", Settings(suffix=Suffix.LF), (("suffix", "line"),)),
        (b"\n", Settings(suffix=Suffix.CR), (("suffix", "line"),)),
        (b"\r", Settings(suffix=Suffix.CRLF), (("suffix", "line"),)),
        (b"\t", Settings(), (("suffix", "tab"),)),
        (b"\t", Settings("honeywell", Suffix.CR), (("suffix", "tab"),)),
        (b"\r", Settings("zebra_ssi"), (("family", "plain"),)),
        (b"\r", Settings("zebra_ssi", Suffix.CR), (("family", "plain"),)),
        (b"\t", Settings("zebra_ssi"), (("family", "plain"), ("suffix", "tab"))),
    ],
)
def test_what_is_set_otherwise_is_found_by_what_came(data, settings, write):
    code = diagnose(VIN.encode() + data, settings)
    assert (code.text, code.write) == (None, write)


@pytest.mark.parametrize(
    ("data", "settings", "write"),
    [
        (b"\x02" + VIN.encode() + b"\x03", Settings(), (("suffix", "stx_etx"),)),
        (SSI, Settings(), (("family", "zebra_ssi"),)),
        (SSI, Settings("honeywell", Suffix.CR), (("family", "zebra_ssi"),)),
        (ACKNOWLEDGED + VIN.encode() + b"\r", Settings(), (("family", "gm65"),)),
    ],
)
def test_another_way_to_frame_a_code_is_found_by_what_came(data, settings, write):
    assert diagnose(data, settings).write == write


@given(
    st.text("ABC0123 ", min_size=1, max_size=40).filter(str.strip),
    st.sampled_from(Suffix),
    st.sampled_from(sorted(set(SCANNERS) - {"zebra_ssi"})),
    st.sampled_from(Suffix),
)
def test_what_is_to_be_written_makes_the_same_bytes_a_code(text, suffix, family, set_to):
    data = framed(text, suffix)
    code = diagnose(data, Settings(family, set_to))
    if code.text is None and code.write:
        changes = dict(code.write)
        better = Settings(changes.get("family", family), Suffix(changes.get("suffix", set_to)))
        assert diagnose(data, better).text == text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "nothing came"),
        (VIN.encode(), "a text without an end"),
        (b"\x9a\xf3\x80\r", "nonsense"),
        (b"\x00\x00\x00", "nonsense"),
        (b"A" * 90 + b"\r", "more than 80 characters"),
        (b"A" * 600, "more than 80 characters"),
        (b"\x1b" + VIN.encode() + b"\r", "control characters"),
    ],
)
def test_what_no_settings_fit_is_told_in_words(data, words):
    code = diagnose(data, Settings())
    assert code.text is None
    assert code.write == ()
    assert words in code.problem


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"]A0]A0{VIN}", "']A0' before the VIN"),
        ("]A0]A0WAUZZZ8K9AA000001", "']A0' before the VIN"),
        (f"AB{VIN}", "'AB' before the VIN"),
        (f"*{VIN}*", "'*' before the VIN and '*' behind the VIN"),
        (f"{VIN}8", "'8' behind the VIN"),
    ],
)
def test_what_the_scanner_adds_to_a_vin_is_to_be_switched_off(text, words):
    code = diagnose(text.encode() + b"\r", Settings())
    assert words in code.problem
    assert not code.is_vin


def test_a_code_identifier_is_no_matter():
    code = diagnose(f"]A0I{VIN}\r".encode(), Settings())
    assert (code.text, code.problem, code.is_vin) == (f"I{VIN}", None, True)


@given(st.binary(max_size=100), st.sampled_from(sorted(SCANNERS)), st.sampled_from(Suffix))
def test_any_bytes_are_told_without_repeating_them_raw(data, family, suffix):
    code = diagnose(data, Settings(family, suffix))
    assert (code.text is None) <= (code.problem is not None)
    told = "".join((code.text or "", code.problem or "", code.hex.replace(" …", "")))
    assert all(" " <= char <= "~" for char in told)


def test_of_many_bytes_the_first_are_shown():
    assert Code(b"A" * 60, None, "x").hex == " ".join(["41"] * 48) + " …"


def step(device, name, good, **more):
    return Step(device, name, good, "words", **more)


def test_a_verdict_names_what_failed_and_what_to_do():
    found = verdicts(
        [
            step(Device.SCANNER, "scanner", good=False, to_do="do this"),
            step(Device.DISPLAY, "columns", good=True),
            step(Device.DISPLAY, "upper row", good=False),
            step(Device.BUTTON, "button", good=None),
        ]
    )
    assert [verdict.device for verdict in found] == ["display", "button", "scanner"]
    display, button, scanner = found
    assert (display.result, "docs/displays.md" in display.to_do) == ("failed: upper row", True)
    assert (button.result, button.to_do) == ("not asked", None)
    assert (scanner.result, scanner.to_do) == ("failed: scanner", "do this")
    (dark,) = verdicts([step(Device.DISPLAY, "columns", good=False)])
    assert "--find" in dark.to_do
