"""The libraries below the lane: there, loadable, and not two of one kind."""

import ctypes
import importlib
import platform
import re
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from types import ModuleType

from kiosk.doctor.finding import Finding, fail, ok

_OPENCV = re.compile(r"opencv[-_](contrib[-_])?python([-_]headless)?", re.IGNORECASE)
_WANTED = "opencv-python-headless"
_OLDEST = (3, 11)
_BITS_64 = 2**32
_PIP = f"sudo {sys.executable} -m pip"


def library_findings(search: Sequence[str] | None = None) -> Iterator[Finding]:
    """Look at Python and the libraries; ``search`` names the folders in place of sys.path."""
    yield _python()
    yield _opencv(_wheels(list(search) if search is not None else sys.path))
    yield from _loadable()
    yield _zbar()


def _python() -> Finding:
    what = f"Python {platform.python_version()} on {platform.machine()}"
    if sys.version_info < _OLDEST:  # pragma: no cover - this file would not even be imported
        return fail(f"{what} is too old", "install Raspberry Pi OS Bookworm or newer")
    if sys.maxsize <= _BITS_64:
        return fail(f"{what} is 32-bit", "install the 64-bit Raspberry Pi OS")
    return ok(f"{what}, 64-bit")


def _wheels(search: list[str]) -> dict[str, str]:
    """Find the installed wheels of OpenCV, of which one only may be there: name and version."""
    found = {}
    for one in metadata.distributions(path=search):
        name = str(one.metadata["Name"] or "")
        if _OPENCV.fullmatch(name):
            found[name.replace("_", "-").lower()] = one.version
    return found


def _opencv(wheels: dict[str, str]) -> Finding:
    again = f"{_PIP} install --force-reinstall --no-deps {_WANTED}=={wheels.get(_WANTED, '5.*')}"
    if len(wheels) > 1:
        words = f"{' and '.join(sorted(wheels))} are installed at once and overwrite each other"
        return fail(words, f"{_PIP} uninstall -y {' '.join(sorted(wheels))}\n{again}")
    loaded = _load("cv2")
    if isinstance(loaded, ImportError):
        return fail(f"OpenCV cannot be loaded: {loaded}", again)
    if wheels and _WANTED not in wheels:
        (name,) = wheels
        words = f"{name} needs a desktop's libraries, which a Pi may lack"
        return fail(words, f"{_PIP} uninstall -y {name}\n{again}")
    return ok(f"OpenCV {getattr(loaded, '__version__', '')}")


def _loadable() -> Iterator[Finding]:
    for module, wheel in (("numpy", "numpy"), ("zxingcpp", "zxing-cpp")):
        loaded = _load(module)
        if isinstance(loaded, ImportError):
            yield fail(f"{wheel} cannot be loaded: {loaded}", "run scripts/install again")
        else:
            yield ok(f"{wheel} {metadata.version(wheel)}")


def _zbar() -> Finding:
    """Load zbar's C library by the Python that wraps it: it is Debian's, no wheel brings it."""
    loaded = _load("pyzbar.pyzbar")
    if isinstance(loaded, ImportError):
        return fail("the barcode library zbar is missing", "sudo apt install libzbar0")
    library = importlib.import_module("pyzbar.wrapper").LIBZBAR
    numbers = [ctypes.c_uint() for _ in range(3)]
    library.zbar_version(*map(ctypes.byref, numbers))
    return ok(f"zbar {'.'.join(str(number.value) for number in numbers)}")


def _load(name: str) -> ModuleType | ImportError:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        return error
