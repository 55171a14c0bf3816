"""Which crop of a symbol goes out."""

import numpy as np

from kiosk.vision.crop import Place, scan
from kiosk.vision.rectify import Strip
from kiosk.vision.trials import SPARES_MAX, Trial, ranked, spares_of

VIN, OTHER = "1HGCM82633A004352", "1HGCM82633A004353"


def trial(number, zxing=(), zbar=()):
    return Trial(np.full((1, 1), number, np.uint8), tuple(zxing), tuple(zbar))


def chosen(trials):
    return ranked(trials)[0].pixels[0, 0]


def test_the_crop_that_both_libraries_read_goes_out():
    assert chosen([trial(0), trial(1, [VIN]), trial(2, [VIN], [VIN]), trial(3, zbar=[VIN])]) == 2


def test_a_crop_that_is_read_otherwise_than_most_stays_here():
    assert chosen([trial(0, [OTHER]), trial(1, zbar=[VIN]), trial(2, [VIN])]) == 1


def test_a_crop_in_which_a_library_sees_two_symbols_stays_here():
    assert chosen([trial(0, [VIN, OTHER], [VIN, OTHER]), trial(1)]) == 1
    assert ranked([trial(0, [VIN, OTHER])]) == []


def test_both_libraries_must_read_the_same_and_nothing_else():
    assert trial(0, [VIN], [VIN]).agreed == VIN
    for one in (trial(0, [VIN]), trial(0, [VIN], [OTHER]), trial(0, [VIN, OTHER], [VIN])):
        assert one.agreed is None


def test_only_another_vin_contradicts_a_reading():
    assert trial(0, zbar=[OTHER]).contradicts(VIN)
    assert not trial(0, [VIN], ["ABC"]).contradicts(VIN)


def test_a_library_backs_only_what_it_reads_alone():
    assert list(trial(0, [VIN], [VIN]).backers(VIN)) == ["zxing", "zbar"]
    assert list(trial(0, [VIN, "ABC"], [OTHER]).backers(VIN)) == []


def test_a_text_that_only_looks_like_a_vin_gives_no_vote():
    misread = "1HGCM8263QA004352"
    assert chosen([trial(0), trial(1, [misread], [misread])]) == 0


def test_further_crops_are_small_many_and_all_different():
    row = np.repeat([[255, 24]], 950, axis=0).ravel().astype(np.float64)
    place = Place(tuple(np.linspace(60.0, 1840.0, 20).tolist()), 16.0)
    strip = Strip(np.repeat(row[None], 8, axis=0).astype(np.uint8), np.eye(3))
    crops = [spare.pixels for spare in spares_of(scan(strip, place))]
    assert len(crops) == SPARES_MAX
    assert len({pixels.tobytes() for pixels in crops}) == SPARES_MAX
    sizes = {pixels.shape[1] for pixels in crops}
    assert [round(max(sizes) / size, 2) for size in sorted(sizes)] == [1.25, 1.0]  # 5 and 4 px
