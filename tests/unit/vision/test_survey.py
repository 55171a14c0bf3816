"""What is worth a look: what may be a VIN's symbol, and what a library reads at a glance."""

import numpy as np

from kiosk.model import Verdict
from kiosk.simulate.code39 import encode
from kiosk.vision.decode import make_ready
from kiosk.vision.locate import Region
from kiosk.vision.survey import looks_of


def test_a_clear_symbol_of_few_bars_is_looked_at_since_a_library_reads_it():
    row = [255] * 40
    for number, element in enumerate(encode("HELLO")):
        row += [255 if number % 2 else 30] * ((3 if element > 1 else 1) * 4)
    page = np.full((200, 700), 255, np.uint8)
    page[50:150, 60 : 60 + len(row)] = row
    right = 60 + len(row) + 40
    quad = np.array([[60, 50], [right, 50], [right, 150], [60, 150]], np.float32)
    make_ready()
    looks = looks_of(page, (Region(quad, 300.0, float(len(row)), 0.9),))
    assert [look.verdict for look in looks] == [Verdict.NOT_VIN]
