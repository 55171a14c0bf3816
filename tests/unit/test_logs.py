import logging
import os
import subprocess
import sys
from pathlib import Path

from kiosk.logs import JournalFormatter, is_journal

SPEAK = """
import logging, os, sys
if sys.argv[1] == "journal":
    status = os.fstat(2)
    os.environ["JOURNAL_STREAM"] = f"{status.st_dev}:{status.st_ino}"
from kiosk.logs import configure_logging
configure_logging(verbose=False)
logging.getLogger("kiosk.x").warning("camera lost")
logging.getLogger("kiosk.x").debug("not asked for")
logging.getLogger("watchdog.observers.inotify").error("called when the thread is inactive")
logging.getLogger("urllib3.connectionpool").info("https://an-address")
"""


def said(to):
    done = subprocess.run(
        [sys.executable, "-c", SPEAK, to], stderr=subprocess.PIPE, text=True, check=True
    )
    return done.stderr


def test_the_journal_gets_priorities_and_a_person_gets_words():
    assert said("journal") == "<4>kiosk.x: camera lost\n"
    assert said("terminal") == "WARNING kiosk.x: camera lost\n"


def test_every_line_of_a_message_has_its_priority():
    record = logging.LogRecord("kiosk", logging.ERROR, "", 0, "two\nlines", None, None)
    assert JournalFormatter().format(record) == "<3>kiosk: two\n<3>lines"
    debug = logging.LogRecord("kiosk", logging.DEBUG, "", 0, "fine", None, None)
    assert JournalFormatter().format(debug) == "<7>kiosk: fine"


def test_another_stream_than_the_journals_is_none():
    with Path(os.devnull).open() as other:
        assert not is_journal(other.fileno(), {"JOURNAL_STREAM": "1:2"})
        assert not is_journal(other.fileno(), {})


def test_why_a_lane_does_not_start_is_an_error_to_the_journal(tmp_path):
    log = tmp_path / "journal"
    with log.open("wb") as stream:
        status = os.fstat(stream.fileno())
        subprocess.run(
            [sys.executable, "-m", "kiosk", "run", "-c", str(tmp_path / "none.yaml")],
            stderr=stream,
            env=os.environ | {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"},
            check=False,
        )
    lines = log.read_text("utf-8").splitlines()
    assert lines
    assert all(line.startswith("<3>") for line in lines), lines
