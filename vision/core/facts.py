"""What a map says, in figures and words: where its weight lies, how concentrated it is, how far attention reaches.

Maps are float64 [h, w] >= 0 in their own units. Same order of operations as the JavaScript twin (assets/web/facts.js), as the words
under a map follow the sliders in the browser.
"""

import numpy as np

from vision.core.heat import Floats, Seen
from vision.core.results import Fact

NINTHS = (
    "top_left", "top", "top_right",
    "left", "middle", "right",
    "bottom_left", "bottom", "bottom_right",
)  # fmt: skip
EVEN = 1 / 6  # no ninth holds more than half as much again as its even share, 1/9: the weight lies everywhere


def percent(share: float) -> str:
    """Return a share as a whole percentage, half upwards.

    >>> percent(0.125), percent(0.0049)
    ('13 %', '0 %')
    """
    return f"{int(share * 100 + 0.5)} %"


def where(values: Floats, seen: Seen, width: int, height: int) -> Floats:
    """Return the share of the weight in each ninth of the whole picture, row by row; zeros where there is no weight in it.

    values  float64 [h, w] over `seen` (xyxy, pixels of a picture of width x height); each place counts by the area in a ninth
    Returns float64 [9]. Twin: assets/web/facts.js.

    >>> where(np.eye(3), (0, 0, 9, 9), 9, 9).tolist()[::4]
    [0.3333333333333333, 0.3333333333333333, 0.3333333333333333]
    """
    across = _thirds(seen[0], seen[2], values.shape[1], width)
    down = _thirds(seen[1], seen[3], values.shape[0], height)
    weights = np.zeros(9)
    for j in range(3):
        rows = np.cumsum(values * across[j], axis=1)[:, -1]
        for i in range(3):
            weights[3 * i + j] = np.cumsum(rows * down[i])[-1]
    total = np.cumsum(weights)[-1]
    return weights / total if total > 0 else np.zeros(9)


def _thirds(low: float, high: float, cells: int, size: int) -> Floats:
    """Return how much of each cell's width lies in each third of an axis, in cells, float64 [3, cells]."""
    step = (high - low) / cells
    edges = low + np.arange(cells + 1) * step
    thirds = [0.0, size / 3.0, size / 1.5, float(size)]
    parts = [np.minimum(edges[1:], thirds[k + 1]) - np.maximum(edges[:-1], thirds[k]) for k in range(3)]
    return np.maximum(0.0, np.array(parts)) / step  # type: ignore[no-any-return]


def half(values: Floats) -> int:
    """Return how many places, the strongest first, hold half of the weight; 0 where there is none. Twin: assets/web/facts.js.

    >>> half(np.array([5.0, 1, 1, 1])), half(np.zeros(4))
    (1, 0)
    """
    summed = np.cumsum(-np.sort(-values.ravel()))
    return int(np.searchsorted(summed, summed[-1] / 2.0)) + 1 if summed[-1] > 0 else 0


def read(values: Floats, seen: Seen, width: int, height: int) -> list[Fact]:
    """Return what can be said of a map: where most of the weight lies and how concentrated it is; nothing of an empty one.

    Twin: assets/web/facts.js.
    """
    count = half(values)
    if count == 0:
        return []
    shares = where(values, seen, width, height)
    best = int(np.argmax(shares))
    place = NINTHS[best] if shares[best] > EVEN else "even"
    few = {"count": str(count), "total": str(values.size), "share": percent(count / values.size)}
    return [(f"explain.where_{place}", {"share": percent(float(shares[best]))}), ("explain.half", few)]


def reach(matrix: Floats, prefix: int, grid_hw: tuple[int, int], input_hw: tuple[int, int]) -> float:
    """Return how far away a place attends on average, as a share of the input's width (places to places, prefix left out).

    matrix  float64 [tokens, tokens], heads fused.  Source: Dosovitskiy et al. 2021, figure 7 (mean attention distance).
    """
    rows, columns = grid_hw
    y, x = np.divmod(np.arange(rows * columns), columns)
    across = (x[:, None] - x[None]) / columns
    down = (y[:, None] - y[None]) * (input_hw[0] / (rows * input_hw[1]))
    weights = matrix[prefix:, prefix:]
    total = float(weights.sum())
    return float((weights * np.sqrt(across * across + down * down)).sum()) / total if total > 0 else 0.0


def depth(near: float, far: float) -> Fact:
    """Return what the reach of the first and the last layer says about the way through the net."""
    key = "wider" if far > near * 1.1 else "narrower" if far < near / 1.1 else "same"
    return f"explain.reach_{key}", {"near": percent(near), "far": percent(far)}
