"""What the one door costs beside a bare decode, and what refusing a bomb costs.

    python bench/picture.py [--rounds 9]

A drawn 12-megapixel photo (4000 x 3000, quality 90, noise like a sensor's). Ratios are medians over the rounds of the ratio within
a round, to `numpy.asarray(PIL.Image.open(file).convert("RGB"))` of the same JPEG, which checks nothing, turns nothing and knows no
profile. The last line is JSON.
"""

import argparse
import io
import json
import resource
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import cv2
import numpy as np
from PIL import Image

from tests.core import samples
from tests.core.test_header import BOMBS, STUFFED
from vision.core.errors import PictureError
from vision.core.picture import read


def photo() -> np.ndarray:
    """Return soft shapes of many sizes with noise: uint8 [3000, 4000, 3]."""
    random = np.random.default_rng(0)
    rgb = np.zeros((3000, 4000, 3), np.float32)
    for cells in (4, 12, 40, 120):
        rgb += cv2.resize(random.normal(0, 40, (cells * 3 // 4, cells, 3)).astype(np.float32), (4000, 3000), interpolation=cv2.INTER_CUBIC)
    return np.clip(rgb + 128 + random.normal(0, 5, rgb.shape), 0, 255).astype(np.uint8)


def bare(data: bytes) -> np.ndarray:
    """Decode as little as Pillow can."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def timed(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    pixels = photo()
    plain = samples.encoded(pixels, "JPEG", quality=90)
    ways = {
        "the door": plain,
        "the door, turned by EXIF 6": samples.encoded(pixels, "JPEG", quality=90, exif=samples.exif(6)),
        "the door, sRGB profile": samples.encoded(pixels, "JPEG", quality=90, icc_profile=samples.profile(samples.SRGB)),
        "the door, Display P3 profile": samples.encoded(pixels, "JPEG", quality=90, icc_profile=samples.profile(samples.P3)),
    }
    works = {name: (lambda data=data: read(data)) for name, data in ways.items()}
    works["the door, thumbnail of 240 px"] = lambda: read(plain, at_most_px=240)
    works["Pillow's draft and thumbnail of 240 px"] = lambda: thumbnail(plain)
    ratios: dict[str, list[float]] = {name: [] for name in works}
    base = []
    for turn in range(rounds + 1):  # the first warms
        one = timed(lambda: bare(plain))
        for name, work in works.items():
            ratio = timed(work) / one
            if turn:
                ratios[name].append(ratio)
        base.append(one)
    print(f"{len(plain) / 1e6:.1f} MB of JPEG; bare decode {statistics.median(base) * 1e3:.0f} ms (median of this run)")
    for name, values in ratios.items():
        print(f"{name:45} {statistics.median(values):5.2f} x a bare decode ({min(values):.2f} to {max(values):.2f})")
    slowest, grown = bombs()
    found = {"name": "picture_door_over_bare_decode", "value": round(statistics.median(ratios["the door"]), 3)}
    print(json.dumps({**found, "bomb_ms": round(slowest * 1e3, 1), "bomb_mb": round(grown, 1)}))


def thumbnail(data: bytes) -> np.ndarray:
    """Do by Pillow alone what a thumbnail needs."""
    image = Image.open(io.BytesIO(data))
    image.draft("RGB", (240, 240))
    image.thumbnail((240, 240))
    return np.asarray(image)


def bombs() -> tuple[float, float]:
    """Return the slowest refusal of a bomb in seconds and how many MB the process grew by over all of them."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    slowest = 0.0
    for name, data in {**BOMBS, **STUFFED}.items():
        took = min(timed(lambda data=data: refused(data)) for _ in range(3))
        slowest = max(slowest, took if name in BOMBS or name in ("zTXt", "iTXt", "iCCP") else 0.0)
        print(f"refused: {name:50} {len(data):8,} bytes {took * 1e3:7.2f} ms")
    return slowest, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def refused(data: bytes) -> None:
    try:
        read(data)
    except PictureError:
        return
    raise AssertionError("a bomb was read")


if __name__ == "__main__":
    main()
