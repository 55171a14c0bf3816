"""The demo: a simulated lane with real parts everywhere but the silicon."""
