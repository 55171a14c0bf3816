"""What of any text may stand on a display."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.station.codecs.text import COLUMNS, cut, printable, row


@given(st.text())
def test_a_row_is_always_twenty_printable_columns(text):
    encoded = row(text)
    assert len(encoded) == COLUMNS
    assert all(0x20 <= byte <= 0x7E for byte in encoded)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ŠKODA CITROËN", "SKODA CITROEN"),
        ("SEÑAL ¿LISTA?", "SENAL ?LISTA?"),
        ("¡Año, camión!", "!Ano, camion!"),
        ("GERÄT PRÜFEN", "GERAET PRUEFEN"),
        ("Gerät prüfen, Übergabe", "Geraet pruefen, Uebergabe"),
        ("Gera\u0308t", "Geraet"),  # the same, decomposed
        ("Straße", "Strasse"),
        ("„ø“ – 5 €\xa0×", '"o" - 5 EUR x'),
        ("A\x1b@\x0c\r\n\x00\x7f中", "A?@??????"),
    ],
)
def test_text_is_written_as_a_person_without_accents_would(text, said):
    assert printable(text) == said


def test_a_row_ends_at_its_twentieth_column():
    assert cut("X" * 25) == "X" * 20
    assert cut("Ü" * 11) == "UE" * 10
