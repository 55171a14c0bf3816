"""The station: the display, the button and the words on one serial line."""
