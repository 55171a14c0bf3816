"""The commands, one module each; ``kiosk.cli`` imports the one that is asked for."""
