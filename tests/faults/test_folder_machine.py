"""Any order of what people, cameras and power cuts do to a folder, against a simple model."""

import os
import shutil
import signal
import tempfile
from hashlib import sha256
from pathlib import Path

from folder_life import FolderLane, picture
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from ledger_life import die_at, in_child

# Fifteen runs of fsyncs on a disk take long and show nothing: memory where there is some.
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
NAMES = st.sampled_from(["a.png", "b.png", "c.png", "d.png"])
CONTENTS = st.integers(20, 25)
OLD_CONTENTS = range(5)


class FolderMachine(RuleBasedStateMachine):
    """The model: which contents were there before the first start, and which lie there whole.

    Each content is scanned at most once, one that rests there exactly once, an old one never.
    """

    def __init__(self):
        super().__init__()
        self.root = Path(tempfile.mkdtemp(dir=IN_MEMORY))
        self.half = {}  # name: the rest of its bytes, while a writer pauses

    @initialize(after=st.sampled_from(["keep", "move", "delete"]))
    def first_start(self, after):
        self.it = FolderLane(self.root, after=after)
        for number in OLD_CONTENTS:
            self.it.put(f"old{number}.png", picture(number))
        self.old = {self.digest(picture(number)) for number in OLD_CONTENTS}
        # Long enough to have read them all: what nobody ever read nobody can know again.
        self.it.run(5)

    def teardown(self):
        shutil.rmtree(self.root)

    @staticmethod
    def digest(data):
        return sha256(data).hexdigest()

    def path(self, name):
        return self.it.folder / name

    # ---- what happens in the folder -------------------------------------------------------

    @rule(name=NAMES, number=CONTENTS)
    def arrive(self, name, number):
        self.half.pop(name, None)
        self.it.put(name, picture(number))

    @rule(name=NAMES, number=CONTENTS)
    def move_in(self, name, number):
        self.half.pop(name, None)
        (self.root / "outside").write_bytes(picture(number))
        (self.root / "outside").rename(self.path(name))

    @rule(name=NAMES, number=CONTENTS)
    def begin_slowly(self, name, number):
        data = picture(number)
        self.it.put(name, data[:40])
        self.half[name] = data[40:]

    @rule(name=NAMES)
    def go_on(self, name):
        rest = self.half.pop(name, None)
        if rest is not None and self.path(name).exists():
            with self.path(name).open("ab") as file:
                file.write(rest)

    @rule(name=NAMES, to=NAMES)
    def rename(self, name, to):
        if self.path(name).exists() and name != to:
            self.half.pop(to, None)
            if name in self.half:
                self.half[to] = self.half.pop(name)
            self.path(name).rename(self.path(to))

    @rule(name=NAMES, number=st.sampled_from(OLD_CONTENTS), keeps_time=st.booleans())
    def copy_an_old_one(self, name, number, keeps_time):
        if self.path(f"old{number}.png").exists():
            self.half.pop(name, None)
            copy = shutil.copy2 if keeps_time else shutil.copyfile
            copy(self.path(f"old{number}.png"), self.path(name))

    @rule(number=st.sampled_from(OLD_CONTENTS), name=NAMES)
    def rename_and_touch_an_old_one(self, number, name):
        if self.path(f"old{number}.png").exists():
            self.half.pop(name, None)
            self.path(f"old{number}.png").rename(self.path(name))
            os.utime(self.path(name))

    @rule(name=NAMES)
    def touch(self, name):
        if self.path(name).exists():
            os.utime(self.path(name))

    @rule(name=NAMES, number=CONTENTS, hard=st.booleans())
    def link(self, name, number, hard):
        self.half.pop(name, None)
        outside = self.root / f"outside-{number}"
        outside.write_bytes(picture(number))
        self.path(name).unlink(missing_ok=True)
        if hard:
            os.link(outside, self.path(name))
        else:
            self.path(name).symlink_to(outside)

    @rule(name=NAMES)
    def delete(self, name):
        self.half.pop(name, None)
        self.path(name).unlink(missing_ok=True)

    # ---- what happens to the lane ---------------------------------------------------------

    @rule(seconds=st.sampled_from([0.5, 3, 10]))
    def run_for_a_while(self, seconds):
        self.it.run(seconds)

    @rule(step=st.integers(1, 60))
    def run_and_be_killed(self, step):
        def life():
            die_at(step)
            self.it.run(5)

        assert in_child(life) in {0, -signal.SIGKILL}

    @rule()
    def rest(self):
        """Leave everything alone for long: then each whole picture has its one scan."""
        whole = {
            self.digest(path.read_bytes())
            for path in self.it.folder.iterdir()
            if path.is_file()
            and not path.is_symlink()
            and path.stat().st_nlink == 1
            and path.name not in self.half
        }
        self.it.run(40)
        looks = self.it.looks()
        assert all(looks[one] == 1 for one in whole - self.old)

    @invariant()
    def nothing_is_scanned_twice_and_nothing_old_ever(self):
        if hasattr(self, "it"):
            looks = self.it.looks()
            assert set(looks.values()) <= {1}
            assert not looks.keys() & self.old


TestFolderMachine = FolderMachine.TestCase
TestFolderMachine.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
