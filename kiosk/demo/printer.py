"""The demo without a screen: one line for each thing that happens."""

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console

from kiosk.announcer import describe
from kiosk.demo.keyboard import wait_for_enter
from kiosk.demo.plot import Shown, Step
from kiosk.model import Event
from kiosk.station.codecs.lights import Lamps
from kiosk.station.codecs.text import Lines


class Printer:
    """Tells the demo where there is no terminal, or too small a one (Teller)."""

    def __init__(
        self,
        console: Console,
        glass: Callable[[], Lines],
        lamps: Callable[[], Lamps],
        *,
        once: bool,
    ) -> None:
        self._console = console
        self._glass = glass
        self._lamps = lamps
        self._once = once
        self._reader_gone = False

    @contextlib.contextmanager
    def live(self) -> Iterator[None]:
        """Nothing to keep painted."""
        yield

    def step(self, number: int, of: int, step: Step) -> None:
        """Say what happens next. Raises BrokenPipeError once nobody reads any more."""
        if self._reader_gone:
            raise BrokenPipeError
        self._say(f"{number}/{of} {step.title}")

    def view(self, shown: Shown) -> None:
        """Say what stands in the lane."""
        if shown.code is not None:
            self._say(f"      scanned by hand: {shown.code}")
        else:
            self._say(f"      on the label: {shown.scene.text or 'no barcode'}")

    def wait_for_button(self) -> None:
        """Wait for Enter, where the demo does not play by itself."""
        if not self._once:
            self._say("      press Enter: it is the button (Ctrl-C ends)")
            wait_for_enter()

    def linger(self) -> None:
        """Say what stands on the glass."""
        upper, lower = self._glass()
        lamps = self._lamps()
        lit = [name for name in ("red", "yellow", "green") if getattr(lamps, name)]
        self._say(f"      on the glass: [{upper:<20}] [{lower:<20}]  light: {' '.join(lit) or '–'}")

    def hear(self, event: Event) -> None:
        """Print what happens behind the glass."""
        self._say(f"      {describe(event)}")

    def _say(self, text: str) -> None:
        # Events come on the lane's own threads, which a closed pipe must not end.
        try:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)
        except (BrokenPipeError, SystemExit):  # rich turns the one into the other
            self._reader_gone = True
