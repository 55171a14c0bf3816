"""A folder instead of a machine, a checkout small enough to be installed, and shell on both."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PARTS = "say machine place release lanes uninstall"


@pytest.fixture
def shell(tmp_path):
    """Run lines of shell with the parts of scripts/install, $into being a folder of its own."""
    into = tmp_path / "machine"
    (into / "opt").mkdir(parents=True)
    (into / "etc/vin-kiosk").mkdir(parents=True)
    head = f'set -euo pipefail; root={ROOT} into={into} python=python3 release_identity=""\n'
    head += f'for part in {PARTS}; do . "{ROOT}/scripts/lib/$part.sh"; done\n'
    # ownership is root's to give: here everything stays with who runs the tests
    head += 'install() { command install $(echo " $*" | sed -E "s/ -[og] [^ ]+//g"); }\n'
    head += 'has_mode() { [ "$(stat -c %a "$1" 2>/dev/null)" = "$2" ]; }\n'

    def run(lines, code=0):
        done = subprocess.run(
            ["bash", "-c", f"{head}{lines}"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    run.into = into
    return run


@pytest.fixture
def checkout(shell, tmp_path):
    """A checkout small enough to be installed without a network."""
    root = tmp_path / "checkout"
    (root / "kiosk").mkdir(parents=True)
    (root / "kiosk/app.py").write_text("")
    (root / "pyproject.toml").write_text('version = "1.2.3"\n')
    (root / "requirements.lock").write_text("a==1\n")
    shutil.copytree(ROOT / "config", root / "config")
    for name in ("README.md", "LICENSE"):
        shutil.copy(ROOT / name, root)
    return root
