"""Cases of maps that were worked out by hand, in both languages."""

import json
from pathlib import Path

import numpy as np
import pytest

from vision.core import agreement, facts, heat, rollout

VECTORS = Path(__file__).parent / "vectors" / "maps.json"


def flat(value):
    return np.asarray(value, float).ravel().tolist()


def roll(twin, case):
    attention, scale = np.array(case["attention"], np.uint8), np.array(case["scale"], np.float32)
    view = {"fusion": case["fusion"], "discard": case["discard"]}
    here = rollout.roll(attention, scale, case["prefix"], tuple(case["reads"]), **view)
    rest = (attention.shape[:3], case["prefix"], case["reads"], -1, -1, *view.values())
    return here.tolist(), twin("rollout.js", "roll", flat(attention), flat(scale), *rest)


def place(twin, case):
    grid = np.array(case["grid"], float)
    here = heat.place(grid, tuple(case["seen"]), *case["size"])
    return here.tolist(), np.reshape(twin("heat.js", "place", flat(grid), *grid.shape, case["seen"], *case["size"]), here.shape).tolist()


def half(twin, case):
    return facts.half(np.array(case["grid"], float)), twin("facts.js", "half", flat(case["grid"]))


def correlate(twin, case):
    a, b = np.array(case["a"], float), np.array(case["b"], float)
    return agreement.correlate(a, b), twin("agreement.js", "correlate", flat(a), flat(b))


BOTH = {"roll": roll, "place": place, "half": half, "correlate": correlate}


@pytest.mark.parametrize("case", json.loads(VECTORS.read_text("utf-8")), ids=lambda case: case["why"])
def test_vectors(twin, case):
    assert BOTH[case["of"]](twin, case) == (case["result"], case["result"])
