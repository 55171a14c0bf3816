"""A disk that fills up in each phase of a picture's way through the real daemon, and is freed.

What was called saved stays, what was paid for is written, the display says that the disk is full
and heals. More of it, with kills on the full disk: `scripts/torture full`.
"""

from full_lane import FullLane
from mutants.full import PHASES
from small_disk import on_a_small_disk

MIB = 16


def test_a_full_disk_in_every_phase_costs_nothing(tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    said = tmp_path / "said"

    def act(mounted):
        with FullLane(tmp_path, mounted, seed=1) as lane, said.open("w") as file:
            for phase in PHASES:
                print(*lane.fills_at(phase), sep="\n", end="", file=file)
            verdict = lane.verdict()
            print("" if verdict.faultless and not verdict.doubts else verdict, end="", file=file)

    on_a_small_disk(state, act, mib=MIB)
    assert said.read_text() == ""
