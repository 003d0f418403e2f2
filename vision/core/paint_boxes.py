"""A view of candidates painted on the picture at its original size, in the page's colours and dashes."""

import io
import json
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from vision.core.marks import Mark, mark
from vision.core.results_detect import Candidates, DetectView
from vision.core.sift import corners, sift

Corners = tuple[float, float, float, float]
LABELS = 60  # as many as the page writes


def paint(rgb: NDArray[np.uint8], found: Candidates, view: DetectView, *, ghosts: bool = False) -> Image.Image:
    """Return the picture with the boxes of a view, and with `ghosts` the suppressed ones as thin lines.

    rgb  uint8 [H, W, 3], the upright picture that `found` is of, or a reduction of it
    """
    sifted = sift(found, view)
    scale = rgb.shape[1] / found.picture.width

    def place(i: int) -> Corners:
        x0, y0, x1, y1 = corners(found, i)
        return x0 * scale, y0 * scale, x1 * scale, y1 * scale

    picture = Image.fromarray(rgb)
    unit = max(1, round(max(picture.size) / 640))  # a page pixel when the picture is shown 640 wide
    draw = ImageDraw.Draw(picture)
    if ghosts:
        kept = set(sifted.verdicts.kept)
        for i in np.flatnonzero(found.scores > view.score).tolist():
            if i not in kept and (view.classes is None or int(found.classes[i]) in view.classes):
                outline(draw, place(i), Mark(mark(int(found.classes[i])).colour, (), ""), unit)
    for i in reversed(sifted.shown):  # the best on top
        outline(draw, place(i), Mark("#000000", (), ""), 4 * unit)
        outline(draw, place(i), mark(int(found.classes[i])), 2 * unit)
    texts = [f"{found.names[int(found.classes[i])]} {sifted.verdicts.scores[i]:.2f}" for i in sifted.shown]
    looks = [mark(int(found.classes[i])) for i in sifted.shown]
    write(draw, picture.size, [place(i) for i in sifted.shown], texts, looks, 14 * unit)
    return picture


def outline(draw: ImageDraw.ImageDraw, box: Corners, look: Mark, width: int) -> None:
    """Draw one box inside the picture, dashed as its look says (dashes are in page pixels; `width` is 2 of them)."""
    right, low = draw.im.size[0] - 1, draw.im.size[1] - 1
    x0, y0 = (min(max(value, 0), edge) for value, edge in zip(box[:2], (right, low), strict=True))
    x1, y1 = (min(max(value, 0), edge) for value, edge in zip(box[2:], (right, low), strict=True))
    for a, b in (((x0, y0), (x1, y0)), ((x1, y0), (x1, y1)), ((x0, y1), (x1, y1)), ((x0, y0), (x0, y1))):
        for start, end in dashes(a, b, [on * width / 2 for on in look.dash]):
            draw.line([start, end], fill=look.colour, width=width)


def dashes(a: tuple[float, float], b: tuple[float, float], pattern: list[float]) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Return the drawn parts of a line from a to b; pattern: lengths on, off, on ... in pixels, empty for the whole line.

    >>> dashes((0, 0), (10, 0), [4, 4])
    [((0.0, 0.0), (4.0, 0.0)), ((8.0, 0.0), (10.0, 0.0))]
    """
    length = float(np.hypot(b[0] - a[0], b[1] - a[1]))
    if not pattern or length == 0:
        return [(a, b)]

    def at(way: float) -> tuple[float, float]:
        part = min(way / length, 1.0)
        return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part

    parts, way, n = [], 0.0, 0
    while way < length:
        if n % 2 == 0:
            parts.append((at(way), at(way + pattern[n % len(pattern)])))
        way += pattern[n % len(pattern)]
        n += 1
    return parts


def write(draw: ImageDraw.ImageDraw, size: tuple[int, int], boxes: list[Corners], texts: list[str], looks: list[Mark], px: int) -> None:
    """Write labels inside the picture, best first; one that would cover another goes a line lower, or is left out."""
    font = ImageFont.load_default(px)
    tall, pad = px + px // 2, px // 3
    placed: list[tuple[float, float, float]] = []
    for box, text, look in zip(boxes, texts, looks, strict=True):
        wide = min(draw.textlength(text, font) + 2 * pad, size[0])
        left = max(0.0, min(box[0], size[0] - wide))
        first = max(0.0, min(box[1] - tall if box[1] >= tall else box[1], size[1] - tall))
        top = next((top for top in (first, first + tall) if top <= size[1] - tall and not covers((left, top, wide), placed, tall)), None)
        if top is None:
            continue
        placed.append((left, top, wide))
        draw.rectangle((left, top, left + wide, top + tall), fill=look.colour)
        draw.text((left + pad, top + tall / 2), text, look.ink, font, anchor="lm")
        if len(placed) == LABELS:
            return


def covers(label: tuple[float, float, float], placed: list[tuple[float, float, float]], tall: float) -> bool:
    """Return whether a label (left, top, width) of a height would cover one of others."""
    left, top, wide = label
    return any(left < x + w and x < left + wide and top < y + tall and y < top + tall for x, y, w in placed)


def png(pictures: list[Image.Image], models: list[str], view: DetectView) -> bytes:
    """Return one PNG of one or two painted pictures side by side; models and settings stand in its text as JSON."""
    whole = Image.new("RGB", (sum(one.width for one in pictures), pictures[0].height))
    left = 0
    for one in pictures:
        whole.paste(one, (left, 0))
        left += one.width
    info = PngInfo()
    info.add_text("Glassbox", json.dumps({"models": models, "settings": asdict(view)}))
    out = io.BytesIO()
    whole.save(out, "PNG", pnginfo=info)
    return out.getvalue()
