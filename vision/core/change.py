"""What if the photo were different? One change at a time, from nothing up to much of it: uint8 in, uint8 out, seeded.

The changes of Geirhos et al. 2018 (Generalisation in humans and deep neural networks) and 2019 (ImageNet-trained CNNs are biased
towards texture), the shuffled patches of Naseer et al. 2021 (Intriguing Properties of Vision Transformers), and a brush.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.core.mask import Stroke, brush
from vision.core.place import fitted, resized

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

SIDE = 640  # long side in pixels of what is changed: the nets see 224 to 518, and a change has to keep up with a hand
GREY = 128
FILLS = ("grey", "blur", "average", "patch")
STRONG = 0.05  # the sigma of the brush's blur, in long sides; it is made on a copy reduced by
COARSE = 4  # since a hand is waiting
STEEP = 8  # twice the order of the Butterworth filter: steep enough to cut, soft enough not to ring


def _evenly(last: float, steps: int) -> tuple[float, ...]:
    return tuple(round(last * step / steps, 6) for step in range(steps + 1))


# The stops of each change, in its own unit. The first changes nothing, and each further one is stronger than the one before.
KINDS: dict[str, tuple[float, ...]] = {
    "brush": _evenly(1, 20),  # how much the fill covers
    "shuffle": (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16),  # patches a side of the middle square
    "rotate": _evenly(180, 20),  # degrees clockwise
    "shift": _evenly(0.5, 20),  # to the right, in widths
    "shrink": (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1),  # size of the photo on its canvas
    "enlarge": (1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0),  # magnification of its middle
    "blur": _evenly(0.04, 20),  # sigma of the Gaussian, in long sides
    "noise": _evenly(160, 20),  # standard deviation, in levels of 256
    "grey": _evenly(1, 20),  # the share of the colour that is taken away
    "recolour": _evenly(180, 20),  # degrees by which every hue is turned
    "lowpass": (256, 128, 96, 64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2),  # periods a long side that stay at most; 256: all
    "highpass": (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64),  # periods a long side that stay at least, beside the mean
}


@dataclass(frozen=True)
class Change:
    """One change of a picture: a key of KINDS, and how much of it, in that kind's unit.

    seed           of shuffle and noise: the same one gives the same patches and the same grain
    strokes, fill  of a brush: discs where their value is 0, and what they are filled with; "patch" is another picture
    """

    kind: str
    amount: float
    seed: int = 0
    strokes: tuple[Stroke, ...] = ()
    fill: str = "grey"

    @property
    def nothing(self) -> bool:
        """Whether the picture stays as it is, byte for byte."""
        return self.amount == KINDS[self.kind][0] or (self.kind == "brush" and not self.strokes)


UNCHANGED = Change("grey", 0)


def working(rgb: Bytes) -> Bytes:
    """Return a picture at the size that is changed: reduced by area averages to a long side of SIDE; a smaller one is itself."""
    tall, wide = rgb.shape[:2]
    scale = SIDE / max(tall, wide)
    return rgb if scale >= 1 else resized(rgb, (max(1, int(wide * scale + 0.5)), max(1, int(tall * scale + 0.5))))


def apply(rgb: Bytes, change: Change, other: Bytes | None = None) -> Bytes:
    """Return the changed picture, uint8 [H, W, 3] like `rgb`; what comes in from outside has the picture's mean colour.

    other  uint8 [h, w, 3]  the picture that a brush of fill "patch" shows, laid over the canvas; without one it shows the photo, mirrored
    """
    if change.nothing:
        return rgb
    if change.kind == "brush":
        return _brush(rgb, change, other)
    return WAYS[change.kind](rgb, change.amount, change.seed)


def mean(rgb: Bytes) -> NDArray[np.uint8]:
    """Return the mean colour, uint8 [3], halves rounded up."""
    return (np.array(cv2.mean(rgb)[:3]) + 0.5).astype(np.uint8)


def _bytes(values: NDArray) -> Bytes:
    return np.clip(values + 0.5, 0, 255).astype(np.uint8)  # a cast of what is not negative rounds down


def _shuffle(rgb: Bytes, amount: float, seed: int) -> Bytes:
    """Cut the middle square into n x n patches and move every one; what n does not divide stays as a frame."""
    n = int(amount)
    side = min(rgb.shape[:2]) // n
    if side == 0:
        return rgb  # fewer pixels than patches
    top, left = ((size - side * n) // 2 for size in rgb.shape[:2])
    order = np.random.default_rng(seed).permutation(n * n)
    source = np.empty_like(order)
    source[order] = np.roll(order, 1)  # one cycle through all patches: none stays where it was
    square = rgb[top : top + side * n, left : left + side * n].reshape(n, side, n, side, 3)
    patches = square.transpose(0, 2, 1, 3, 4).reshape(n * n, side, side, 3)[source]
    out = rgb.copy()
    shuffled = patches.reshape(n, n, side, side, 3).transpose(0, 2, 1, 3, 4)
    out[top : top + side * n, left : left + side * n] = shuffled.reshape(side * n, side * n, 3)
    return out


def _rotate(rgb: Bytes, amount: float, seed: int) -> Bytes:
    tall, wide = rgb.shape[:2]
    matrix = cv2.getRotationMatrix2D(((wide - 1) / 2, (tall - 1) / 2), -amount, 1.0)
    colour = mean(rgb).tolist()
    return np.asarray(cv2.warpAffine(rgb, matrix, (wide, tall), flags=cv2.INTER_LINEAR, borderValue=colour), np.uint8)


def _shift(rgb: Bytes, amount: float, seed: int) -> Bytes:
    step = int(amount * rgb.shape[1] + 0.5)
    out = _canvas(rgb)
    out[:, step:] = rgb[:, : rgb.shape[1] - step]
    return out


def _shrink(rgb: Bytes, amount: float, seed: int) -> Bytes:
    tall, wide = (max(1, int(size * amount + 0.5)) for size in rgb.shape[:2])
    top, left = (rgb.shape[0] - tall) // 2, (rgb.shape[1] - wide) // 2
    out = _canvas(rgb)
    out[top : top + tall, left : left + wide] = resized(rgb, (wide, tall))
    return out


def _canvas(rgb: Bytes) -> Bytes:
    return np.broadcast_to(mean(rgb), rgb.shape).copy()


def _enlarge(rgb: Bytes, amount: float, seed: int) -> Bytes:
    tall, wide = (max(1, int(size / amount + 0.5)) for size in rgb.shape[:2])
    top, left = (rgb.shape[0] - tall) // 2, (rgb.shape[1] - wide) // 2
    return resized(rgb[top : top + tall, left : left + wide], (rgb.shape[1], rgb.shape[0]))


def _blur(rgb: Bytes, amount: float, seed: int = 0) -> Bytes:
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), amount * max(rgb.shape[:2]), borderType=cv2.BORDER_REPLICATE), np.uint8)


def _noise(rgb: Bytes, amount: float, seed: int) -> Bytes:
    """Add one grain, the stronger the more of it: the stops lie on a line."""
    grain = np.random.default_rng(seed).standard_normal(rgb.shape, np.float32)
    return _bytes(rgb + np.float32(amount) * grain)


def _grey(rgb: Bytes, amount: float, seed: int) -> Bytes:
    """Go towards the luma of ITU-R BT.601."""
    luma = rgb @ np.array([0.299, 0.587, 0.114], np.float32)
    return _bytes(rgb + np.float32(amount) * (luma[..., None] - rgb))


def _recolour(rgb: Bytes, amount: float, seed: int) -> Bytes:
    """Turn every hue (HSV); lightest and darkest channel of each pixel stay."""
    hsv = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + amount) % 360
    return _bytes(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255)


def _lowpass(rgb: Bytes, amount: float, seed: int) -> Bytes:
    return _bytes(_coarse(rgb, amount))


def _highpass(rgb: Bytes, amount: float, seed: int) -> Bytes:
    values = rgb.astype(np.float32)
    return _bytes(values - _coarse(rgb, amount) + values.reshape(-1, 3).mean(0))


def _coarse(rgb: Bytes, periods: float) -> Floats:
    """Return what a Butterworth filter of order 4 leaves below so many periods a long side, float32 [H, W, 3].

    By the cosine transform, which mirrors the picture at its edges: opposite edges do not bleed into each other.
    """
    tall, wide = rgb.shape[:2]
    even = cv2.copyMakeBorder(rgb, 0, tall % 2, 0, wide % 2, cv2.BORDER_REPLICATE).astype(np.float32)  # OpenCV's transform wants it
    down, across = (np.arange(size, dtype=np.float32) / 2 * (max(tall, wide) / size) for size in even.shape[:2])  # k: k / 2 periods
    keep = 1 / (1 + ((down[:, None] ** 2 + across**2) / np.float32(periods) ** 2) ** (STEEP // 2))
    found = [cv2.idct(cv2.dct(np.ascontiguousarray(even[..., channel])) * keep) for channel in range(3)]
    return np.stack(found, -1)[:tall, :wide].astype(np.float32)


def _brush(rgb: Bytes, change: Change, other: Bytes | None) -> Bytes:
    """Cover the discs with the fill; `amount` of it shows."""
    wh = (rgb.shape[1], rgb.shape[0])
    painted = brush(wh, change.strokes, 1.0) < 0.5
    fill = {
        "grey": lambda: np.full_like(rgb, GREY),
        "average": lambda: _canvas(rgb),
        "blur": lambda: resized(_blur(resized(rgb, (-(-wh[0] // COARSE), -(-wh[1] // COARSE))), STRONG), wh),
        "patch": lambda: rgb[:, ::-1] if other is None else _covering(other, wh),
    }[change.fill]()
    mixed = _bytes(rgb + np.float32(change.amount) * (fill.astype(np.float32) - rgb))
    return np.where(painted[..., None], mixed, rgb)


def _covering(other: Bytes, wh: tuple[int, int]) -> Bytes:
    """Return the middle of another picture at the canvas's size."""
    laid = fitted(other, wh, "fill")
    return laid.rgb[-laid.top : wh[1] - laid.top, -laid.left : wh[0] - laid.left]


WAYS: dict[str, Callable[[Bytes, float, int], Bytes]] = {
    "shuffle": _shuffle, "rotate": _rotate, "shift": _shift, "shrink": _shrink, "enlarge": _enlarge, "blur": _blur,
    "noise": _noise, "grey": _grey, "recolour": _recolour, "lowpass": _lowpass, "highpass": _highpass,
}  # fmt: skip
