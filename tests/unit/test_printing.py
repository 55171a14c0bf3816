"""Tables for a person, and for a pipe."""

import json
import subprocess
import sys

import pytest

from kiosk.commands import printing

ROWS = [
    {"id": 1, "vin": "1M8GDM9AXKP042788", "reason": None},
    {"id": 22, "vin": None, "reason": "x"},
]


def test_a_pipe_gets_one_line_a_row_in_even_columns(capsys):
    printing.print_table(("id", "vin", "reason"), iter(ROWS), stacked=2)
    heading, rule, *lines = capsys.readouterr().out.splitlines()
    assert heading == "id vin               reason"
    assert set(rule) == {"─"}
    assert lines == ["1  1M8GDM9AXKP042788", "22                   x"]


def test_many_rows_are_written_line_by_line_to_a_terminal_too(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(printing, "_draw_table", pytest.fail)
    printing.print_table(("id", "reason"), [{"id": at, "reason": "why"} for at in range(1500)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:] == [f"{at:<4} why" for at in range(1500)]


def test_what_steers_a_terminal_never_reaches_it(capsys):
    printing.print_table(("text",), [{"text": "\x1b[2Jgone"}])
    assert "\x1b" not in capsys.readouterr().out


def test_many_objects_are_one_a_line(capsys):
    rows = [{"id": at, "reason": "\x1b\n"} for at in range(1234)]
    printing.print_json_lines(iter(rows))
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == rows
    printing.print_json_lines([])
    assert capsys.readouterr().out == ""


def test_a_list_does_not_wait_for_what_it_does_not_use():
    code = (
        "import sys, kiosk.commands.queue;"
        " print([name for name in"
        " ('rich', 'numpy', 'cv2', 'requests', 'kiosk.ledger.writer') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
