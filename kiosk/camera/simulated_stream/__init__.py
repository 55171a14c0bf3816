"""Network cameras on loopback, for demos, tests and benches; they can be told to misbehave.

with SimulatedHttpStream(picture) as stream:      # or SimulatedRtspStream
    camera = StreamCamera(stream.url, clock, latency_s=0.0)
    …
    stream.hang_up()
"""

from kiosk.camera.simulated_stream.http import SimulatedHttpStream
from kiosk.camera.simulated_stream.login import Login
from kiosk.camera.simulated_stream.rtsp import SimulatedRtspStream
from kiosk.camera.simulated_stream.server import SimulatedStream

__all__ = ["Login", "SimulatedHttpStream", "SimulatedRtspStream", "SimulatedStream"]
