"""A map painted on its photo at the photo's own size, with a colour bar that carries the true numbers."""

import json
from dataclasses import asdict, dataclass, replace

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vision.core import encode, heat
from vision.core.heat import Bytes
from vision.core.paint_maps import MapLook, Values, paint
from vision.core.results import Explanation
from vision.core.words import say

PAGE_PX = 640  # a photo of this width gets a colour bar of the page's own size; larger photos a larger one
LEAST_PX = 320  # how narrow the picture with its bar may be
CLASSLESS = ("attention", "rollout")  # their numbers are shares of attention, the same for every class
PAPER, INK = (255, 255, 255), (24, 24, 24)


@dataclass(frozen=True)
class HeatView:
    """How a map is looked at.

    palette  viridis or inferno
    alpha    0..255, the map's share of each colour; 0: the photo alone
    top      the upper end of a scale that several maps share, in units of each map's average place (`paint_maps.common`);
             0: the map's own range
    """

    palette: str = "viridis"
    alpha: int = 153
    top: float = 0.0


def values(found: Explanation) -> Values:
    """Return the map in its own units."""
    low, high = found.range
    return Values(found.grid * (high - low) + low, found.seen, low, high)


def explanation(rgb: Bytes, found: Explanation, view: HeatView | None = None) -> Bytes:
    """Return the photo with the map on the part that was seen, the rest darkened; no bar.

    rgb  uint8 [H, W, 3], the upright picture that `found` is of, or a reduction of it; returns the same shape
    """
    view = view or HeatView()
    x, y = rgb.shape[1] / found.picture.width, rgb.shape[0] / found.picture.height
    x0, y0, x1, y1 = found.seen
    one = replace(values(found), seen=(x0 * x, y0 * y, x1 * x, y1 * y))
    return paint(rgb, one, MapLook(view.alpha / 255, view.palette), view.top)


def framed(rgb: Bytes, found: Explanation, view: HeatView | None = None, lang: str = "en") -> Bytes:
    """Return `explanation` with a strip below it: colour bar, the numbers of both ends, model, method and class.

    Returns uint8 [H + strip, max(W, 320), 3]; the photo's pixels stand at its top left, at their own size.
    """
    view = view or HeatView()
    painted = explanation(rgb, found, view)
    height, width = painted.shape[:2]
    wide = max(width, LEAST_PX)
    unit = max(wide, min(height, 2 * wide)) / PAGE_PX
    strip = _strip(found, view, wide, max(1.0, unit), lang)
    whole = np.full((height + strip.shape[0], wide, 3), PAPER, np.uint8)
    whole[:height, :width] = painted
    whole[height:] = strip
    return whole


def _strip(found: Explanation, view: HeatView, wide: int, unit: float, lang: str) -> Bytes:
    pad, bar, px = round(10 * unit), round(14 * unit), round(14 * unit)
    font = ImageFont.load_default(px)
    picture = Image.new("RGB", (wide, 3 * pad + bar + px + px // 2), PAPER)
    draw = ImageDraw.Draw(picture)
    low, high = ends(found, view)
    left, right = round(draw.textlength(low, font)) + 2 * pad, wide - round(draw.textlength(high, font)) - 2 * pad
    if right > left:
        colours = heat.tint(np.tile((np.arange(right - left) + 0.5) / (right - left), (bar, 1)), heat.tables()[view.palette])
        picture.paste(Image.fromarray(colours), (left, pad))
    middle = pad + bar / 2
    draw.text((pad, middle), low, INK, font, anchor="lm")
    draw.text((wide - pad, middle), high, INK, font, anchor="rm")
    draw.text((pad, 2 * pad + bar + px * 0.75), _fit(caption(found, lang), draw, font, wide - 2 * pad), INK, font, anchor="lm")
    return np.asarray(picture)


def _fit(text: str, draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """Return a text cut to a width in pixels, with three dots where it was cut."""
    if draw.textlength(text, font) <= width:
        return text
    while text and draw.textlength(f"{text}...", font) > width:
        text = text[:-1]
    return f"{text}..."


def caption(found: Explanation, lang: str = "en") -> str:
    """Return what the map is of, in a few words: method and model, and the class where the map is of one."""
    key = "explain.caption_against" if found.against else "explain.caption"
    key = "explain.caption_classless" if found.method in CLASSLESS else key
    against = found.against.label if found.against else ""
    method = say(f"explain.name_{found.method}", lang)
    return say(key, lang, method=method, target=found.target.label, against=against, model=found.model)


def ends(found: Explanation, view: HeatView) -> tuple[str, str]:
    """Return the numbers at both ends of the colour bar: shares in percent, evidence as it is, a common scale as times the average."""
    if view.top > 0:
        return "0", f"{number(view.top)} x"
    if found.method in CLASSLESS:
        return f"{number(100 * found.range[0])} %", f"{number(100 * found.range[1])} %"
    return number(found.range[0]), number(found.range[1])


def number(value: float) -> str:
    """Return three significant digits, with an exponent only where the number would be long without.

    >>> number(0.0), number(12.3456), number(1234567.0), number(0.000056)
    ('0', '12.3', '1.2e+6', '5.6e-5')
    """
    if value != 0 and not 0.001 <= abs(value) < 1e6:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa}e{int(exponent):+d}"
    return f"{float(f'{value:.3g}'):.12g}"


def png(rgb: Bytes, found: Explanation, view: HeatView | None = None, lang: str = "en") -> bytes:
    """Return `framed` as a PNG; model, class and settings stand in its text as JSON."""
    view = view or HeatView()
    about = {
        "model": found.model,
        "revision": found.revision,
        "method": found.method,
        "target": found.target.label,
        "against": found.against.label if found.against else None,
        "range": found.range,
        "view": asdict(view),
    }
    return encode.png(framed(rgb, found, view, lang), text={"Glassbox": json.dumps(about)})
