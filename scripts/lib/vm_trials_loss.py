"""Trials of a camera that is pulled, stalls or dies, under the daemon."""

from vm_guest import TrialFailed
from vm_journal import KERNEL, Entry
from vm_lane import UNIT
from vm_stage import LOOPBACK, VIVID, Stage

_TIMES = 10
BACK_S = 5.0  # after it returned
_STALL_LOST_S = 8.0  # the keeper's 5 s, a read's 1 s, and an emulated machine's pace
_STAYS_LOST_S = 8  # longer than the keeper needs to try again and to give up again
_DRIVER = "/sys/bus/platform/drivers/vivid"


def vivid(stage: Stage) -> str:
    """Unbind and bind the kernel's test camera, ten times; it comes only after the start."""
    camera = {"source": VIVID, "width": 640, "height": 360, "fps": 5}
    journal, waits = stage.journal, []
    with stage.lane.running(camera) as lane:
        mark = journal.mark()
        with stage.vivid() as plugged:
            first = back_after(stage, plugged, mark)
            lane.warm()
            for _ in range(_TIMES):
                mark = journal.mark()
                stage.guest.check(f"echo vivid.0 >{_DRIVER}/unbind")
                journal.wait(UNIT, "camera lost", mark, 30)
                mark = journal.mark()
                stage.guest.check(f"echo vivid.0 >{_DRIVER}/bind")
                there = journal.wait(KERNEL, "registered as video", mark, 30)
                waits.append(back_after(stage, there, mark))
            health = lane.settle({"camera": 1 + _TIMES})
            stage.guest.check(f"systemctl stop {UNIT}")  # a driver in use cannot be taken away
    return f"first plugged {first:.1f} s, then {spread(waits)}; {health}"


def feeder(stage: Stage) -> str:
    """Stall the camera with its device open; then kill its other side and start it again."""
    with stage.loopback(stage.cars[0]) as camera:
        facts = {"source": LOOPBACK, "width": 1920, "height": 1080, "fps": 15}
        with stage.lane.running(facts) as lane:
            lost, back = [], []
            for stop, start in ((camera.stall, camera.go_on), (camera.die, camera.start)):
                mark = stage.journal.mark()
                stopped = stop()
                found = stage.journal.wait(UNIT, "camera lost", mark, 60)
                lost.append(found.at - stopped.at)
                if stop == camera.die:
                    _must_stay_lost(stage, mark)
                # A stalled one must go on at once: to whoever opens it again v4l2loopback gives
                # the last frame once more, stamped anew, which nobody can tell from a fresh one.
                mark = stage.journal.mark()
                back.append(back_after(stage, start(), mark))
            if max(lost) > _STALL_LOST_S:
                raise TrialFailed(f"lost only after {max(lost):.1f} s")
            health = lane.settle({"camera": 2})
    return (
        f"stalled: lost after {lost[0]:.1f} s, back after {back[0]:.1f} s; "
        f"died: lost after {lost[1]:.1f} s, back after {back[1]:.1f} s; {health}"
    )


def _must_stay_lost(stage: Stage, mark: int) -> None:
    stage.guest.check(f"sleep {_STAYS_LOST_S}")
    if any(stage.journal.matching(UNIT, "camera back", mark)):
        raise TrialFailed("said to be back while it was not")


def back_after(stage: Stage, returned: Entry, mark: int, what: str = "camera") -> float:
    """Return how many seconds after its return it was back; raises TrialFailed beyond five."""
    found = stage.journal.wait(UNIT, f"{what} back", mark, 60)
    seconds = found.at - returned.at
    if seconds > BACK_S:
        raise TrialFailed(f"{what} back only {seconds:.1f} s after it returned")
    return seconds


def spread(seconds: list[float]) -> str:
    """Put many measurements into words."""
    middle = sorted(seconds)[len(seconds) // 2]
    return f"back {len(seconds)} times, after {middle:.1f} s, {max(seconds):.1f} s at most"
