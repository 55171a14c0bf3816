"""The station: display, button and scanner on serial lines."""
