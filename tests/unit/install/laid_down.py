"""What the tests of scripts/install look for in the folder that stands for a machine."""

from pathlib import Path

ROOT = Path(__file__).parents[3]


def installing(root, fill='mkdir "$venv/bin"', attempt="true"):
    return (
        f"root={root}; fill_release() {{ {fill}; }}; try_release() {{ {attempt}; }}\n"
        "room_needed_mb=1; install_release; echo changes: ${#changes[@]}"
    )


def in_use(shell):
    return (shell.into / "opt/vin-kiosk").readlink().name


def lane_file(shell, name="lane1"):
    return shell.into / f"etc/vin-kiosk/{name}.yaml"


def names_in(folder):
    return [path.name for path in folder.iterdir()]
