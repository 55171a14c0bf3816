"""What a press is: bytes of a button turned into presses, and presses into one wish to scan."""
