"""`scripts/bench economy`: the day is as asked, a small one runs, and what costs too much shows."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import bench_economy
import economy_lane
import economy_life
import economy_naive
import pytest
from click.testing import CliRunner
from economy_books import naive_outcome, our_outcome
from economy_channel import Service
from economy_day import Kind, make_day
from economy_pictures import Picture, spec_of
from mutants import MUTANTS

from kiosk.model import Crop, Reading, Verdict

VEHICLES = 20  # of a day of made-up pictures
QUAD = ((100.0, 100.0), (900.0, 100.0), (900.0, 180.0), (100.0, 180.0))

forks = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


# ---- the day --------------------------------------------------------------------------------


def test_the_day_is_as_asked():
    day = make_day()
    kinds = Counter(vehicle.kind for vehicle in day.vehicles)
    assert kinds[Kind.CLEAR] + kinds[Kind.NORMAL] == 700
    assert (kinds[Kind.HARD], kinds[Kind.OTHER], kinds[Kind.NONE]) == (200, 50, 50)
    again = [visit for visit in day.visits if visit.again]
    assert len(again) == 50
    first = {visit.vehicle.number: visit for visit in day.visits if not visit.again}
    assert all(0 < one.arrives - first[one.vehicle.number].leaves < 600 for one in again)
    doubles = [visit for visit in day.visits if len(visit.presses) == 2]
    assert len(doubles) == round(0.15 * len(day.visits))
    assert len(day.empty_presses) == 100
    assert [round(one.ends - one.begins) for one in day.outages] == [60, 600, 3600]
    assert sorted(death.reboots for death in day.deaths) == [False, True]
    assert len({vehicle.vin for vehicle in day.vehicles}) == 1000


def test_there_is_one_car_at_a_time_and_none_at_an_empty_press():
    day = make_day()
    for before, then in pairwise(day.visits):
        assert before.arrives < before.press < before.leaves < then.arrives
    for press in day.empty_presses:
        assert not [one for one in day.visits if one.arrives <= press + 5 and press <= one.leaves]


def test_the_same_seed_makes_the_same_day_and_other_exposures_another_picture():
    assert make_day(60, 3) == make_day(60, 3)
    assert make_day(60, 3) != make_day(60, 4)
    day = make_day(60, 3)
    specs = [spec_of(day.seed, visit, exposure) for visit in day.visits for exposure in range(2)]
    assert len({repr(spec) for spec in specs}) == len(specs)


# ---- made-up pictures -------------------------------------------------------------------------


class Readings:
    """A gallery without pictures: each exposure is read as ``verdict_of(visit, exposure)`` says."""

    def __init__(self, day, folder, verdict_of):
        self._shown = {}
        for visit in day.visits:
            for exposure in range(2):
                verdict = verdict_of(visit, exposure)
                self._shown[visit.number, exposure] = made_up(folder, visit, exposure, verdict)
        self._nothing = made_up(folder, None, 0, Verdict.NONE)

    @property
    def pictures(self):
        return [*self._shown.values(), self._nothing]

    def picture(self, visit, exposure):
        return self._shown[visit.number, exposure % 2] if visit else self._nothing


def made_up(folder, visit, exposure, verdict):
    data = f"{visit and visit.number} {exposure}".encode().ljust(200)
    path = folder / hashlib.sha256(data).hexdigest()
    path.write_bytes(data)
    vin = visit.vehicle.vin if verdict is Verdict.VIN else None
    crop = Crop(data * 2, 200, 40, "png") if verdict in {Verdict.VIN, Verdict.UNREAD} else None
    reading = Reading(verdict, text=vin, vin=vin, confidence=1.0, quad=QUAD, crop=crop)
    vehicle = visit.vehicle.number if visit else None
    return Picture(path, path.name, len(data), reading, vehicle)


def always_read(visit, _):
    return Verdict.VIN if visit.vehicle.kind.is_code39 else Verdict.NONE


def live(tmp_path, mode, verdict_of=always_read):
    day = make_day(VEHICLES)
    gallery = Readings(day, tmp_path, verdict_of)
    service = Service(tmp_path)
    notes = economy_lane.run_day(day, mode, gallery, service, tmp_path / "lane", lambda _: None)
    journal = service.journal()
    service.close()
    return our_outcome(mode, day, gallery, journal, notes, tmp_path / "lane")


@forks
@pytest.mark.parametrize("mode", ["button", "presentation"])
def test_a_lane_that_keeps_its_promises_pays_once_for_each_car(tmp_path, mode):
    outcome = live(tmp_path, mode)
    labels = sum(vehicle.kind.is_code39 for vehicle in make_day(VEHICLES).vehicles)
    assert outcome.credits == outcome.known == labels
    assert (outcome.pictures_twice, outcome.no_record, outcome.unsent) == (0, 0, 0)
    assert (outcome.lost, outcome.unbooked, outcome.wrong) == (0, 0, 0)
    assert outcome.unknown == outcome.doubts > 0, "the outages' lost answers"


@forks
def test_a_lane_without_a_rescan_window_is_seen_to_pay_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(economy_life, "WINDOW_S", 0.0)
    outcome = live(tmp_path, "button")
    assert outcome.vehicles_twice > 1
    assert outcome.by_consent == 0


@forks
def test_a_client_that_tries_again_is_seen_to_pay_for_a_picture_twice(tmp_path, monkeypatch):
    MUTANTS["retry"](monkeypatch.setattr)
    assert live(tmp_path, "button").pictures_twice > 0


@forks
def test_a_lane_that_forgets_what_it_called_saved_is_seen(tmp_path, monkeypatch):
    begin = economy_life.Life.live

    def forgetful(self):
        if self._begins.day_time > 0:
            with self._ledger._writer.transaction() as (connection, _):
                connection.execute("DELETE FROM scans WHERE id <= 3")
        begin(self)

    monkeypatch.setattr(economy_life.Life, "live", forgetful)
    outcome = live(tmp_path, "button")
    assert outcome.lost > 0
    assert outcome.no_record > 0


@forks
def test_a_label_that_only_a_later_press_can_read_is_counted(tmp_path):
    number = next(visit.vehicle.number for visit in make_day(VEHICLES).visits if visit.again)

    def verdict_of(visit, _):
        if visit.vehicle.number != number:
            return Verdict.NONE
        return Verdict.VIN if visit.again else Verdict.UNREAD

    outcome = live(tmp_path, "button", verdict_of)
    assert (outcome.credits, outcome.unread_then_read, outcome.paid_unread) == (2, 1, 1)


def test_the_straightforward_client_pays_for_every_press_and_loses_what_it_cannot_send(tmp_path):
    day = make_day(VEHICLES)
    gallery = Readings(day, tmp_path, always_read)
    service = Service(tmp_path)
    presses = economy_naive.run_day(day, gallery, service, lambda _: None)
    journal = service.journal()
    service.close()
    outcome = naive_outcome("other", day, gallery, journal, presses)
    assert len(presses) >= sum(len(visit.presses) for visit in day.visits) + len(day.empty_presses)
    assert outcome.credits > VEHICLES > outcome.vehicles_twice > 1
    assert outcome.no_record > 0
    assert outcome.recognized == 0, "nobody can read what is no picture"


# ---- the program --------------------------------------------------------------------------------


def test_a_small_day_runs_and_keeps_its_goals():
    jobs = str(min(4, os.cpu_count() or 1))
    small = ("--vehicles", "40", "--exposures", "1", "--jobs", jobs)
    done = subprocess.run(
        [sys.executable, bench_economy.__file__, *small, "--json"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    told = {one["name"]: one for one in map(json.loads, done.stdout.splitlines())}
    for mode in ("button", "presentation"):
        assert 0.5 < told[f"{mode}: credits per vehicle"]["value"] <= 1.0
        assert told[f"{mode}: pictures paid twice"]["value"] == 0
    assert told["straightforward: credits per vehicle"]["value"] > 1.0


def test_a_page_is_of_the_whole_day():
    done = CliRunner().invoke(bench_economy.main, ["--vehicles", "40", "--write"])
    assert done.exit_code == 2
    assert "1000" in done.output
