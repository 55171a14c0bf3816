from collections.abc import Callable

import pytest

from kiosk.simulate import levels, scene


@pytest.fixture(scope="session")
def scene_of() -> Callable[[str, int], scene.Scene]:
    """Scenes by level and seed, rendered once; never the benchmark's seeds (1,000,000 and up)."""
    made: dict[tuple[str, int], scene.Scene] = {}

    def render(level: str, seed: int) -> scene.Scene:
        key = (level, seed)
        if key not in made:
            made[key] = scene.render(levels.sample(level, seed))
        return made[key]

    return render
