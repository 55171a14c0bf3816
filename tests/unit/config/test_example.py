"""The commented example: it loads, and it shows every key there is and no other."""

from pathlib import Path

import yaml

from kiosk.config import load_config
from kiosk.config.keys import known_keys

EXAMPLE = Path(__file__).parents[3] / "config" / "lane.example.yaml"


def keys_in(section, path=()):
    for name, value in section.items():
        yield (*path, name)
        if isinstance(value, dict):
            yield from keys_in(value, (*path, name))


def test_the_example_shows_every_key_and_no_other():
    written = list(keys_in(yaml.safe_load(EXAMPLE.read_text("utf-8"))))
    assert written == list(known_keys())


def test_the_example_loads_and_holds_the_defaults(tmp_path):
    example = load_config(EXAMPLE)
    smallest = tmp_path / "lane1.yaml"
    smallest.write_text(f"lane: lane1\ncamera: {{source: '{example.camera.source}'}}\n", "utf-8")
    assert example == load_config(smallest)


def test_every_key_of_the_example_is_explained():
    """A comment stands above each key, or above the group of keys it belongs to."""
    explained = False
    for line in EXAMPLE.read_text("utf-8").splitlines():
        if not line.strip():
            explained = False
        elif line.lstrip().startswith("#"):
            explained = True
        elif not line.startswith(" ") and line.endswith(":"):
            explained = False  # a section: its keys need words of their own
        else:
            assert explained, line
