"""Attention on paper: rows of one query, rollout of one query through all layers.

The matrices come in 256 steps per row with what 255 stands for (`scale`), as the browser has them, and everything is float64 in
one written order of operations, so the JavaScript twin (assets/web/rollout.js) gives the same numbers to the last bit. Sums run
from the first element to the last: `np.cumsum` along rows and `np.add.reduce` down the first axis do so, `np.sum` does not.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FUSIONS = ("mean", "max", "min")


def fuse(attention: NDArray[np.uint8], scale: NDArray[np.float32], fusion: str) -> Floats:
    """Fuse matrices element by element: mean, max or min.

    attention  uint8 [matrices, rows, tokens]; scale  float32 [matrices, rows]
    Returns float64 [rows, tokens]. Twin: assets/web/rollout.js.
    """
    step = scale.astype(np.float64) / 255.0
    out = attention[0] * step[0][:, None]
    for matrix, steps in zip(attention[1:], step[1:], strict=True):
        values = matrix * steps[:, None]
        if fusion == "mean":
            out += values
        else:
            (np.maximum if fusion == "max" else np.minimum)(out, values, out=out)
    if fusion == "mean":
        out /= float(len(attention))
    return out  # type: ignore[no-any-return]


def prune(matrix: Floats, discard: float, prefix: int) -> Floats:
    """Zero the weakest share of what a matrix gives to places; what it gives to the class token and registers stays.

    matrix  float64 [tokens, tokens]; discard 0..1 of the entries in columns from `prefix`; equal entries: first in reading order
    Twin: assets/web/rollout.js.  Source: Abnar & Zuidema 2020 have no discarding; this is the usual refinement, per matrix.
    """
    places = matrix[:, prefix:]
    count = int(discard * places.size)
    out = matrix.copy()
    if count > 0:
        flat = places.ravel()
        weakest = np.argsort(flat, kind="stable")[:count]
        rows, columns = np.divmod(weakest, places.shape[1])
        out[rows, columns + prefix] = 0.0
    return out


def mix(matrix: Floats) -> Floats:
    """Add the identity (the residual path) and let every row sum to 1 again.  Source: Abnar & Zuidema 2020, section 3."""
    out = matrix + np.eye(len(matrix))
    return out / np.cumsum(out, axis=1)[:, -1:]  # type: ignore[no-any-return]


def flow(matrices: list[Floats], start: Floats) -> Floats:
    """Send a vector of queries down through the layers, last matrix first: row `start` of the rollout.

    matrices  float64 [tokens, tokens] each, first layer first, as `mix` gives them; start  float64 [tokens]
    Returns float64 [tokens]. Twin: assets/web/rollout.js.
    """
    vector = start
    for matrix in reversed(matrices):
        vector = np.add.reduce(matrix * vector[:, None], axis=0)
    return vector


def begin(tokens: int, reads: tuple[int, int]) -> Floats:
    """Return the query vector that reads tokens `reads[0]` to `reads[1]` alike, float64 [tokens], sum 1.

    >>> begin(3, (0, 1)).tolist()
    [1.0, 0.0, 0.0]
    """
    out = np.zeros(tokens)
    out[reads[0] : reads[1]] = 1.0 / float(reads[1] - reads[0])
    return out


def gaze(attention: NDArray[np.uint8], scale: NDArray[np.float32], reads: tuple[int, int], fusion: str) -> Floats:
    """Return what the queries of `reads` attend to, matrices fused first, then the mean over the queries.

    attention  uint8 [matrices, tokens, tokens]; scale  float32 [matrices, tokens]
    Returns float64 [tokens]. Twin: assets/web/rollout.js.
    """
    low, high = reads
    rows = fuse(attention[:, low:high], scale[:, low:high], fusion)
    return np.add.reduce(rows, axis=0) / float(high - low)  # type: ignore[no-any-return]
