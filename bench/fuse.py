"""Claims about fusing, measured: feature level against the average where the truth is known, and how long a frame of the mix takes.

    python bench/fuse.py

Two focuses are made of one photo, so the all-sharp photo is the truth: PSNR in dB and SSIM of each method against it. Times are
medians of interleaved runs on one machine and only their ratios are claims. The last line is JSON: the least gain of feature fusion, either
rule and any photo, over the mean, in dB.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from vision.core import pairs
from vision.core.blend import blend, table
from vision.core.picture import read
from vision.engine import Engine
from vision.faces import examples

GOAL_DB = 1.0
PHOTOS = ("coffee", "chelsea", "lion")
METHODS = {
    "mean": {"method": "alpha"},
    "exposure fusion": {"method": "mertens"},
    "features, Li 2018": {"method": "features", "rule": "li"},
    "features, Lahoud 2019": {"method": "features", "rule": "lahoud"},
}


def quality(engine: Engine) -> float:
    """Print each method's distance to the truth; return the least gain in PSNR of the features over the mean, in dB."""
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    print(f"{'two focuses of one photo':26}", *[f"{name:>17}" for name in PHOTOS])
    truths = {name: examples.picture(name).rgb for name in PHOTOS}
    reached: dict[str, list[float]] = {}
    for label, options in METHODS.items():
        cells = []
        for truth in truths.values():
            a, b = (read(np.ascontiguousarray(part)) for part in pairs.focuses(truth))
            found = engine.fuse(a, b, **options).rgb
            psnr = float(peak_signal_noise_ratio(truth, found))
            reached.setdefault(label, []).append(psnr)
            cells.append(f"{psnr:6.1f} dB {structural_similarity(truth, found, channel_axis=2):7.3f}")
        print(f"{label:26}", *[f"{cell:>17}" for cell in cells])
    features = [values for label, values in reached.items() if label.startswith("features")]
    return min(ours - mean for values in features for ours, mean in zip(values, reached["mean"], strict=True))


def frames() -> None:
    """Print how the table way of mixing compares with float arithmetic on every pixel, 960 x 640."""
    a, b = np.random.default_rng(0).integers(0, 256, (2, 640, 960, 3)).astype(np.uint8)

    def by_table() -> None:
        blend(a, b, [table("normal", "linear", 0.37)] * 3)

    def by_floats() -> None:
        low, high = ((x / 255.0 + 0.055) / 1.055 for x in (a, b))
        light = 0.37 * np.where(a <= 10, a / 255 / 12.92, low**2.4) + 0.63 * np.where(b <= 10, b / 255 / 12.92, high**2.4)
        np.rint(255 * np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)).astype(np.uint8)

    times: dict[str, list[float]] = {"table": [], "floats": []}
    for _ in range(7):
        for name, work in (("table", by_table), ("floats", by_floats)):
            start = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - start)
    ratio = statistics.median(times["floats"]) / statistics.median(times["table"])
    print(f"linear-light mix of 960 x 640: the table is {ratio:.1f} times as fast as float arithmetic on every pixel")


if __name__ == "__main__":
    frames()
    gain = round(quality(Engine()), 2)
    print(json.dumps({"name": "feature fusion over the mean, least gain in dB", "value": gain, "goal": GOAL_DB, "met": gain >= GOAL_DB}))
