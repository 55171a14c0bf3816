"""What the lane's user may not do in the folder: asked as a user who is not root."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from ledger_life import in_child

from kiosk.errors import CameraError
from kiosk.folder.listing import identity_of

NOBODY = 65534


def test_a_folder_that_may_be_listed_and_not_entered_says_so():
    """Else each picture in it would be one that the file system says nothing about."""
    folder = Path(tempfile.mkdtemp())  # not below pytest's own, which others may not enter

    def ask():
        if os.getuid() == 0:
            os.setuid(NOBODY)
        assert [path.name for path in folder.iterdir()] == ["a.jpg"]
        with pytest.raises(CameraError, match="read and enter it"):
            identity_of(folder)

    try:
        (folder / "a.jpg").write_bytes(b"")
        folder.chmod(0o444)
        assert in_child(ask) == 0
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)
