"""What a lane's devices are called wherever it tells how they are."""

DEVICES = ("camera", "display", "button", "scanner", "light")
"""Keys of the facts: "ok", what is wrong and what to do, or null where none is configured."""
