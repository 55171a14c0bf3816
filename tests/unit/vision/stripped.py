"""A region's strips in one row, and a strip's profiles one by one, as tests ask for them."""

from itertools import chain

from kiosk.vision.profile import profiles_of
from kiosk.vision.rectify import rows_of_bars


def straighten(grey, region):
    """Yield all strips of all rows of bars in and about a region, row by row."""
    return chain.from_iterable(rows_of_bars(grey, region))


def profile_of(pixels):
    return profiles_of(pixels).whole


def halves_of(pixels):
    both = profiles_of(pixels)
    return both.upper, both.lower
