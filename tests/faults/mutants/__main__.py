"""``python -m mutants NAME -- COMMAND …``: `vin-kiosk COMMAND …` with one fault put in."""

import sys

from kiosk.cli import main
from mutants import MUTANTS

_NAME, _DASHES = 1, 2
if len(sys.argv) <= _DASHES or sys.argv[_NAME] not in MUTANTS or sys.argv[_DASHES] != "--":
    sys.exit(f"python -m mutants NAME -- COMMAND …; the mutants are {', '.join(MUTANTS)}")
MUTANTS[sys.argv[_NAME]](setattr)
sys.argv = ["vin-kiosk", *sys.argv[_DASHES + 1 :]]
main()
