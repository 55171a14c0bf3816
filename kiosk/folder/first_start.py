"""Which of the unknown pictures in a folder are old: ten thousand of them must cost nothing."""

import logging
from collections.abc import Sequence
from pathlib import Path

from kiosk.folder.listing import Entry
from kiosk.folder.putting_away import DONE
from kiosk.ledger.picture_files import PictureFiles
from kiosk.model.files import FolderIdentity

_log = logging.getLogger(__name__)
_HOW = "To scan one after all: vin-kiosk submit FILE"


def take_in(
    folder: Path,
    identity: FolderIdentity,
    files: PictureFiles,
    new: Sequence[Entry],
    *,
    knows_some: bool,
    is_watched: bool,
    skip_backlog: bool,
) -> bool:
    """Record what of ``new`` is to be skipped, in one transaction; True where all of it is.

    ``knows_some``: a known picture lies there; ``is_watched``: the lane saw it empty just before.
    Raises LedgerFullError: then nothing may be scanned.
    """
    identities = files.identities(str(folder))
    was_here = (
        knows_some
        or any(map(identity.is_same_folder, identities or ()))
        or files.is_known_here(str(folder), identity)
    )
    why = None
    if identities is None and skip_backlog:
        why = "lay there before the first start (camera.backlog: skip)"
    if identities and not (was_here or is_watched or (folder / DONE).is_dir()):
        why = "lie on a disk, or in another folder, that this lane never saw"
    if files.in_doubt:
        why = "may have been scanned before: the ledger was lost or damaged"
    if why is None and identities is not None and identity in identities:
        return False
    # The bare mount point of a disk that is away tells nothing of what was lost.
    clears_doubt = was_here or identities is None
    skipped = [one.stamp for one in new] if why is not None else []
    files.take_in(str(folder), identity, skipped, clears_doubt=clears_doubt)
    if why is not None and skipped:
        level = logging.INFO if identities is None and skip_backlog else logging.WARNING
        _log.log(level, "%d pictures in %s %s: skipped. %s", len(skipped), folder, why, _HOW)
    return why is not None
