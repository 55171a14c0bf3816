"""What the names of devices tell: which stays with its device, and which is dealt out anew."""

import re

_COUNTED = re.compile(r"/dev/(video|ttyUSB|ttyACM)\d+")  # numbered in the order of plugging


def is_counted(path: str) -> bool:
    """Tell whether a name may mean another device after a restart."""
    return bool(_COUNTED.fullmatch(path))
