"""What a station is tried with, and what the outcome says about its parts."""
