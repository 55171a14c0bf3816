"""When an answer was on the disk, as strace told it; and when a message's first byte came."""

import pytest
from station_syncs import answer_on_disk_at, calls_of
from station_tap import TappedStation

from kiosk.station.codecs import codec_named

WAL = "</lane/state/ledger.sqlite-wal>"
LOG = f"""\
70 100.000000 fdatasync(5</lane/state/numbers>) = 0 <0.001000>
70 100.100000 fdatasync(7{WAL}) = 0 (DELAYED) <0.100400>
71 100.300000 recvfrom(15<socket:[1]>, 0x7f, 65536, 0, NULL, NULL) = -1 EAGAIN (Resource) <0.000010>
71 100.310000 fdatasync(7{WAL}) = 0 <0.000500>
71 100.400000 recvfrom(15<socket:[1]>,  <unfinished ...>
70 100.450000 fdatasync(7{WAL}) = 0 <0.001000>
71 100.500000 <... recvfrom resumed>""..., 65536, 0, NULL, NULL) = 442 <0.100000>
71 100.510000 fdatasync(4</lane/state/spent.log>) = 0 <0.000100>
71 100.520000 fdatasync(7{WAL} <unfinished ...>
70 100.530000 fdatasync(9</lane/state>) = 0 <0.001000>
71 100.540000 <... fdatasync resumed>) = 0 (DELAYED) <0.020300>
71 100.550000 fdatasync(7{WAL}) = 0 <0.000400>
71 100.560000 recvfrom(15<socket:[1]>, "", 65536, 0, NULL, NULL) = 0 <0.000010>
71 100.600000 +++ exited with 0 +++
"""


@pytest.fixture
def calls(tmp_path):
    log = tmp_path / "strace"
    log.write_text(LOG, "utf-8")
    return calls_of(log)


def test_a_call_that_others_interrupt_is_put_together(calls):
    assert len(calls) == 11
    resumed = next(call for call in calls if call.began == 100.52)
    assert resumed.is_commit
    assert resumed.ended == pytest.approx(100.5403)


def test_the_answers_commit_is_the_senders_first_after_the_last_bytes(calls):
    assert answer_on_disk_at(calls, 71, 100.0, 100.6) == pytest.approx(100.5403)
    assert answer_on_disk_at(calls, 71, 100.0, 100.45) is None, "no answer came before"
    assert answer_on_disk_at(calls, 70, 100.0, 100.6) is None, "not the sending thread"


def test_first_bytes_are_found_in_their_order():
    one, two = ("ONE", "FIRST"), ("TWO", "SECOND")
    codec = codec_named("cd5220")
    with TappedStation() as station:
        station._feed(codec.show(two))
        mark = station.mark()
        station._feed(codec.initialise() + codec.show(one)[:9])
        station._feed(codec.show(one)[9:] + codec.show(two))
        begun, second = (at for at, _ in station._pieces[mark:])
        assert station.first_bytes_at(mark, [one, two]) == [begun, second]
        assert station.first_bytes_at(mark, [two, one]) == [second]
        assert station.on_the_line_s(one) == pytest.approx(len(codec.show(one)) / 960)
