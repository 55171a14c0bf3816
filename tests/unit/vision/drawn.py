"""Profiles of Code 39 symbols drawn from exact edges, and where their cells truly lie."""

import random
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from kiosk.simulate.code39 import GUARD, PATTERNS
from kiosk.simulate.vins import random_vin
from kiosk.vision.profile import soften

FINER = 8  # samples drawn a sample of the profile
PAPER, INK = 200.0, 40.0

vins = st.builds(
    lambda seed, european: random_vin(random.Random(seed), european=european),
    st.integers(0, 9999),
    st.booleans(),
)
"""VINs as labels hold them: of makers that there are, not seventeen times the same character."""

texts = st.builds("{}{}".format, st.sampled_from(["", "I"]), vins)
"""The same, some behind the data identifier."""


@dataclass(frozen=True)
class Drawn:
    """A profile, and the edges of its symbol's cells, in samples from left to right."""

    line: np.ndarray
    edges: np.ndarray

    def turned(self):
        end = self.line.size - 1.0
        return Drawn(self.line[::-1].copy(), end - self.edges)

    def inverted(self):
        return Drawn(PAPER + INK - self.line, self.edges)


def patterns_of(chars):
    """The elements, narrow 0 and wide 1, of a row of characters; ``*`` may be among them."""
    return "0".join(GUARD if char == "*" else PATTERNS[char] for char in chars)


def drawn(
    text,
    *,
    module=4.0,
    ratio=2.5,
    blur=0.5,
    smear=0.0,
    noise=0.0,
    seed=0,
    quiet=10.0,
    before="",
    after="",
    left=(),
    right=(),
    bend=0.0,
):
    """Draw ``*text*`` between quiet zones.

    ``blur``, ``smear`` and ``quiet`` are in modules. ``before`` and ``after`` are characters that
    follow without a quiet zone; ``left`` and ``right`` are widths in modules beyond the quiet
    zones, dark and light by turns, dark next to the symbol. ``bend`` moves the middle, in cells.
    """
    row = patterns_of(f"{before}*{text}*{after}")
    bars = [ratio if element == "1" else 1.0 for element in row]
    paper = 4.0
    widths = [paper, *reversed(left), quiet, *bars, quiet, *right, paper]
    dark = [False, *(i % 2 == 0 for i in reversed(range(len(left)))), False]
    dark += [i % 2 == 0 for i in range(len(bars))]
    dark += [False, *(i % 2 == 0 for i in range(len(right))), False]
    edges = np.concatenate([[0.0], np.cumsum(widths)])
    pitch = 7.0 + 3.0 * ratio
    first = paper + sum(left) + quiet - 0.5 + len(before) * pitch
    cells = first + pitch * np.arange(len(text) + 3)
    warp = _bent(cells[0], cells[-1], bend * pitch)
    size = int(edges[-1] * module)
    at = np.rint(warp(edges) * module * FINER).astype(int).clip(0, size * FINER)
    fine = np.full(size * FINER, PAPER)
    for begin, end, is_dark in zip(at[:-1], at[1:], dark, strict=True):
        if is_dark:
            fine[begin:end] = INK
    fine = soften(fine, blur * module * FINER)
    if smear:
        box = np.ones(max(1, round(smear * module * FINER)))
        padded = np.pad(fine, box.size, mode="edge")
        fine = np.convolve(padded, box / box.size, mode="same")[box.size : -box.size]
    line = fine.reshape(-1, FINER).mean(axis=1)
    if noise:
        line = line + np.random.default_rng(seed).normal(0.0, noise, line.size)
    return Drawn(line, warp(cells) * module - 0.5)


def _bent(first, last, by):
    """Move what lies between two places along a parabola, ``by`` at most; the rest stays."""

    def warp(x):
        u = np.clip((x - first) / (last - first), 0.0, 1.0)
        return x + 4.0 * by * u * (1.0 - u)

    return warp
