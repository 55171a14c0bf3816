"""Faults put into the program on purpose: what proves that a harness can see.

Each is a small, plausible mistake. The program itself has no switch for any of them: a mutant
replaces names from outside. ``python -m mutants NAME -- run -c lane.yaml`` is `vin-kiosk run`
with one; a test puts one in force with its ``monkeypatch``::

    mutants.MUTANTS["tail"](monkeypatch.setattr)
"""

from mutants import client, disk, full, spent, station
from mutants.put import Mutant

MUTANTS: dict[str, Mutant] = {
    "tail": client.tail,
    "late": client.late,
    "retry": client.retry,
    "naive": client.naive,
    "leak": client.leak,
    "unpaused": client.unpaused,
    "nosync": disk.nosync,
    "normal": disk.normal,
    "resync": disk.resync,
    "dumpable": disk.dumpable,
    "full": full.full,
    "nospent": spent.nospent,
    "hoarding": station.hoarding,
    "forgetful": station.forgetful,
    "unpainted": station.unpainted,
    "halved": station.halved,
    "echoing": station.echoing,
}
