"""Modelled time for the economy's day, and the real workers' waits driven by it.

Nothing here decides anything of the lane's: it turns the hands of the clock, gives the frames that
a camera would give, and lets the lane and the uploader run whenever they would have woken.
"""

import heapq
import itertools
import math
from collections.abc import Callable

from economy_day import Visit
from economy_pictures import Gallery, Picture

from kiosk.camera.slot import LatestFrame
from kiosk.clock import ManualClock
from kiosk.model import Frame, Reading
from kiosk.service.uploader import Uploader
from kiosk.supervisor import Life

LOOK_S = 0.06  # what the prefilter takes for a picture
REQUEST_S = 0.7  # after a scan its request has been answered
FPS = 15
_ALWAYS = math.inf

Act = Callable[[], None]


class World:
    """The hands of the clock, and what is to happen when (monotonic seconds)."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.on_advance: Act = lambda: None
        self._acts: list[tuple[float, int, Act]] = []
        self._order = itertools.count()

    @property
    def now(self) -> float:
        """Monotonic seconds."""
        return self.clock.monotonic()

    def at(self, when: float, act: Act) -> None:
        """Do something when it is time."""
        heapq.heappush(self._acts, (when, next(self._order), act))

    def advance_to(self, end: float, until: Callable[[], bool] | None = None) -> None:
        """Let time pass, and everything happen that is due; ``until`` ends the wait early."""
        while self._acts and self._acts[0][0] <= end:
            when, _, act = heapq.heappop(self._acts)
            self._turn_to(when)
            act()
            if until is not None and until():
                return
        self._turn_to(end)

    def _turn_to(self, when: float) -> None:
        if when > self.now:
            self.clock.advance(when - self.now)
        self.on_advance()


class LaneLife(Life):
    """The lane's side of the supervisor: its waits are the day's passing."""

    def __init__(self, world: World) -> None:
        super().__init__("lane", world.clock)
        self._world = world
        self._nudged = False

    def wait(self, seconds: float) -> bool:
        """Let time pass until nudged, stopped or ``seconds`` are over."""
        self.beat()
        self._world.advance_to(self._world.now + seconds, self._is_woken)
        self._nudged = False
        return self.stopping.is_set()

    def nudge(self) -> None:
        """Wake it."""
        self._nudged = True

    def _is_woken(self) -> bool:
        return self._nudged or self.stopping.is_set()


class _Burst(Life):
    """The uploader's side: it runs until it would wait, and so for no modelled time at all."""

    def __init__(self, world: World, on_nudge: Act) -> None:
        super().__init__("uploader", world.clock)
        self.wished_s = 0.0
        self._on_nudge = on_nudge

    def wait(self, seconds: float) -> bool:
        """End the burst where it would wait, and note for how long."""
        if seconds > 0:
            self.wished_s = seconds
            self.stopping.set()
        return self.stopping.is_set()

    def nudge(self) -> None:
        """Have another burst soon."""
        self._on_nudge()


class Sender:
    """Runs the uploader whenever it would have woken; ``after`` each time it did."""

    def __init__(self, world: World, uploader: Uploader, after: Act) -> None:
        self._world = world
        self._uploader = uploader
        self._after = after
        self._due = _ALWAYS

    def start(self) -> None:
        """Let it look at what there is."""
        self._plan(self._world.now)

    def nudge(self) -> None:
        """Let a request be answered soon."""
        self._plan(self._world.now + REQUEST_S)

    def _plan(self, when: float) -> None:
        if when < self._due:
            self._due = when
            self._world.at(when, lambda: self._run(when))

    def _run(self, planned: float) -> None:
        if planned != self._due:
            return  # an earlier run has taken its place
        self._due = _ALWAYS
        burst = _Burst(self._world, self.nudge)
        self._uploader.run(burst)
        self._after()
        self._plan(self._world.now + burst.wished_s)


class Film(LatestFrame):
    """The camera: fifteen frames a second of whatever stands before it, each looked at once."""

    def __init__(self, world: World, gallery: Gallery) -> None:
        super().__init__(world.clock)
        self._world = world
        self._gallery = gallery
        self._visit: Visit | None = None
        self._looks = 0

    @property
    def problem(self) -> str | None:
        """This camera never fails."""
        return None

    def show(self, visit: Visit | None) -> None:
        """Let a car stand there, or none."""
        self._visit = visit
        self._looks = 0

    def newer_than(self, taken_after: float, deadline: float) -> Frame | None:
        """Let time pass until there is a frame taken later, or until the deadline."""
        number = math.floor(self._world.now * FPS)
        while number / FPS <= taken_after:
            number += 1
        if number / FPS > max(deadline, self._world.now):
            self._world.advance_to(deadline)
            return None
        self._world.advance_to(number / FPS)
        return Frame(self._look, number / FPS, number)

    def _look(self) -> Picture:
        picture = self._gallery.picture(self._visit, self._looks)
        self._looks += 1
        return picture


class Memory:
    """The prefilter's readings of pictures that it has read before; a look takes LOOK_S."""

    def __init__(self, world: World) -> None:
        self._world = world

    def examine(self, image: Picture) -> Reading:
        """Say what the prefilter said of this picture."""
        self._world.advance_to(self._world.now + LOOK_S)
        return image.reading
