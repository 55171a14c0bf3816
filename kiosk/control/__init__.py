"""The control socket: how commands change a running lane."""
