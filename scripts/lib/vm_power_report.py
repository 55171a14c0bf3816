"""What power cuts came to: lines while they run, and the figures at the end."""

import datetime as dt
import json
import sys
from dataclasses import dataclass, field

from vm_power_judge import Outcome

NO_CONTROL = "none"


@dataclass(slots=True)
class Round:
    """Cuts of one lane. ``failure``: why there were no more, where something else went wrong."""

    control: str
    seed: int
    outcomes: list[Outcome] = field(default_factory=list)
    failure: str | None = None
    minutes: float = 0.0

    @property
    def bad(self) -> int:
        """Count the cuts after which a promise was broken."""
        return sum(not outcome.good for outcome in self.outcomes)

    @property
    def true_cuts(self) -> int:
        """Count the cuts that lost what nobody had synced."""
        return sum(outcome.unsynced_lost for outcome in self.outcomes)

    @property
    def well(self) -> bool:
        """Tell whether no promise was broken, or a control's mistake showed.

        Cuts of which none lost what nobody had synced were none. (One alone may have come just
        after the kernel had written everything.)
        """
        sound = self.control == NO_CONTROL
        return self.failure is None and self.true_cuts > 0 and (self.bad == 0) == sound

    @property
    def line(self) -> str:
        """Say it in one line, with the date."""
        control = "" if self.control == NO_CONTROL else f", control {self.control}"
        facts = words(total(self.outcomes)) if self.outcomes else "no figures"
        return (
            f"{dt.date.today()} power (seed {self.seed}{control}, {self.minutes:.1f} min):"  # noqa: DTZ011 - the reader's own day
            f" {len(self.outcomes)} cuts, {self.true_cuts} of them lost what nobody had synced,"
            f" {facts}; {self.bad} bad verdicts"
            f"{f'; ENDED BY: {self.failure}' if self.failure else ''}"
            f"{'' if self.well else '; NOT WELL'}"
        )

    @property
    def object(self) -> str:
        """Say it as a JSON object."""
        head = {
            "date": str(dt.date.today()),  # noqa: DTZ011 - the reader's own day
            "control": self.control,
            "seed": self.seed,
            "minutes": round(self.minutes, 1),
            "cuts": len(self.outcomes),
            "true_cuts": self.true_cuts,
            "bad": self.bad,
        }
        return json.dumps(
            head | total(self.outcomes) | {"failure": self.failure, "well": self.well}
        )


def total(outcomes: list[Outcome]) -> dict[str, int]:
    """Add up many outcomes."""
    facts = [outcome.facts for outcome in outcomes]
    return {name: sum(one[name] for one in facts) for name in facts[0]} if facts else {}


def words(facts: dict[str, int]) -> str:
    """Say an outcome's figures in a line."""
    return (
        f"{facts['acknowledged']} scans acknowledged, {facts['requests']} requests,"
        f" {facts['charged']} charged: {facts['lost']} lost, {facts['paid_twice']} paid twice,"
        f" {facts['not_in_the_ledger']} not in the ledger, {facts['out_of_order']} out of order,"
        f" {facts['in_doubt']} in doubt, {facts['complaints']} taken for damage"
    )


def say_progress(number: int, cuts: int, seconds: float, outcome: Outcome) -> None:
    """Tell of one cut, and how long the rest will take; ``seconds``: for all until now."""
    left = seconds / number * (cuts - number) / 60
    say(
        f"cut {number} of {cuts}: {words(outcome.facts)}"
        f"{'' if outcome.unsynced_lost else '; what nobody synced was all there'}"
        f" ({seconds / number:.0f} s a cut, {left:.0f} min left)"
    )
    for verdict in (outcome.left, outcome.later):
        if not verdict.faultless:
            say(f"  {verdict}")
    for complaint in outcome.complaints:
        say(f"  {complaint}")


def say(text: str) -> None:
    """Tell it at once, beside the figures."""
    print(f"power: {text}", file=sys.stderr, flush=True)
