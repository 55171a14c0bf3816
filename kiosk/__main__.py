"""``python -m kiosk`` is ``vin-kiosk``."""

from kiosk.cli import main

if __name__ == "__main__":
    main()
