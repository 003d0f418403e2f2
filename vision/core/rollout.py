"""Attention on paper: what a query attends to in one layer, and through all layers (rollout).

The matrices come in 256 steps per row with what 255 stands for (`scale`), as the browser has them. Everything is float64 in one
written order of operations, so that the JavaScript twin (assets/web/rollout.js) gives the same numbers to the last bit. Sums run
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
    out: Floats = attention[0] * step[0][:, None]
    for matrix, steps in zip(attention[1:], step[1:], strict=True):
        values = matrix * steps[:, None]
        if fusion == "mean":
            out += values
        else:
            (np.maximum if fusion == "max" else np.minimum)(out, values, out=out)
    if fusion == "mean":
        out /= float(len(attention))
    return out


def prune(matrix: Floats, discard: float, prefix: int) -> Floats:
    """Zero the weakest share of what a matrix gives to places; what it gives to the class token and registers stays.

    matrix   float64 [tokens, tokens]
    discard  0..1 of the entries in the columns from `prefix` on; of equal entries those first in reading order
    Twin: assets/web/rollout.js.  Source: a refinement of Abnar & Zuidema 2020 that is common in code; each matrix by itself.
    """
    flat = matrix[:, prefix:].ravel()
    count = int(discard * flat.size)
    if count == 0:
        return matrix
    limit = np.partition(flat, count - 1)[count - 1]
    dropped = flat < limit
    equal = np.flatnonzero(flat == limit)
    dropped[equal[: count - int(dropped.sum())]] = True
    out = matrix.copy()
    out[:, prefix:][dropped.reshape(len(matrix), -1)] = 0.0
    return out


def mix(matrix: Floats) -> Floats:
    """Add the identity (the residual path) and let every row sum to 1 again.

    Twin: assets/web/rollout.js.  Source: Abnar & Zuidema 2020, section 3.

    >>> mix(np.array([[0.0, 1.0], [1.0, 0.0]])).tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """
    out = matrix + np.eye(len(matrix))
    out /= np.cumsum(out, axis=1)[:, -1:]
    return out


def flow(chain: list[Floats], start: Floats) -> Floats:
    """Send a vector of queries down through the layers, last matrix first: one row of the rollout without the whole product.

    chain  float64 [tokens, tokens] each, first layer first, as `mix` gives them; start  float64 [tokens]
    Returns float64 [tokens]. Twin: assets/web/rollout.js.
    """
    vector = start
    for matrix in reversed(chain):
        vector = np.add.reduce(matrix * vector[:, None], axis=0)
    return vector


def begin(tokens: int, reads: tuple[int, int]) -> Floats:
    """Return the vector of queries `reads[0]` to `reads[1]` (one past the last), all alike, float64 [tokens], sum 1.

    Twin: assets/web/rollout.js.

    >>> begin(3, (0, 1)).tolist()
    [1.0, 0.0, 0.0]
    """
    out = np.zeros(tokens)
    out[reads[0] : reads[1]] = 1.0 / float(reads[1] - reads[0])
    return out


def attend(
    attention: NDArray[np.uint8],
    scale: NDArray[np.float32],
    reads: tuple[int, int],
    *,
    layer: int = -1,
    head: int = -1,
    fusion: str = "mean",
) -> Floats:
    """Return what the queries of `reads` attend to: the chosen matrices fused, then the mean over the queries.

    attention  uint8 [layers, heads, tokens, tokens]; scale  float32 [layers, heads, tokens]; layer, head  -1: all of them
    Returns float64 [tokens]. Twin: assets/web/rollout.js.
    """
    low, high = reads
    tokens = attention.shape[-1]
    rows, columns = _pick(layer), _pick(head)
    chosen = attention[rows, columns, low:high].reshape(-1, high - low, tokens)
    fused = fuse(chosen, scale[rows, columns, low:high].reshape(-1, high - low), fusion)
    return np.cumsum(fused, axis=0)[-1] / float(high - low)  # type: ignore[no-any-return]


def roll(
    attention: NDArray[np.uint8],
    scale: NDArray[np.float32],
    prefix: int,
    reads: tuple[int, int],
    *,
    layer: int = -1,
    head: int = -1,
    fusion: str = "mean",
    discard: float = 0.0,
) -> Floats:
    """Return the rollout of the queries of `reads` through all layers, or through those up to `layer`.

    Arrays as in `attend`. Returns float64 [tokens], sum 1. Twin: assets/web/rollout.js.  Source: Abnar & Zuidema 2020, section 3.
    """
    upto, columns = slice(None if layer < 0 else layer + 1), _pick(head)
    layers = zip(attention[upto, columns], scale[upto, columns], strict=True)
    chain = [mix(prune(fuse(matrices, steps, fusion), discard, prefix)) for matrices, steps in layers]
    return flow(chain, begin(attention.shape[-1], reads))


def _pick(index: int) -> slice:
    return slice(None) if index < 0 else slice(index, index + 1)
