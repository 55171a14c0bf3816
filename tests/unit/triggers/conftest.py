"""A pty to stand for a serial port: it has no modem lines of its own."""

import os
import tty

import pytest


@pytest.fixture
def pty_path():
    master, slave = os.openpty()
    tty.setraw(slave)
    try:
        yield os.ttyname(slave)
    finally:
        os.close(master)
        os.close(slave)
