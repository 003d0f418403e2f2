"""What every test may use: drawn pictures, a clock that goes when it is told. No network, no weights."""

import os

import numpy as np
import pytest

from tests.fakes import Clock

os.environ["HF_HUB_OFFLINE"] = "1"  # before any import of the hub's library reads it: a test that wants a hub serves one
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch, as app.py does: tests share their cores with a browser and servers


@pytest.fixture
def clock():
    """A clock at 0 s; set `clock.now`."""
    return Clock()


@pytest.fixture
def drawn():
    """Return a function (height, width, seed=0) -> uint8 [H, W, 3]: waves of colour with a disc and a bar."""

    def draw(height, width, seed=0):
        random = np.random.default_rng(seed)
        y, x = np.mgrid[0:height, 0:width].astype(np.float64)
        phase, pitch = random.uniform(0, 6, 3), random.uniform(5, 40, (3, 2))
        waves = np.stack([np.sin(x / a + p) + np.cos(y / b - p) for p, (a, b) in zip(phase, pitch, strict=True)], axis=-1)
        rgb = np.rint(127.5 + 63 * waves).astype(np.uint8)
        middle, radius = random.uniform(0.2, 0.8, 2) * (height, width), 0.2 * min(height, width)
        rgb[(y - middle[0]) ** 2 + (x - middle[1]) ** 2 <= radius**2] = random.integers(0, 256, 3)
        rgb[int(height * 0.7) : int(height * 0.75) + 1] = random.integers(0, 256, 3)
        return rgb

    return draw
