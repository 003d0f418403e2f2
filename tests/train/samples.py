"""Packed sets made on the spot: drawn pictures of three shapes, so that a test needs no data."""

import io
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

COLOURS = ("#c03030", "#30a040", "#3050c0")


def draw(label: int, seed: int, side: int) -> tuple[Image.Image, tuple[int, int, int, int]]:
    """Return a picture of one shape, and its box."""
    random = np.random.default_rng([label, seed])
    size = int(random.integers(side // 3, side // 2))
    x, y = (int(v) for v in random.integers(0, side - size, 2))
    box = (x, y, x + size, y + size)
    picture = Image.new("RGB", (side, side), "white")
    pen = ImageDraw.Draw(picture)
    (pen.rectangle, pen.ellipse, pen.chord)[label](box, **({"start": 0, "end": 180} if label == 2 else {}), fill=COLOURS[label])
    return picture, box


def pack(folder: Path, name: str, train: int = 24, val: int = 6, side: int = 32) -> Path:
    """Write a packed set with labels and boxes, three classes in turn; return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    encoded, boxes = [], []
    for index in range(train + val):
        picture, box = draw(index % 3, index, side)
        file = io.BytesIO()
        picture.save(file, "PNG")
        encoded.append(file.getvalue())
        boxes.append(box)
    count = len(encoded)
    (folder / f"{name}.bin").write_bytes(b"".join(encoded))
    (folder / f"{name}.json").write_text(json.dumps({"class_names": ["square", "disc", "bowl"], "bins": [f"{name}.bin"]}), "utf-8")
    labels = np.arange(count) % 3
    np.savez(
        folder / f"{name}.npz",
        offsets=np.cumsum([0] + [len(one) for one in encoded]),
        split=(np.arange(count) >= train).astype(np.uint8),
        labels=labels,
        boxes=np.array(boxes, np.float32),
        box_image=np.arange(count, dtype=np.int32),
        box_label=labels,
        box_flags=np.zeros(count, np.uint8),
    )
    return folder
