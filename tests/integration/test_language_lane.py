"""The real process in another language: set in the lane's file, taken over by a reload."""

import signal

from lane_site import VIN, Site, running

from kiosk.sandbox.server import Sandbox
from kiosk.station.simulated import SimulatedStation


def test_a_reload_lets_the_station_speak_german(tmp_path):
    with SimulatedStation() as station, Sandbox(credits=5) as sandbox:
        site = Site(tmp_path, station, sandbox, devices=", language: en")
        try:
            with running(site):
                file = site.config.read_text("utf-8")
                site.config.write_text(file.replace("language: en", "language: de"), "utf-8")
                site.process.send_signal(signal.SIGHUP)
                site.sees("BEREIT\nTASTE DRUECKEN")
                site.show(VIN)
                site.press(f"{VIN}\nOK ")
                assert (VIN, "HIER GELESEN-SENDET") in station.glass.history
            assert station.wait_for(lambda glass: glass.text == "STATION IST AUS\nNICHT SCANNEN")
        finally:
            site.end()
