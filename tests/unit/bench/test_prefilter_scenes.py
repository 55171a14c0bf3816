"""How one scene and its crop are judged, and how scenes that are done are kept."""

import dataclasses
import json

import cv2
import numpy as np
import prefilter_run
import prefilter_scene
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from prefilter_run import Cache, examine_all, row_of
from prefilter_scene import Job, examine_scene, judge_crop, overlap_of, quiet_of
from rows import TEXT, crop, label, peers

from kiosk.model import Crop
from kiosk.simulate.code39 import encode
from kiosk.simulate.levels import sample
from kiosk.simulate.spec import Symbology
from kiosk.vin import vin_of
from kiosk.vision import proof
from kiosk.vision.prefilter import Prefilter

UNIT = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def printed(quiet, text=TEXT, scale=3):
    """Print a symbol upright with so many modules of white beside it."""
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code39Std)
    row = np.array(made.to_image(scale=scale, add_quiet_zones=False, add_hrt=False))[:1]
    return np.pad(np.repeat(row, 40, axis=0), ((0, 0), (quiet * scale,) * 2), constant_values=255)


def as_crop(pixels):
    data = cv2.imencode(".png", pixels)[1].tobytes()
    return Crop(data, pixels.shape[1], pixels.shape[0], "png")


def judged(pixels):
    return judge_crop(as_crop(pixels), TEXT, 2.0, 500_000)


@given(st.integers(1, 30), st.integers(2, 6))
def test_the_quiet_zone_is_measured_in_modules(quiet, scale):
    assert quiet_of(printed(quiet, scale=scale), sum(encode(TEXT, 2.0))) == pytest.approx(quiet)


def test_a_quiet_zone_that_is_not_white_is_none():
    dim = np.minimum(printed(12), 140)
    assert quiet_of(dim, sum(encode(TEXT, 2.0))) == 0


def test_a_good_crop_is_read_from_its_bytes_by_both():
    facts = judged(printed(10))
    assert (facts.zbar, facts.zxing, facts.ours, facts.fault) == (True, True, True, "")
    assert facts.bytes == len(as_crop(printed(10)).data)


@pytest.mark.parametrize(
    ("pixels", "fault"),
    [
        (printed(9), "less than 10 modules of quiet zone"),
        (np.vstack([printed(12), np.full((20, printed(12).shape[1]), 255, np.uint8),
                    printed(12, TEXT[::-1])]), "more than one symbol"),
        (cv2.cvtColor(printed(12), cv2.COLOR_GRAY2BGR), "not grey"),
    ],
)  # fmt: skip
def test_a_crop_that_breaks_a_rule_is_told(pixels, fault):
    assert judged(pixels).fault == fault


def test_a_crop_of_another_text_is_not_read_back():
    facts = judged(printed(12, TEXT[::-1]))
    assert (facts.zbar, facts.zxing, facts.ours, facts.is_read) == (False, False, False, False)


def test_a_crop_too_soft_for_both_libraries_is_read_by_our_own_decoder():
    soft = cv2.GaussianBlur(printed(12, scale=4), (0, 0), 4.2, borderType=cv2.BORDER_REPLICATE)
    facts = judged(soft)
    assert (facts.by_library, facts.ours, facts.is_read) == (False, True, True)


@given(st.floats(0, 1))
def test_overlap_is_the_shared_part_of_both(shift):
    moved = tuple((x + shift, y) for x, y in UNIT)
    assert overlap_of(UNIT, moved) == pytest.approx((1 - shift) / (1 + shift), abs=1e-3)


def test_a_clear_scene_is_looked_at_by_all():
    row = examine_scene(Prefilter(), Job("clear", 700_000, thorough=True))
    assert row.is_right
    assert not row.is_wrong
    assert row.iou > 0.7
    assert row.peers.zxing
    assert 0 < row.crop.bytes < row.crop.frame_bytes / 40
    row = examine_scene(Prefilter(), Job("empty", 700_000, thorough=False))
    assert (row.text, row.peers, row.crop, row.is_wrong) == (None, None, None, False)


def test_the_crop_of_every_label_is_judged():
    row = examine_scene(Prefilter(), Job("clear", 700_001, thorough=False))
    assert row.crop.is_read
    assert (row.peers, row.crop.frame_bytes) == (None, None)


def test_a_crop_that_our_own_decoder_reads_without_margin_is_not_read_back(monkeypatch):
    monkeypatch.setattr(prefilter_scene, "MARGIN_MIN", 1e6)
    assert not judged(printed(10)).ours


def test_the_margin_is_the_one_that_the_program_asks_for():
    assert prefilter_scene.MARGIN_MIN >= proof._MARGIN_MIN


def test_both_labels_of_a_pair_are_known():
    row = examine_scene(Prefilter(), Job("two", 700_001, thorough=False))
    assert len({row.text, row.second}) == 2
    assert (row.is_wrong, row.peers, row.crop) == (False, None, None)


def test_another_code_is_no_label_whatever_it_looks_like():
    seed = next(
        seed
        for seed in range(700_000, 701_000)
        if (spec := sample("other", seed)).symbology is Symbology.CODE39 and vin_of(spec.text)
    )
    row = examine_scene(Prefilter(), Job("other", seed, thorough=False))
    assert (row.text, row.crop, row.code) == (None, None, "code39")
    assert row.holds == sample("other", seed).text


def keep(path, rows, code="1"):
    cache = Cache(path, code, resume=True)
    for row in rows:
        cache.add(row)
    cache.close()


def found(path, job, *, code="1", resume=True):
    cache = Cache(path, code, resume=resume)
    cache.close()
    return cache.find(job)


ROW = label(seed=3, peers=peers(zbar=True), crop=crop(), iou=0.9)
JOB = Job("normal", 3, thorough=True)


@pytest.mark.parametrize("row", [ROW, label(None, "unread")])
def test_a_row_comes_back_from_json_as_it_was(row):
    assert row_of(json.loads(json.dumps(dataclasses.asdict(row)))) == row


def test_a_resumed_run_finds_what_is_done(tmp_path):
    keep(tmp_path / "c", [ROW])
    assert found(tmp_path / "c", JOB) == ROW
    assert found(tmp_path / "c", Job("normal", 4, thorough=False)) is None


def test_a_run_that_is_not_resumed_starts_anew(tmp_path):
    keep(tmp_path / "c", [ROW])
    assert found(tmp_path / "c", JOB, resume=False) is None
    assert found(tmp_path / "c", JOB) is None


def test_rows_of_other_code_are_left_behind_and_it_says_so(tmp_path):
    keep(tmp_path / "c", [ROW])
    cache = Cache(tmp_path / "c", "2", resume=True)
    cache.close()
    assert cache.find(JOB) is None
    assert "other code" in cache.remark
    assert found(tmp_path / "c", JOB, code="1") is None


def test_a_line_that_was_cut_off_is_made_again(tmp_path):
    keep(tmp_path / "c", [ROW, label(seed=4)])
    data = (tmp_path / "c").read_bytes()
    (tmp_path / "c").write_bytes(data[:-9])
    keep(tmp_path / "c", [label(seed=5)])
    assert found(tmp_path / "c", JOB) == ROW
    assert found(tmp_path / "c", Job("normal", 4, thorough=False)) is None
    assert found(tmp_path / "c", Job("normal", 5, thorough=False)) == label(seed=5)


def test_a_line_that_a_power_cut_spoilt_ends_what_is_taken_over(tmp_path):
    keep(tmp_path / "c", [ROW, label(seed=4)])
    first, second, third = (tmp_path / "c").read_bytes().splitlines(keepends=True)
    (tmp_path / "c").write_bytes(first + second + b"\0" * (len(third) - 1) + b"\n")
    keep(tmp_path / "c", [label(seed=5)])
    assert found(tmp_path / "c", JOB) == ROW
    assert found(tmp_path / "c", Job("normal", 4, thorough=False)) is None
    assert found(tmp_path / "c", Job("normal", 5, thorough=False)) == label(seed=5)


def test_a_file_of_something_else_is_begun_anew(tmp_path):
    (tmp_path / "c").write_bytes(b"not of this bench\n")
    assert found(tmp_path / "c", JOB) is None


def test_rows_depend_on_the_version_of_the_c_library(monkeypatch):
    before = prefilter_run.fingerprint()
    monkeypatch.setattr(prefilter_run, "zbar_version", lambda: "0.1.2")
    assert prefilter_run.fingerprint() != before


def test_a_row_without_the_libraries_does_not_do_where_they_are_wanted(tmp_path):
    keep(tmp_path / "c", [label(seed=3)])
    assert found(tmp_path / "c", JOB) is None
    assert found(tmp_path / "c", Job("normal", 3, thorough=False)) == label(seed=3)


def test_an_interrupt_leaves_what_is_done(tmp_path, monkeypatch):
    def interrupted(jobs, processes):
        yield jobs[0], ROW
        raise KeyboardInterrupt

    monkeypatch.setattr(prefilter_run, "_rows", interrupted)
    cache = Cache(tmp_path / "c", "1", resume=False)
    with pytest.raises(KeyboardInterrupt):
        examine_all([JOB, Job("normal", 4, thorough=True)], cache, 2)
    cache.close()
    assert found(tmp_path / "c", JOB) == ROW
