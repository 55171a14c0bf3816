"""A simulated station on real ptys: a display with its button, a hand scanner, a stack light."""

from collections.abc import Callable

from kiosk.station.codecs.lights import Lamps
from kiosk.station.decoders.adafruit_tower import TowerDecoder
from kiosk.station.glass import Glass
from kiosk.station.simulated_line import SimulatedLine

_REMEMBERED = 10_000


class SimulatedStation(SimulatedLine):
    """A modelled display and a button."""

    def __init__(self, display: str = "cd5220", button: bytes = b"\r") -> None:
        self.glass = Glass(display)
        self._button = button
        super().__init__("display")

    def press(self) -> None:
        """Press the button once."""
        self.type(self._button)

    def wait_for(self, predicate: Callable[[Glass], bool], timeout_s: float = 5.0) -> bool:
        """Wait until the glass fulfils ``predicate``; return False when time is over."""
        return self._wait_until(lambda: predicate(self.glass), timeout_s)

    def _feed(self, data: bytes) -> None:
        self.glass.feed(data)

    def _power_cycle(self) -> None:
        self.glass.power_cycle()


class SimulatedScanner(SimulatedLine):
    """A hand scanner that sends texts with a suffix, and keeps what it was told.

    ``told`` are the bytes since it was last plugged in or scanned.
    """

    def __init__(self, suffix: bytes = b"\r") -> None:
        self.told = b""
        self._suffix = suffix
        super().__init__("scanner")

    def scan(self, text: str) -> None:
        """Pull the trigger on a barcode with this text (Latin-1)."""
        with self._seen:
            self.told = b""
        self.type(text.encode("latin-1") + self._suffix)

    def wait_for(self, told: bytes, timeout_s: float = 5.0) -> bool:
        """Wait until it was told exactly this since the last scan; False when time is over."""
        return self._wait_until(lambda: self.told == told, timeout_s)

    def _feed(self, data: bytes) -> None:
        self.told = (self.told + data)[-_REMEMBERED:]

    def _power_cycle(self) -> None:
        self.told = b""


class SimulatedLight(SimulatedLine):
    """Adafruit's tower light, modelled; ``history`` is what was seen and heard, oldest first."""

    def __init__(self) -> None:
        self._tower = TowerDecoder()
        self.history: list[Lamps] = [Lamps()]
        super().__init__("light")

    @property
    def lamps(self) -> Lamps:
        """What is on now."""
        return self.history[-1]

    @property
    def misunderstood(self) -> bytes:
        """Bytes that a real light would have ignored; empty where all is well."""
        return bytes(self._tower.misunderstood)

    def wait_for(self, predicate: Callable[[Lamps], bool], timeout_s: float = 5.0) -> bool:
        """Wait until the lamps fulfil ``predicate``; return False when time is over."""
        return self._wait_until(lambda: predicate(self.lamps), timeout_s)

    def _feed(self, data: bytes) -> None:
        for at in range(len(data)):
            self._tower.feed(data[at : at + 1])
            self._see()

    def _power_cycle(self) -> None:
        self._tower = TowerDecoder()
        self._see()

    def _see(self) -> None:
        lamps = Lamps(*self._tower.lit)
        if lamps != self.lamps:
            self.history.append(lamps)
            del self.history[:-_REMEMBERED]
