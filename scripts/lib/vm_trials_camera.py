"""Trials of the camera adapter, and of a whole scan, on a true /dev/video with our frames."""

import re

from vm_guest import TrialFailed
from vm_stage import LOOPBACK, PYTHON, SOURCES, VIVID, Stage

_HARDWARE = "tests/hardware/test_v4l2_device.py"
_CONTRACT = "tests/contract/test_cameras.py"
# v4l2loopback keeps no frames for a reader that is late: it jumps to the newest
_NO_QUEUE = f"--deselect {_HARDWARE}::test_what_waited_in_the_queue_is_older_than_the_press"


def jpeg_tests(stage: Stage) -> str:
    """Run the hardware tests on a camera that gives JPEG."""
    with stage.loopback(stage.cars[0], "MJPG"):
        return _passed(stage, LOOPBACK, f"{_HARDWARE} {_NO_QUEUE}", "frames as JPEG")


def raw_tests(stage: Stage) -> str:
    """Run the same on a camera that gives YUYV."""
    with stage.loopback(stage.cars[0], "YUYV"):
        return _passed(stage, LOOPBACK, f"{_HARDWARE} {_NO_QUEUE}", "frames as YUYV")


def contract_tests(stage: Stage) -> str:
    """Run the hardware tests and the contract suite, which unbinds and binds the driver."""
    with stage.vivid():
        return _passed(stage, VIVID, f"{_HARDWARE} {_CONTRACT}", "contract suite included")


def daemon(stage: Stage) -> str:
    """Press once under systemd: a VIN, one credit."""
    car = stage.cars[0]
    with stage.service() as service, stage.loopback(car):
        camera = {"source": LOOPBACK, "width": 1920, "height": 1080, "fps": 15}
        with stage.lane.running(camera) as lane:
            facts = lane.scan()
            if facts.get("vin") != car.vin or facts.get("state") != "recognized":
                raise TrialFailed(f"the scan of {car.vin} ended in {facts}")
            charged = [request["charged"] for request in service.requests()]
            if charged != [True]:
                raise TrialFailed(f"one credit for one scan; the service charged {charged}")
            health = lane.settle({"camera": 0})
    return f"{car.vin} recognized, one credit; {health}"


def _passed(stage: Stage, device: str, tests: str, words: str) -> str:
    doors = f"VIN_KIOSK_HARDWARE=camera VIN_KIOSK_CAMERA={device}"
    pytest = f"{PYTHON} -m pytest -p no:cacheprovider -q -k v4l2 {tests}"
    said = stage.guest.check(f"cd {SOURCES} && {doors} {pytest}", 600)
    passed = re.search(r"(\d+) passed", said)
    if passed is None or re.search(r"[1-9]\d* skipped", said):
        raise TrialFailed(f"no tests passed, or some were skipped:\n{said}")
    return f"{passed[1]} tests of the V4L2 camera passed, {words}"
