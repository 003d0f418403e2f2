"""Mixing two pictures value by value: alpha in two light models and the separable blend modes of the W3C.

Every such mix of two 8-bit values is a table of 256 x 256 answers, built once per move of a slider and then only looked up. The table is
float64 in one written order of operations, so the JavaScript twin (assets/web/blend.js) gives the same bytes, all 65,536 of them.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

LIGHTS = ("srgb", "linear")
UNIT = 1 << 20  # linear light is counted in whole units of 1 / 2^20: integers are the same in every language


def linear(value: float) -> float:
    """Return the linear light of an sRGB value, both 0..1.  Source: IEC 61966-2-1.  Twin: assets/web/blend.js.

    >>> round(linear(0.5), 6)
    0.214041
    """
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def srgb(value: float) -> float:
    """Return the sRGB value of a linear light, both 0..1.  Source: IEC 61966-2-1.  Twin: assets/web/blend.js.

    >>> round(srgb(0.5), 6)
    0.735357
    """
    return value * 12.92 if value <= 0.0031308 else float(1.055 * value ** (1 / 2.4) - 0.055)


LINEAR: Floats = np.array([np.floor(linear(i / 255) * UNIT + 0.5) for i in range(256)])  # [256] light of each level
EDGES: Floats = np.array([np.floor(linear((i - 0.5) / 255) * UNIT + 0.5) for i in range(1, 256)])  # [255] light where level i begins


def _dodge(under: Floats, over: Floats) -> Floats:
    room = 1.0 - over
    found = np.divide(under, room, out=np.ones_like(under), where=room > 0)
    return np.where(under == 0, 0.0, np.minimum(1.0, found))


def _burn(under: Floats, over: Floats) -> Floats:
    room = 1.0 - under
    found = np.divide(room, over, out=np.ones_like(under), where=over > 0)
    return np.where(room == 0, 1.0, 1.0 - np.minimum(1.0, found))


def _hard(under: Floats, over: Floats) -> Floats:
    lift = 2.0 * over - 1.0
    return np.where(over <= 0.5, under * (2.0 * over), under + lift - under * lift)


def _soft(under: Floats, over: Floats) -> Floats:
    bent = np.where(under <= 0.25, ((16.0 * under - 12.0) * under + 4.0) * under, np.sqrt(under))
    down = under - (1.0 - 2.0 * over) * under * (1.0 - under)
    return np.where(over <= 0.5, down, under + (2.0 * over - 1.0) * (bent - under))


# B(under, over) of W3C Compositing and Blending Level 1, section 9.1; `under` is A (the backdrop), `over` is B (the source)
MODES: dict[str, Callable[[Floats, Floats], Floats]] = {
    "normal": lambda under, over: over,
    "multiply": lambda under, over: under * over,
    "screen": lambda under, over: under + over - under * over,
    "overlay": lambda under, over: _hard(over, under),
    "darken": np.minimum,
    "lighten": np.maximum,
    "color-dodge": _dodge,
    "color-burn": _burn,
    "hard-light": _hard,
    "soft-light": _soft,
    "difference": lambda under, over: np.abs(under - over),
    "exclusion": lambda under, over: under + over - 2.0 * under * over,
}


def table(mode: str, light: str, share: float) -> Bytes:
    """Return what becomes of every pair of levels: uint8 [256, 256], rows A, columns B.

    mode    one of MODES; light: "srgb" mixes the stored values, "linear" the light they stand for
    share   0..1, the weight of A: share x A + (1 - share) x mode(A, B), halves rounded up; 1 gives A and, in normal mode, 0 gives B
    Twin: assets/web/blend.js.  Source: W3C Compositing and Blending Level 1, sections 9.1 and 10.

    >>> [int(table("normal", light, 0.5)[255, 0]) for light in LIGHTS]
    [128, 188]
    """
    levels = np.arange(256, dtype=np.float64) if light == "srgb" else LINEAR
    top = 255.0 if light == "srgb" else float(UNIT)
    under, over = np.meshgrid(levels, levels, indexing="ij")
    full = over if mode == "normal" else MODES[mode](under / top, over / top) * top
    mixed = share * under + (1.0 - share) * full
    if light == "srgb":
        return np.clip(np.floor(mixed + 0.5), 0, 255).astype(np.uint8)
    return np.searchsorted(EDGES, mixed, side="right").astype(np.uint8)


def blend(a: Bytes, b: Bytes, tables: Sequence[Bytes]) -> Bytes:
    """Look every pixel up: uint8 [H, W, 3] of A and of B (same size) and one table per channel give uint8 [H, W, 3].

    Twin: assets/web/blend.js.
    """
    if a.shape != b.shape:
        raise ValueError(f"A is {a.shape}, B is {b.shape}")
    out = np.empty_like(a)
    for channel, answers in enumerate(tables):
        out[..., channel] = answers[a[..., channel], b[..., channel]]
    return out
