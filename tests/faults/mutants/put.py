"""The shape of a mutant."""

from collections.abc import Callable

Put = Callable[[object, str, object], None]
"""``setattr``, or a test's own that can be undone."""

Mutant = Callable[[Put], None]
