import cv2
import numpy as np
import pytest
import zxingcpp

from kiosk.sandbox.server import Sandbox


def _barcode(text: str, symbology: zxingcpp.BarcodeFormat) -> np.ndarray:
    image = np.array(zxingcpp.create_barcode(text, symbology).to_image(scale=2))
    return cv2.copyMakeBorder(image, 40, 30, 60, 20, cv2.BORDER_CONSTANT, value=255)


@pytest.fixture(scope="session")
def label_image():
    """Draw a label: text → H×W uint8, 60 pixels of white on the left and 40 above."""

    def draw(text: str, symbology=zxingcpp.BarcodeFormat.Code39Std):
        return _barcode(text, symbology)

    return draw


@pytest.fixture(scope="session")
def label(label_image):
    """Draw a label and encode it: text → bytes of a PNG."""

    def encode(text: str = "1HGCM82633A004352", ending: str = "png") -> bytes:
        image = label_image(text)
        if ending == "gif":  # this encoder takes colour only
            image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
        done, data = cv2.imencode(f".{ending}", image)
        assert done
        return data.tobytes()

    return encode


@pytest.fixture
def sandbox():
    with Sandbox(timeout_s=10) as running:
        yield running
