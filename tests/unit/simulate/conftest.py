"""Scenes rendered once for all tests, and the two independent readers that judge them."""

import cv2
import numpy as np
import pytest
import zxingcpp
from pyzbar import pyzbar

from kiosk.model import Image
from kiosk.simulate.levels import sample
from kiosk.simulate.scene import Scene, render


@pytest.fixture(scope="session")
def clear_scenes() -> list[Scene]:
    return [render(sample("clear", seed)) for seed in range(10)]


class Readers:
    """zxing-cpp and pyzbar, asked for plain Code 39."""

    def zxing(self, picture: Image) -> set[str]:
        found = zxingcpp.read_barcodes(
            picture,
            formats=zxingcpp.BarcodeFormat.Code39Std,
            text_mode=zxingcpp.TextMode.Plain,
        )
        return {barcode.text for barcode in found}

    def zbar(self, picture: Image) -> set[str]:
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) if picture.ndim == 3 else picture
        found = pyzbar.decode(grey, symbols=[pyzbar.ZBarSymbol.CODE39])
        return {barcode.data.decode("ascii") for barcode in found}

    def anything(self, picture: Image) -> set[tuple[str, str]]:
        return {(code.format.name, code.text) for code in zxingcpp.read_barcodes(picture)}

    def rectified(self, scene: Scene, modules: float, scale: int = 4, rows: int = 40) -> Image:
        """Warp the symbol's quad, and nothing around it, to ``modules``·``scale`` × ``rows``."""
        width = round(modules * scale)
        corners = [(-0.5, -0.5), (width - 0.5, -0.5), (width - 0.5, rows - 0.5), (-0.5, rows - 0.5)]
        matrix = cv2.getPerspectiveTransform(np.float32(scene.quad), np.float32(corners))
        return cv2.warpPerspective(scene.image, matrix, (width, rows), flags=cv2.INTER_CUBIC)


@pytest.fixture(scope="session")
def readers() -> Readers:
    return Readers()
