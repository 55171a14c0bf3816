"""The shell's completion, on click's own machinery, without loading any command.

Loading a command means loading pydantic, NumPy or OpenCV, and a person who presses Tab on a Pi
would wait seconds. So all commands and options are written down beforehand: `scripts/docs` writes
``outline.py`` from the commands themselves, and a test holds it to them.
"""

from kiosk.completion.shells import COMPLETE_VARIABLE, SHELLS, complete, script_for

__all__ = ["COMPLETE_VARIABLE", "SHELLS", "complete", "script_for"]
