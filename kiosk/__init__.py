"""vin-kiosk: reads the VIN label of every car that stops at a vehicle-intake lane."""

__version__ = "0.1.0"
