"""Bytes of a station's devices, pure: displays/, scanners/ and lights/, one module a family."""

from kiosk.station.codecs.displays import DISPLAYS, DisplayCodec, codec_named

__all__ = ["DISPLAYS", "DisplayCodec", "codec_named"]
