"""The page of `scripts/bench economy`: how it is done, the clients side by side, and the plot."""

from collections.abc import Sequence

import economy_channel
import economy_hand
import economy_life
import economy_naive
import economy_pictures
import economy_world
from economy_books import Outcome
from economy_day import Day, Kind
from figures import grid
from svg import Axis, columns

_TICKS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0)


def comparison(outcomes: Sequence[Outcome]) -> str:
    """Lay the clients out side by side."""
    rows = [("", *(one.client for one in outcomes))]
    for name, say in (
        ("credits", lambda one: one.credits),
        ("credits per vehicle", lambda one: f"{one.per_vehicle:.3f}"),
        ("vehicles recognized by the service", lambda one: one.recognized),
        ("vehicles whose VIN is known", lambda one: one.known),
        ("credits per recognized vehicle", lambda one: f"{one.per_recognized:.3f}"),
        ("pictures paid twice", lambda one: one.pictures_twice),
        ("vehicles paid for more than once", lambda one: one.vehicles_twice),
        ("… because somebody pressed again when asked", lambda one: one.by_consent),
        ("… unread by one press, read by the next", lambda one: one.unread_then_read),
        ("vehicles paid for unread", lambda one: one.paid_unread),
        ("vehicles without a record", lambda one: one.no_record),
        ("Code 39 vehicles never paid for", lambda one: one.unsent),
        ("charges whose answer nobody has", lambda one: one.unknown),
        ("… told as in doubt", lambda one: "–" if one.doubts is None else one.doubts),
        ("requests", lambda one: one.requests),
        ("picture bytes received by the service", lambda one: f"{one.bytes:,}"),
    ):
        rows.append((name, *(str(say(one)) for one in outcomes)))
    parts = ["## Side by side", grid(rows)]
    if any(one.by_consent for one in outcomes):
        parts.append(_CONSENT)
    return "\n\n".join(parts)


def plot(outcomes: Sequence[Outcome]) -> str:
    """Draw the credits of each client."""
    rows = [
        ("per vehicle", [one.per_vehicle for one in outcomes]),
        ("per recognized vehicle", [one.per_recognized for one in outcomes]),
    ]
    highest = max(max(values) for _, values in rows)
    ticks = [tick for tick in _TICKS if tick < highest + 1]
    return columns(
        "Credits of a day", Axis("credits", ticks), rows, [one.client for one in outcomes]
    )


def how_it_is_done(day: Day, exposures: int) -> list[str]:
    """Say what is real, what is modelled, and what the other client does."""
    return [
        _of_the_day(day),
        _REAL,
        _MODELLED.format(
            look=economy_world.LOOK_S * 1000,
            request=economy_world.REQUEST_S,
            fps=economy_world.FPS,
        ),
        _PICTURES.format(
            seed=economy_pictures.FIRST_SEED,
            two=min(exposures, economy_pictures.EXPOSURES[Kind.CLEAR]),
            three=min(exposures, economy_pictures.EXPOSURES[Kind.HARD]),
        ),
        _HAND.format(consent=economy_hand.CONSENT_S),
        _NAIVE.format(
            tries=economy_naive.TRIES,
            timeout=economy_naive.TIMEOUT_S,
            pause=economy_naive.PAUSE_S,
        ),
    ]


def _of_the_day(day: Day) -> str:
    kinds = [vehicle.kind for vehicle in day.vehicles]
    outages = ", ".join(f"{(one.ends - one.begins) / 60:g}" for one in day.outages)
    return (
        f"The day (seed {day.seed}, {day.ends / 3600:.1f} hours) has {len(kinds)} vehicles:"
        f" {kinds.count(Kind.CLEAR)} clear, {kinds.count(Kind.NORMAL)} normal and"
        f" {kinds.count(Kind.HARD)} hard Code 39 labels, {kinds.count(Kind.OTHER)} that show the"
        f" VIN as Code 128, QR or Data Matrix, {kinds.count(Kind.NONE)} without a symbol."
        f" {sum(visit.again for visit in day.visits)} come twice within ten minutes;"
        f" {sum(visit.second_press is not None for visit in day.visits)} of"
        f" {len(day.visits)} visits have a double press; {len(day.empty_presses)} presses are of"
        f" an empty lane. The service is out of reach for {outages} minutes, its account empty for"
        f" {(day.empty_account.ends - day.empty_account.begins) / 60:g}, until somebody fills it"
        f" and resumes the queue. Each outage begins with a request whose answer is lost after the"
        f" charge. The account holds {economy_channel.ACCOUNT:,} credits and"
        f" `daily_credit_limit` is {economy_life.LIMIT:,}."
    )


_REAL = """\
Real are the prefilter's readings, the lane's and presentation mode's logic, the ledger with its
spent log, the uploader with its pauses and back-offs, the client and the sandbox over sockets. The
lane lives three lives, each a process of its own. The kill is a SIGKILL that a process gives itself
as it enters a call drawn from the seed: a statement of the database, a call of a file or a socket.
The power cut is the same, and then another boot: the monotonic clock begins anew, the wall clock is
ten minutes behind and not set for a minute. What the kernel had taken is still there: that nothing
unsynced is relied on is not shown here, but by the trials of reliability.md."""

_MODELLED = """\
Modelled is time alone: the clock's hands are turned by {fps} frames a second, a look of {look:g} ms
and an answer {request:g} s after its scan. A request itself takes no modelled time, and a backlog
none either. While the lane is down the cars wait. A picture whose bytes were read before is not
read again: its reading is known."""

_PICTURES = """\
A vehicle's label, pose and light are drawn from its level, seeds from {seed}, on which nothing was
tuned. Within a visit the label keeps its place: {two} exposures, of hard labels {three}, differ by
noise and motion; looks take them in turn and begin again with the first. A car that comes again
stands elsewhere in other light. The empty lane has three views, one of which each empty press sees;
they count as different pictures. The straightforward client sends the first exposure after its
press: the same bytes that our lane looks at first."""

_HAND = """\
In button mode somebody presses for each car, 1.5 to 3.5 s after it came; a double press follows
after 0.3 to 2.5 s, whatever the display says. PRESS AGAIN TO PAY is taken up after {consent:g} s,
unless this visit's label was accepted before. In presentation mode a hand presses when the display
asks for it, when it says nothing of a car for 7 s, and without need at the visits of the double
presses. What was in doubt is left in doubt. A record is a scan in the ledger that says what was
seen: no BUSY, no question."""

_CONSENT = """\
Who presses twice for a car that comes again has, by the rules, consented: the second press comes
within five seconds after ALREADY SCANNED. These credits are the price of that rule."""

_NAIVE = """\
The straightforward client is the service document's Python sample (JSON): each press uploads the
whole frame as it came from the camera. Where no result can be read it tries again, {tries} times in
all, {pause:g} s apart; on a dead line a try lasts {timeout:g} s. It knows nothing of earlier
presses. Presentation mode does not exist for it, since it sees nothing by itself. A record is a
result other than "insufficient balance". It is killed while it waits for an answer, and pressed for
again when it is back. The sandbox reads its frames, as it reads our crops, with zxing-cpp; the real
service may read more of them, so what counts are its credits, and only here what they bring."""
