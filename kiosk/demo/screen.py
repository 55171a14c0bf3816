"""The demo in a terminal: the camera's view, the glass as a technician sees it, and behind it."""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

import cv2
import numpy as np
from rich.align import Align
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.style import Style
from rich.table import Table
from rich.text import Text

from kiosk.announcer import describe
from kiosk.demo.keyboard import quiet_keyboard, wait_for_enter
from kiosk.demo.plot import Shown, Step
from kiosk.model import Event, EventKind, Image
from kiosk.station.codecs.lights import Lamps
from kiosk.station.codecs.text import Lines
from kiosk.vision.picture import decode_picture

COLUMNS, ROWS = 104, 30  # what the screen needs of a terminal
_VIEW_COLUMNS = 52  # of the camera's picture; two pixels stand in one character
_VIEW_ROWS = 15
_CROP_COLUMNS = 42
_LOG_LINES = 9
_GREY = 2  # dimensions of a grey picture
_GLASS = Style(color="#7fffd4", bgcolor="#04211a", bold=True)
_MOOD = {
    EventKind.RECOGNIZED: "green",
    EventKind.ACCEPTED: "cyan",
    EventKind.WAITING: "yellow",
    EventKind.PAUSED: "red",
    EventKind.SERVICE_LOST: "red",
    EventKind.SERVICE_BACK: "green",
    EventKind.ALREADY_SCANNED: "yellow",
}


class Screen:
    """Shows the demo live (Teller). ``once``: plays by itself; else Enter is the button."""

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
        self._log: deque[Text] = deque(maxlen=_LOG_LINES)
        self._picture: RenderableType = Text("")
        self._crop: RenderableType = Text("")
        self._title = ""
        self._progress = ""
        self._waiting = False
        self._started = time.monotonic()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def live(self) -> Iterator[None]:
        """Keep the screen painted while the demo plays."""
        with (
            quiet_keyboard(),
            Live(get_renderable=self._render, console=self._console, refresh_per_second=12),
        ):
            yield

    def step(self, number: int, of: int, step: Step) -> None:
        """Say what happens next."""
        self._title, self._progress = step.title, f"{number}/{of}"
        self._crop = Text("")
        if step.act is not None:
            self._note(Text(f"≫ {step.title}", style="bold magenta"))

    def view(self, shown: Shown) -> None:
        """Show what the camera sees now."""
        self._picture = half_blocks(shown.scene.image, _VIEW_COLUMNS)

    def wait_for_button(self) -> None:
        """Wait for Enter, or a moment where the demo plays by itself."""
        if self._once:
            time.sleep(0.7)  # for the eye: a person should see the view before the press
            return
        self._waiting = True
        wait_for_enter()
        self._waiting = False

    def linger(self) -> None:
        """Leave a moment to look at the result."""
        time.sleep(1.0 if self._once else 0.4)

    def hear(self, event: Event) -> None:
        """Add an event to what happens behind the glass."""
        self._note(Text(describe(event), style=_MOOD.get(event.kind, "white")))
        if event.kind is EventKind.ACCEPTED and event.reading and event.reading.crop:
            crop = event.reading.crop
            picture = decode_picture(crop.data)
            caption = f"all that is uploaded: {crop.width}×{crop.height}, {len(crop.data)} bytes"
            self._crop = Group(half_blocks(picture, _CROP_COLUMNS), Text(caption, style="dim"))

    def _note(self, text: Text) -> None:
        stamp = Text(f"{time.monotonic() - self._started:6.2f} s  ", style="dim")
        with self._lock:
            self._log.append(stamp + text)

    def _render(self) -> RenderableType:
        with self._lock:
            behind = list(self._log)
        behind += [Text("")] * (_LOG_LINES - len(behind))
        glass = Text("\n".join(f" {row:<20} " for row in self._glass()), style=_GLASS)
        hint = "press [bold]Enter[/]: it is the button (Ctrl-C ends)" if self._waiting else " "
        station = Group(
            Align.center(Panel(glass, expand=False, border_style="bright_black")),
            Align.center(_light(self._lamps())),
            Align.center(Text.from_markup(hint)),
            Text(self._title, style="bold"),
            Text(""),
            self._crop,
        )
        top = Table.grid(expand=True)
        top.add_column(width=_VIEW_COLUMNS + 4)
        top.add_column(ratio=1)
        top.add_row(
            _panel(self._picture, "the camera's view"),
            _panel(station, f"the station · {self._progress}"),
        )
        log = Panel(
            Group(*(self._cut(line) for line in behind)),
            title="behind it",
            border_style="bright_black",
        )
        return Group(top, log)

    def _cut(self, line: Text) -> Text:
        line = line.copy()
        line.truncate(self._console.width - 4, overflow="ellipsis")
        return line


def _light(lamps: Lamps) -> Text:
    """Draw the stack light on its side."""
    text = Text("light  ", style="dim")
    for colour in ("red", "yellow", "green"):
        is_lit = getattr(lamps, colour)
        text.append("● " if is_lit else "○ ", f"bold {colour}" if is_lit else "bright_black")
    return text.append("♪" if lamps.buzzer else " ")


def _panel(content: RenderableType, title: str) -> Panel:
    return Panel(content, title=title, border_style="bright_black", height=_VIEW_ROWS + 2)


def half_blocks(image: Image, columns: int) -> Text:
    """Draw a picture (H×W or H×W×3 BGR, uint8) with half blocks, two pixels a character."""
    height, width = image.shape[:2]
    rows = max(2, round(columns * height / width / 2) * 2)
    colour = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == _GREY else image
    small = cv2.resize(colour, (columns, rows), interpolation=cv2.INTER_AREA)
    text = Text(no_wrap=True)
    for upper, lower in zip(small[0::2], small[1::2], strict=True):
        for above, below in zip(upper, lower, strict=True):
            text.append("▀", Style(color=_colour(above), bgcolor=_colour(below)))
        text.append("\n")
    text.right_crop(1)
    return text


def _colour(bgr: np.ndarray) -> str:
    blue, green, red = (int(value) for value in bgr)
    return f"#{red:02x}{green:02x}{blue:02x}"
