"""The station's worker: the display shows what is said, the button's bytes become triggers."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from kiosk.clock import Clock
from kiosk.model import Event, EventKind, Trigger
from kiosk.station.bulletin import Bulletin
from kiosk.station.codecs import codec_named
from kiosk.station.codecs.displays.display import Brightness
from kiosk.station.codecs.text import Lines
from kiosk.station.line import LineOwner
from kiosk.station.messages import Beginning, Mood
from kiosk.station.port import DISPLAY
from kiosk.supervisor import Life
from kiosk.triggers.debounce import RESTLESS, Debounce
from kiosk.triggers.echo import Echo

_LOG = logging.getLogger(__name__)
_REPAINT_S = 30.0  # a display that lost its supply, or a byte, shows the truth again after this
_EVER = 3600.0
_STUCK = "the button seems stuck: it repeats without end; presses are ignored"
_ECHO = "the display's line gives back what it is sent: that presses nothing"


@dataclass(frozen=True, slots=True)
class StationSettings:
    """The station's line: a device path (by-path keeps its name over a replug) and who is on it."""

    port: str
    baud: int = 9600
    display: str = "cd5220"  # a name of kiosk.station.codecs.DISPLAYS
    button: bytes | None = b"\r"  # what one press sends; None: the button is elsewhere
    begins_by: Beginning = Beginning.BUTTON
    brightness: Brightness | None = None  # None: as the display comes
    language: str = "en"  # a name of kiosk.station.messages.LANGUAGES


@dataclass(frozen=True, slots=True)
class _Picture:
    """What the glass should look like."""

    lines: Lines
    blinks: bool


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A press, or all that is left of an echo: nothing must come of what was sent after it."""

    press: Trigger
    until: float | None = None  # None: nothing was sent after it yet
    is_over: bool = False  # yet the line is asked once more: bytes may have waited on it


class Station:
    """Shows events on the display and turns the button's bytes into triggers.

    ``on_press`` is called on the station's thread and must return at once. Raises UsageError for
    a display that no codec knows. A port that is missing, refused or lost is a degraded state:
    ``problem`` says what to do, and it is tried again until it works.
    """

    name = "station"

    def __init__(
        self, settings: StationSettings, clock: Clock, on_press: Callable[[Trigger], object]
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._on_press = on_press
        self._codec = codec_named(settings.display)
        self._debounce = Debounce()
        self._stuck = self._restless = False
        pattern = settings.button
        self._echo = None if pattern is None else Echo(pattern, settings.baud)
        self._echo_told = False
        self._suspect: _Suspect | None = None
        self._asked_at = self._listens_since = clock.monotonic()
        self._painted: _Picture | None = None
        self._restarted_at = 0.0  # from then on an opened display hears what it is told
        self._repaint_at = 0.0
        self._line = LineOwner(settings.port, settings.baud, DISPLAY, self, clock)
        self.bulletin = Bulletin(clock, settings.begins_by, settings.language)
        self.bulletin.follow(self._line.wake)

    @property
    def problem(self) -> str | None:
        """What is wrong with the station's line and what to do, or None."""
        return self._line.problem

    @property
    def button_problem(self) -> str | None:
        """What is wrong with the button on that line, while it works, and what to do, or None."""
        if self._line.problem is not None:
            return None
        return _STUCK if self._stuck else (RESTLESS if self._restless else None)

    def show(self, event: Event) -> None:
        """Take an event to be shown: from any thread, at once; the newest wins (see Board)."""
        self.bulletin.post(event)

    def run(self, life: Life) -> None:
        """Own the line until ``life.stopping``; the display is left saying that it is off."""
        self._line.run(life)

    def begin(self) -> bytes:
        """Bring the display to a known state."""
        if self._echo is not None:
            self._echo.reopened()
        self._suspect = None
        self._painted = None
        self._restarted_at = self._clock.monotonic() + self._codec.restarts_for_s
        level = self._settings.brightness
        # Some displays keep it in a memory that wears out: once for each opening, never again.
        dimmed = b"" if level is None else self._codec.brightness(level)
        return self._spoken(self._codec.initialise() + dimmed, self._clock.monotonic())

    def next(self) -> tuple[bytes, float]:
        """Paint what is said now, if that is not on the glass; at rest again every half minute."""
        self._note_button()
        now = self._clock.monotonic()
        due_in_s = self._judge_suspect(now)
        notice = self.bulletin.read()
        picture = _Picture(notice.lines, notice.message.mood is Mood.BAD)
        wait_s = min(_EVER if notice.change_in_s is None else notice.change_in_s, due_in_s)
        is_old = now >= self._repaint_at  # no passing message is shown for so long
        if picture == self._painted and not is_old:
            # What is heard next was not there as the wait before this one ended, which followed
            # the earlier asking: a thread that is held up reads late what came early.
            self._listens_since, self._asked_at = self._asked_at, now
            return b"", wait_s
        before, self._painted = self._painted, picture
        is_early = now < self._restarted_at
        self._repaint_at = self._restarted_at if is_early else now + _REPAINT_S
        words = self._codec.show(picture.lines)
        if picture.blinks is not (before is not None and before.blinks) or (
            is_old and picture.blinks
        ):
            words += self._codec.blink(on=picture.blinks)
        return self._spoken(words, now), wait_s

    def hear(self, chunk: bytes) -> bytes:
        """Turn the button's signals into presses."""
        if self._echo is None:
            return b""
        now = self._clock.monotonic()
        signals = self._echo.hear(chunk, self._listens_since)
        if self._echo.is_there:
            self._suspect = None
            self._tell_of_echo()
        for _ in range(signals.own):
            if self._debounce.signal(now):
                self._suspect = None  # one of two is enough
                self._on_press(Trigger("button", now))
        if signals.in_doubt and self._debounce.signal(now):
            self._suspect = _Suspect(Trigger("button", now))
            self._repaint_at = now  # what comes of it tells
        return b""

    def farewell(self) -> bytes:
        """Say that the station is off."""
        self.bulletin.post(Event(EventKind.STOPPING, self._clock.monotonic()))
        words, _ = self.next()
        return words

    def _spoken(self, words: bytes, now: float) -> bytes:
        if self._echo is not None:
            self._echo.sent(words, now)
            if self._suspect is not None and self._suspect.until is None:
                self._suspect = replace(self._suspect, until=self._echo.due_at)
        return words

    def _judge_suspect(self, now: float) -> float:
        """Let a press count once nothing came of what was sent; return in how long to look (s)."""
        if self._suspect is None or self._suspect.until is None:
            return _EVER
        if now <= self._suspect.until:
            return self._suspect.until - now
        if not self._suspect.is_over:
            self._suspect = replace(self._suspect, is_over=True)
            return 0.0
        press, self._suspect = self._suspect.press, None
        self._on_press(press)
        return _EVER

    def _tell_of_echo(self) -> None:
        if not self._echo_told:
            self._echo_told = True
            _LOG.warning(_ECHO)

    def _note_button(self) -> None:
        now = self._clock.monotonic()
        if self._debounce.is_restless(now) is not self._restless:
            self._restless = not self._restless
            _LOG.warning(RESTLESS) if self._restless else _LOG.info("button at rest again")
        stuck = self._debounce.is_stuck(now)
        if stuck is not self._stuck:
            self._stuck = stuck
            _LOG.warning("button stuck: presses are ignored" if stuck else "button free again")
            kind = EventKind.BUTTON_STUCK if stuck else EventKind.BUTTON_BACK
            self.bulletin.post(Event(kind, now))
