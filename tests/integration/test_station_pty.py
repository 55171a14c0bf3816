"""The station on a real pty: what is told is seen, what is pressed is heard, what breaks heals."""

import logging
import os
import queue
import select
import threading
import time
from contextlib import contextmanager, suppress

import pytest
import serial

from kiosk.clock import ManualClock, SystemClock
from kiosk.errors import SerialError, UsageError
from kiosk.model import Event, EventKind, State, Submission
from kiosk.station.headless import HeadlessStation
from kiosk.station.port import Port
from kiosk.station.simulated import SimulatedStation
from kiosk.station.station import Station, StationSettings
from kiosk.supervisor import Life

VIN = "1HGCM82633A004352"
NOBODY = 65534


@pytest.fixture
def simulated():
    with SimulatedStation() as station:
        yield station


@contextmanager
def running(worker, clock=None):
    life = Life(worker.name, clock or SystemClock())
    died = []

    def run():
        try:
            worker.run(life)
        except BaseException as error:  # noqa: BLE001 - reported below, on the test's thread
            died.append(error)

    thread = threading.Thread(target=run, name=worker.name)
    thread.start()
    try:
        yield life
    finally:
        life.stop()
        thread.join(5.0)
    assert not thread.is_alive()
    assert died == []


def station_on(simulated, clock=None, presses=None, **settings):
    on_press = presses.put if presses is not None else lambda _: None
    return Station(StationSettings(simulated.port, **settings), clock or SystemClock(), on_press)


def event(kind, **facts):
    return Event(kind, 0.0, **facts)


def accepted(scan_id):
    submission = Submission(
        scan_id, scan_id, State.QUEUED, "0" * 64, None, vin=VIN[:-4] + f"{scan_id:04}"
    )
    return event(EventKind.ACCEPTED, scan_id=scan_id, submission=submission)


def shows(words):
    return lambda glass: words in glass.text


def test_events_are_seen_and_the_display_is_left_saying_that_it_is_off(simulated):
    station = station_on(simulated)
    station.show(event(EventKind.READY))  # before the worker runs: kept
    with running(station):
        assert simulated.wait_for(shows("READY\nPRESS THE BUTTON"))
        station.show(accepted(1))
        assert simulated.wait_for(shows("1HGCM82633A000001\nREAD HERE - SENDING"), 1.0)
    assert simulated.wait_for(shows("STATION IS OFF"))
    station.show(event(EventKind.BUSY))  # after its end: harmless
    assert simulated.glass.misunderstood == b""


def test_a_message_gives_way_when_its_time_is_over(simulated):
    clock = ManualClock()
    station = station_on(simulated, clock)
    with running(station, clock):
        station.show(event(EventKind.READY))
        station.show(event(EventKind.TWO_LABELS, scan_id=1))
        assert simulated.wait_for(shows("TWO LABELS IN VIEW"))
        clock.advance(6.0)
        assert simulated.wait_for(shows("READY"), 2.0)


def test_a_press_is_heard_once_in_noise_and_in_pieces(simulated):
    clock, presses = ManualClock(), queue.Queue()
    station = station_on(simulated, clock, presses, button=b"BTN\r")
    with running(station, clock):
        assert simulated.wait_for(shows("STARTING"))
        simulated.type(b"\x00\xffnoise BT")
        simulated.type(b"N\rBTN\r")  # the second one bounced
        assert presses.get(timeout=2.0).source == "button"
        clock.advance(1.0)
        simulated.type(b"BTN\r")
        assert presses.get(timeout=2.0).at == clock.monotonic()
    assert presses.empty()


def test_a_press_may_show_something_at_once(simulated):
    station = station_on(simulated)
    station._on_press = lambda trigger: station.show(Event(EventKind.SCANNING, trigger.at))
    with running(station):
        assert simulated.wait_for(shows("STARTING"))
        simulated.press()
        assert simulated.wait_for(shows("SCANNING"), 1.0)


def test_a_pulled_plug_heals_and_the_newest_message_is_painted(simulated, caplog):
    caplog.set_level(logging.INFO, "kiosk.station")
    presses = queue.Queue()
    station = station_on(simulated, presses=presses)
    with running(station):
        station.show(accepted(1))
        assert simulated.wait_for(shows("READ HERE"))
        simulated.type(b"x")  # half of nothing
        simulated.unplug()
        assert simulated.glass.text == "\n"
        station.show(accepted(2))
        station.show(accepted(3))
        wait_until(lambda: station.problem is not None)
        simulated.replug()
        assert simulated.wait_for(shows("1HGCM82633A000003"))
        wait_until(lambda: station.problem is None)
        simulated.press()
        assert presses.get(timeout=2.0).source == "button"
    seen = [lines[0] for lines in simulated.glass.history]
    assert "1HGCM82633A000002" not in seen
    lost = [record for record in caplog.messages if record.startswith("display lost (")]
    back = [record for record in caplog.messages if record.startswith("display back after ")]
    assert len(lost) == len(back) == 1
    assert simulated.port in lost[0]


def wait_until(condition, timeout_s=5.0):
    """Poll what has no event of its own; fails when time is over."""
    clock, tick = SystemClock(), threading.Event()
    deadline = clock.monotonic() + timeout_s
    while not condition():
        assert clock.monotonic() < deadline
        tick.wait(0.01)


def test_a_port_that_is_not_there_at_start_is_no_crash(simulated, caplog):
    simulated.unplug()
    station = station_on(simulated)
    with running(station) as life:
        wait_until(lambda: station.problem is not None)
        assert "is not there" in station.problem
        assert life.seconds_left > 0
        simulated.replug()
        assert simulated.wait_for(shows("STARTING"))
    assert len([line for line in caplog.messages if "display lost" in line]) == 1


def test_a_reason_that_changes_is_told_without_a_second_loss(tmp_path, caplog):
    caplog.set_level(logging.INFO, "kiosk.station")
    path = tmp_path / "display"
    station = Station(StationSettings(str(path)), SystemClock(), lambda _: None)
    with running(station):
        wait_until(lambda: "is not there" in (station.problem or ""))
        path.write_bytes(b"")
        wait_until(lambda: "is no serial port" in (station.problem or ""))
    assert [line.split(" (")[0] for line in caplog.messages] == [
        "display lost",
        "display still lost",
    ]


def test_a_display_that_takes_nothing_is_lost_and_heals(simulated):
    simulated.stall()
    fill(simulated.port)
    station = station_on(simulated)
    with running(station):
        station.show(accepted(1))
        wait_until(lambda: "takes no more bytes" in (station.problem or ""))
        simulated.resume()
        assert simulated.wait_for(shows("1HGCM82633A000001"))
        wait_until(lambda: station.problem is None)


def fill(path):
    """Write into the line until it takes no more; the kernel makes room for a while yet."""
    fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    try:
        while poll.poll(100):
            with suppress(BlockingIOError):
                os.write(fd, b"x" * 512)
    finally:
        os.close(fd)


def test_waiting_for_a_full_line_costs_no_cpu(simulated):
    simulated.stall()
    fill(simulated.port)
    port = Port(simulated.port, 9600)
    before = time.thread_time()
    with pytest.raises(SerialError, match="takes no more bytes"):
        port.write(b"x" * 72)
    assert time.thread_time() - before < 0.3
    port.abandon()


class Repeating(SimulatedStation):
    """A display on an adapter that gives back whatever it is sent."""

    def _feed(self, data):
        super()._feed(data)
        self.type(data)


@pytest.mark.parametrize("display", ["cd5220", "plain"])
def test_a_line_that_gives_back_what_it_is_sent_presses_nothing(display):
    clock, presses = SystemClock(), queue.Queue()
    with Repeating(display) as simulated:
        station = station_on(simulated, presses=presses, display=display)
        with running(station):
            for number in range(1, 6):
                station.show(accepted(number))
                assert simulated.wait_for(shows(f"1HGCM82633A00000{number}"), 2.0)
            wait_until(lambda: clock.monotonic() > station._echo.due_at)
            assert presses.empty()
            simulated.press()
            assert presses.get(timeout=2.0).source == "button"
        assert simulated.wait_for(shows("STATION IS OFF"))
    assert presses.empty()


def test_a_flood_of_garbage_delays_nothing_and_presses_nothing(simulated):
    presses = queue.Queue()
    station = station_on(simulated, presses=presses)
    with running(station):
        assert simulated.wait_for(shows("STARTING"))
        for scan_id in range(1, 40):
            simulated.type(bytes(range(14, 256)) * 4)
            station.show(accepted(scan_id))
        assert simulated.wait_for(shows("1HGCM82633A000039"), 2.0)
    assert presses.empty()
    assert simulated.glass.misunderstood == b""


def test_many_threads_may_show_and_the_newest_scan_stays(simulated):
    station = station_on(simulated)
    with running(station):
        threads = [
            threading.Thread(target=station.show, args=(accepted(number),))
            for number in range(1, 30)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert simulated.wait_for(shows("1HGCM82633A000029"), 2.0)


def test_a_stuck_button_is_noticed_and_presses_no_more(simulated, caplog):
    caplog.set_level(logging.INFO, "kiosk.station")
    clock, presses = ManualClock(), queue.Queue()
    station = station_on(simulated, clock, presses)
    with running(station, clock):
        station.show(Event(EventKind.READY, 0.0))
        assert simulated.wait_for(shows("READY"))
        for _ in range(13):
            wait_until(lambda: station._listens_since == clock.monotonic())
            simulated.press()
            heard_at = clock.monotonic()
            wait_until(lambda at=heard_at: station._debounce._last_signal == at)
            clock.advance(0.9)
        wait_until(lambda: "stuck" in (station.button_problem or ""))
        assert simulated.wait_for(shows("BUTTON STUCK"))
        clock.advance(1.0)
        wait_until(lambda: station.problem is None)
        assert simulated.wait_for(shows("READY"))
    assert presses.qsize() == 12
    stuck = [line for line in caplog.messages if line.startswith("button")]
    assert stuck == ["button stuck: presses are ignored", "button free again"]


def test_an_unknown_display_is_refused_before_anything_runs():
    with pytest.raises(UsageError, match="there are cd5220, epson,"):
        Station(StationSettings("/dev/null", display="lcd"), SystemClock(), lambda _: None)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_bytes(b""), "is no serial port"),
        (lambda path: path.mkdir(), "is no serial port"),
        (lambda path: path.symlink_to("/dev/null"), "is no serial port"),
        (lambda path: None, "is not there"),
    ],
    ids=["file", "folder", "null device", "nothing"],
)
def test_what_is_no_port_is_named_with_what_to_do(tmp_path, make, words):
    path = tmp_path / "port"
    make(path)
    with pytest.raises(SerialError, match=words) as caught:
        Port(str(path), 9600)
    assert str(path) in str(caught.value)
    assert "station.port" in str(caught.value)


@pytest.mark.parametrize("baud", [-1, 10**12])
def test_a_baud_rate_that_the_port_refuses_is_named(simulated, baud):
    with pytest.raises(SerialError, match=f"{baud} baud: correct station.baud"):
        Port(simulated.port, baud)


def test_a_port_in_use_is_not_shared(simulated):
    port = Port(simulated.port, 9600)
    try:
        with pytest.raises(SerialError, match="in use by another program"):
            Port(simulated.port, 9600)
    finally:
        port.close()


def test_a_port_without_permission_tells_of_the_group(simulated):
    os.chmod(simulated.port, 0)  # noqa: PTH101 - follows the link to the pty
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        with pytest.raises(SerialError, match="group dialout"):
            Port(simulated.port, 9600)
    finally:
        if root:
            os.seteuid(0)


def test_a_lost_line_raises_one_error_for_everything(simulated):
    port = Port(simulated.port, 9600)
    simulated.unplug()
    for act in (port.read, lambda: port.write(b"x")):
        with pytest.raises(SerialError, match="was lost") as caught:
            act()
        assert caught.value.__cause__ is not None
    port.abandon()
    port.close()  # twice is harmless


def test_a_line_that_never_drains_is_let_go_within_a_second(simulated, monkeypatch):
    """A pty always says 0: the number is that of a USB display that takes no more."""
    asked = []
    monkeypatch.setattr(serial.Serial, "out_waiting", property(lambda _: asked.append(1) or 72))
    flushed = []
    monkeypatch.setattr(serial.Serial, "reset_output_buffer", lambda _: flushed.append(1))
    port = Port(simulated.port, 9600)
    before = time.monotonic()
    port.close()
    assert 0.9 < time.monotonic() - before < 2.0
    assert flushed == [1], "else close(2) waits for the bytes"
    assert len(asked) < 60
    port.close()
    assert flushed == [1]


def test_a_line_is_let_go_as_soon_as_all_is_sent(simulated, monkeypatch):
    left = iter((72, 40, 0))
    monkeypatch.setattr(serial.Serial, "out_waiting", property(lambda _: next(left)))
    port = Port(simulated.port, 9600)
    before = time.monotonic()
    port.close()
    assert time.monotonic() - before < 0.5
    assert next(left, None) is None


def test_an_unplugged_button_cannot_be_pressed(simulated):
    simulated.unplug()
    with pytest.raises(OSError, match="unplugged"):
        simulated.press()
    simulated.replug()
    simulated.replug()  # already in: nothing happens
    simulated.press()


def test_a_lane_without_a_display_logs_what_it_would_show(caplog):
    caplog.set_level(logging.INFO, "kiosk.station")
    clock = ManualClock()
    station = HeadlessStation(clock)
    with running(station, clock):
        station.show(event(EventKind.READY))
        station.show(event(EventKind.READY))
        station.show(event(EventKind.NOT_VIN, scan_id=1))
        clock.advance(6.0)
        wait_until(lambda: len(caplog.messages) == 3)
    assert station.problem is None
    assert caplog.messages == [
        "display: READY / WAITING FOR TRIGGER",
        "display: THIS IS NO VIN / SHOW THE VIN LABEL",
        "display: READY / WAITING FOR TRIGGER",
    ]


def test_a_lane_without_a_display_logs_every_page_and_no_button(caplog):
    caplog.set_level(logging.INFO, "kiosk.station")
    station = HeadlessStation(ManualClock())
    earlier = Submission(1, 1, State.RECOGNIZED, "0" * 64, 0.0, vin=VIN)
    now = Submission(2, 2, State.DUPLICATE, "0" * 64, 60.0, vin=VIN)
    for _ in range(2):
        station.show(event(EventKind.ALREADY_SCANNED, submission=now, earlier=earlier, scan_id=2))
    assert caplog.messages == [
        f"display: {VIN} / ALREADY SCANNED 1M, then CONFIRMED BEFORE / NOTHING WAS PAID"
    ]


def test_a_lane_without_a_display_but_with_a_button_speaks_of_it(caplog):
    caplog.set_level(logging.INFO, "kiosk.station")
    station = HeadlessStation(ManualClock(), has_button=True)
    earlier = Submission(1, 1, State.RECOGNIZED, "0" * 64, 0.0, vin=VIN)
    now = Submission(2, 2, State.DUPLICATE, "0" * 64, 60.0, vin=VIN)
    station.show(event(EventKind.READY))
    station.show(event(EventKind.ALREADY_SCANNED, submission=now, earlier=earlier, scan_id=2))
    assert caplog.messages == [
        "display: READY / PRESS THE BUTTON",
        f"display: {VIN} / ALREADY SCANNED 1M, then CONFIRMED BEFORE / PRESS AGAIN TO PAY",
    ]


def test_a_message_does_not_wait_for_the_polls_end(simulated, monkeypatch):
    monkeypatch.setattr("kiosk.station.line._LONGEST_WAIT_S", 30.0)
    station = station_on(simulated)
    with running(station) as life:
        assert simulated.wait_for(shows("STARTING"))
        station.show(event(EventKind.READY))
        assert simulated.wait_for(shows("READY"), 2.0)
        life.stop()
        station.show(event(EventKind.STOPPING))  # the app's own word, which also ends the poll
