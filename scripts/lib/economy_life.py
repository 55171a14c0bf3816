"""One life of our lane on the economy's day: the real workers, from a start to an end or death."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from economy_channel import Channel, die_at_call
from economy_day import Day, Death, Visit
from economy_hand import PRESENTATION, Technician
from economy_pictures import Gallery
from economy_world import Film, LaneLife, Memory, Sender, World

from kiosk.clock import ManualClock
from kiosk.gate import UploadWhen
from kiosk.lane import Lane, LaneSettings
from kiosk.ledger.ledger import Ledger
from kiosk.lookout import Lookout
from kiosk.model import Event, EventKind
from kiosk.model.events import SCAN_ENDS
from kiosk.secret import Secret
from kiosk.service.client import ServiceClient, ServiceSettings
from kiosk.service.pacing import Pacing, PacingSettings
from kiosk.service.uploader import Uploader

LIMIT = 2000
MORNING = 1_789_970_400.0  # 2026-09-21, 06:00 UTC: the wall clock as the day begins
WINDOW_S = 600.0
AFTER_HOURS_S = 1200.0  # for the queue to empty
BEGIN_S = 60.0  # of monotonic time, when the lane first looks
_CLOCK_SET_S = 60.0  # after a boot without a battery: the network is there


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a life begins: in the day, on the clock, and what it finds at the lane."""

    day_time: float = 0.0
    monotonic: float = BEGIN_S
    wall: float = MORNING
    boot: int = 1
    is_set: bool = True
    true_wall: float = MORNING
    visit: Visit | None = None  # a car that waits for a word, or for its leaving
    is_answered: bool = False
    deaths: tuple[Death, ...] = ()  # still to come


class Life:
    """From a start of the lane to its end, in the process that lives it."""

    def __init__(
        self,
        day: Day,
        mode: str,
        gallery: Gallery,
        state_dir: Path,
        begins: Beginning,
        channel: Channel,
    ) -> None:
        self._day, self._mode, self._begins, self._channel = day, mode, begins, channel
        self._clock = ManualClock(
            monotonic=begins.monotonic,
            wall=begins.wall,
            boot_id=f"boot-{begins.boot}",
            is_set=begins.is_set,
        )
        self._world = World(self._clock)
        self._film = Film(self._world, gallery)
        self._ledger = Ledger.open(
            state_dir, self._clock, rescan_window_s=WINDOW_S, daily_credit_limit=LIMIT
        )
        self._uploader = self._make_uploader(channel.ask("url"))
        self._sender = Sender(self._world, self._uploader, self._after_sending)
        self._lane = self._make_lane()
        self._hand = Technician(self._world, self._lane.press, mode)
        self._life = LaneLife(self._world)
        self._visit: Visit | None = None
        self._pressed_for: Visit | None = None  # while a press is scanned: who stood there then
        self._lost_from: int | None = None  # requests before an outage that is to begin

    def live(self) -> None:
        """Live through the rest of the day, or up to the death that is set."""
        self._plan_visits()
        self._plan_troubles()
        if not self._begins.is_set:
            self._world.at(self._world.now + _CLOCK_SET_S, self._set_clock)
        if self._mode != PRESENTATION:
            self._ledger.sightings.close_all()
        self._sender.start()
        self._uploader.notify()
        self._at(self._day.ends + AFTER_HOURS_S, self._life.stop)
        self._lane.run(self._life)
        self._ledger.close()

    # ---- parts ----------------------------------------------------------------------------

    def _make_uploader(self, url: str) -> Uploader:
        settings = ServiceSettings(url)
        dice = random.Random(self._day.seed)  # noqa: S311 - jitter that repeats
        return Uploader(
            self._ledger,
            ServiceClient(settings, Secret("economy"), self._clock),
            Pacing(
                PacingSettings(),
                dice,
                doubts=self._ledger.doubts_in_row(),
                now=self._clock.monotonic(),
            ),
            self._clock,
            self._hear,
            longest_attempt_s=settings.longest_attempt_s,
        )

    def _make_lane(self) -> Lane:
        eye, expect = Memory(self._world), self._uploader.expect
        around = self._ledger, self._clock, self._hear, expect
        lookout = None
        if self._mode == PRESENTATION:
            lookout = Lookout(UploadWhen.LOCATED, self._film, eye, *around)
        return Lane(LaneSettings(), self._film, eye, *around, lookout)

    # ---- the day --------------------------------------------------------------------------

    def _monotonic(self, day_time: float) -> float:
        return day_time - self._begins.day_time + self._begins.monotonic

    @property
    def _day_time(self) -> float:
        return self._world.now - self._begins.monotonic + self._begins.day_time

    def _at(self, day_time: float, act: Callable[[], object]) -> None:
        if day_time >= self._begins.day_time:
            self._world.at(self._monotonic(day_time), act)

    def _plan_visits(self) -> None:
        standing = self._begins.visit
        for visit in self._day.visits:
            self._at(visit.arrives, lambda visit=visit: self._comes(visit))
            self._at(visit.leaves, self._leaves)
        if standing is not None:
            self._show(standing)
            if not self._begins.is_answered:
                self._hand.stays(standing)
        for press in self._day.empty_presses:
            self._at(press, self._hand.press)

    def _comes(self, visit: Visit) -> None:
        deaths = self._begins.deaths
        if deaths and visit.number == deaths[0].visit:
            self._world.on_advance = self._tell_time
            self._tell_time()
            die_at_call(deaths[0].call)
        self._show(visit)
        self._hand.comes(visit, self._monotonic)

    def _show(self, visit: Visit | None) -> None:
        self._visit = visit
        self._film.show(visit)

    def _leaves(self) -> None:
        self._show(None)
        self._hand.leaves()

    def _plan_troubles(self) -> None:
        for outage in self._day.outages:
            length = outage.ends - outage.begins
            self._at(outage.begins, lambda length=length: self._lose(length))
        empty, ask = self._day.empty_account, self._channel.ask
        self._at(empty.begins, lambda: ask("credits", 0))
        self._at(empty.ends, self._top_up)

    def _lose(self, length: float) -> None:
        """Let the next request's answer be lost, and then the service be out of reach."""
        self._outage_s = length
        self._lost_from = self._channel.ask("requests")
        self._channel.ask("lose")

    def _after_sending(self) -> None:
        if self._lost_from is None or self._channel.ask("requests") == self._lost_from:
            return
        self._lost_from = None
        self._channel.ask("close")
        self._world.at(self._world.now + self._outage_s, lambda: self._channel.ask("open"))

    def _top_up(self) -> None:
        self._channel.ask("credits", LIMIT)
        self._ledger.resume("office")
        self._uploader.resumed()

    def _set_clock(self) -> None:
        passed = self._world.now - self._begins.monotonic
        self._clock.set_wall(self._begins.true_wall + passed)

    # ---- word to those who count ----------------------------------------------------------

    def _tell_time(self) -> None:
        passed = self._world.now - self._begins.monotonic
        self._channel.note(
            {
                "day_time": self._day_time,
                "monotonic": self._world.now,
                "wall": self._begins.true_wall + passed,
            }
        )

    def _hear(self, event: Event) -> None:
        if event.kind is EventKind.SCANNING:
            self._pressed_for = self._visit
        visit = self._pressed_for or self._visit
        self._channel.note(
            {
                "kind": event.kind.value,
                "visit": None if visit is None else visit.number,
                "day_time": self._day_time,
                "monotonic": self._world.now,
                "wall": self._begins.true_wall + self._world.now - self._begins.monotonic,
                "scan": event.scan_id,
                "submission": None if event.submission is None else event.submission.id,
                "sha256": None if event.submission is None else event.submission.sha256,
            }
        )
        if event.kind in SCAN_ENDS:
            self._pressed_for = None
        self._hand.hears(event)
