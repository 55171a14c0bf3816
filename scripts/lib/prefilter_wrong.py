"""What must never happen, counted: wrong VINs, and uploads of what is no VIN label."""

from collections.abc import Callable, Iterator, Sequence

from figures import Figure
from prefilter_scene import Row
from prefilter_scores import not_judged, share

from kiosk.simulate.spec import Symbology
from kiosk.vin import VIN_LENGTH, vin_of

SCENES = 5000
"""With a label, and as many without: fewer are not judged."""

_WASTED_MAX = 1.0


def wrong_figures(rows: Sequence[Row]) -> Iterator[Figure]:
    """Yield the wrong VINs with and without a label, and the uploads that were for nothing.

    Part numbers that keep every rule of VINs are told apart, and are in no other count.
    """
    labelled = [row for row in rows if row.text is not None and row.second is None]
    without = [row for row in rows if row.text is None and not row.keeps_all]
    alike = [row for row in rows if row.keeps_all]
    yield _wrong(f"{len(labelled):,} scenes with a label", labelled, _short_of(labelled))
    yield _wrong(f"{len(without):,} scenes without a VIN label", without, _short_of(without))
    textured = [row for row in without if row.holds is None]
    other = [row for row in without if row.holds is not None]
    codes = f"of these, {len(other):,} with other codes, each of which breaks a rule of VINs"
    yield _wrong(codes, other, _short_of(without))
    if alike:
        yield from _alike(alike)
    for name, group in (("no code in view", textured), ("other codes in view", other)):
        yield _wasted(name, group, _short_of(without))
    if alike:
        wasted = share([*without, *alike], lambda row: row.uploaded)
        detail = f"{wasted.hits} of {wasted.total:,}, with the codes that no rule tells from VINs"
        yield Figure("wasted uploads, all of these together", wasted.percent, "%", None, detail)


def _alike(rows: Sequence[Row]) -> Iterator[Figure]:
    """Tell what became of part numbers that keep every rule of VINs: read rightly, they are VINs.

    One that is read as something else is as wrong as anywhere.
    """
    taken, wrong = share(rows, lambda row: row.is_taken), share(rows, lambda row: row.is_wrong)
    detail = (
        f"17-character part numbers that follow the VIN standard in every rule: {taken.hits} of"
        f" {taken.total} were taken for VINs (no rule can tell); on top of the scenes above"
    )
    yield Figure("part numbers taken for VINs", taken.hits, "", None, detail)
    detail = f"of the same {wrong.total}: a VIN that is not printed there"
    yield Figure("wrong VINs, part numbers that follow the standard", wrong.hits, "", 0, detail)


def _short_of(rows: Sequence[Row]) -> str:
    """Say why a verdict cannot be given, or nothing where it can."""
    return "" if len(rows) >= SCENES else not_judged(len(rows), SCENES)


def _wrong(name: str, rows: Sequence[Row], short: str) -> Figure:
    wrong = share(rows, lambda row: row.is_wrong)
    rule = "" if wrong.hits else f" (rule of three: 3 in {wrong.total:,})"
    bound = f"the rate is below {wrong.bound:.3f} % at 95 %{rule}"
    return Figure(f"wrong VINs, {name}", wrong.hits, "", 0, short or bound, judged=not short)


def _wasted(name: str, rows: Sequence[Row], short: str) -> Figure:
    wasted = share(rows, lambda row: row.uploaded)
    detail = f"{wasted.hits} of {wasted.total:,}, below {wasted.bound:.2f} % at 95 %"
    if short:
        detail += f"; {short}"
    return Figure(
        f"wasted uploads, {name}", wasted.percent, "%", _WASTED_MAX, detail, judged=not short
    )


KINDS: dict[str, Callable[[Row], bool]] = {
    "Code 39, keeps every rule of VINs": lambda row: row.keeps_all,
    "Code 39, 17 characters, breaks one": lambda row: _breaks(row) and _is_long(row),
    "Code 39, fewer or more": lambda row: _breaks(row) and not _is_long(row),
    "other symbology, with a VIN": lambda row: not _is_code39(row) and _holds_vin(row),
    "other symbology, without": lambda row: not _is_code39(row) and not _holds_vin(row),
}
"""The other codes, by what may be mistaken in them."""


def _is_code39(row: Row) -> bool:
    return row.code == Symbology.CODE39


def _breaks(row: Row) -> bool:
    return _is_code39(row) and not row.keeps_all


def _is_long(row: Row) -> bool:
    return len(row.holds or "") == VIN_LENGTH


def _holds_vin(row: Row) -> bool:
    return vin_of(row.holds or "") is not None
