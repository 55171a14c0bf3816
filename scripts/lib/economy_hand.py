"""The person at the lane: presses, reads the display, and does what it asks for."""

from collections.abc import Callable

from economy_day import Visit
from economy_world import World

from kiosk.model import Event, EventKind, Trigger
from kiosk.model.events import SCAN_ENDS
from kiosk.telling import HAND

PRESENTATION = "presentation"
CONSENT_S = 2.0  # to read PRESS AGAIN TO PAY
_ASKED_S = 1.5  # to read PRESS THE BUTTON
_PATIENCE_S = 7.0  # in presentation mode: a car of which the display says nothing is pressed for
_READY_S = 2.0  # after a restart: to see that the lane is ready


class Technician:
    """Stands there all day. In button mode every car is pressed for.

    PRESS AGAIN TO PAY is taken up, unless this car's own label was accepted a moment ago. In
    presentation mode nobody presses but who is asked to, an impatient hand (where a car would be
    pressed for twice in button mode), and whoever sees that the display says nothing.
    """

    def __init__(self, world: World, press: Callable[[Trigger], object], mode: str) -> None:
        self._world = world
        self._press = press
        self._mode = mode
        self._visit: Visit | None = None
        self._is_answered = False
        self._is_accepted = False

    def comes(self, visit: Visit, to_monotonic: Callable[[float], float]) -> None:
        """Begin with a car that came before the camera."""
        self._begin(visit)
        if self._mode != PRESENTATION:
            presses: tuple[float, ...] = visit.presses
        else:
            presses = () if visit.second_press is None else (visit.press,)
            self._doubt_at(to_monotonic(visit.press) + _PATIENCE_S)
        for at in presses:
            self._press_at(to_monotonic(at))

    def stays(self, visit: Visit) -> None:
        """Go on, after a restart, with a car of which the display has not said a word."""
        self._begin(visit)
        if self._mode == PRESENTATION:
            self._doubt_at(self._world.now + _PATIENCE_S)
        else:
            self._press_at(self._world.now + _READY_S)

    def leaves(self) -> None:
        """See it go."""
        self._visit = None

    def press(self) -> None:
        """Press now."""
        self._press(Trigger(HAND, self._world.now))

    def hears(self, event: Event) -> None:
        """Read what the display says at a scan's end."""
        if event.kind not in SCAN_ENDS or self._visit is None:
            return
        self._is_answered = True
        self._is_accepted = self._is_accepted or event.kind is EventKind.ACCEPTED
        if event.kind is EventKind.ASK_FIRST and not self._is_accepted:
            self._press_at(self._world.now + CONSENT_S)
        elif event.kind is EventKind.PRESS_BUTTON:
            self._press_at(self._world.now + _ASKED_S)

    def _begin(self, visit: Visit) -> None:
        self._visit = visit
        self._is_answered = self._is_accepted = False

    def _press_at(self, when: float) -> None:
        visit = self._visit

        def press() -> None:
            if self._visit is visit:
                self.press()

        self._world.at(when, press)

    def _doubt_at(self, when: float) -> None:
        visit = self._visit

        def doubt() -> None:
            if self._visit is visit and not self._is_answered:
                self.press()

        self._world.at(when, doubt)
