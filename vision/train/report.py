"""What a training tells: rows of a CSV, curves, grids of pictures, confusion matrices."""

import csv
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

log = logging.getLogger("glassbox")


def row(path: Path, values: Mapping[str, float]) -> None:
    """Add one row to a CSV with a head, and say it."""
    log.info(" ".join(f"{name} {value:.4g}" for name, value in values.items()))
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(values))
        if fresh:
            writer.writeheader()
        writer.writerow(values)


def rows(path: Path) -> list[dict[str, float]]:
    """Return the rows of such a CSV."""
    with path.open(newline="") as file:
        return [{name: float(value) for name, value in one.items() if value} for one in csv.DictReader(file)]


def grid(path: Path, pictures: Tensor, columns: int) -> None:
    """Write pictures float [n, 3, h, w] in -1..1 as one PNG, `columns` of them side by side, downwards first."""
    n, _, height, width = pictures.shape
    pixels = ((pictures + 1) * 127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()
    lines = -(-n // columns)
    page = np.full((lines * height, columns * width, 3), 255, np.uint8)
    for at, one in enumerate(pixels):
        x, y = at // lines * width, at % lines * height
        page[y : y + height, x : x + width] = one
    Image.fromarray(page).save(path)


def curves(path: Path, lines: Mapping[str, Sequence[Mapping[str, float]]], x: str, y: str, title: str = "") -> None:
    """Write a PNG with one curve per name, `y` over `x`; names are told apart by colour and dash."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    dashes = ("-", "--", ":", "-.")
    for at, (name, points) in enumerate(lines.items()):
        axes.plot([p[x] for p in points], [p[y] for p in points], dashes[at % 4], label=name, linewidth=2)
    axes.set(xlabel=x, ylabel=y, title=title)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)


def confusion(path: Path, truth: NDArray, guess: NDArray, names: Sequence[str]) -> None:
    """Write a confusion matrix as PNG: a row per true class, shares of that row."""
    from matplotlib.figure import Figure
    from sklearn.metrics import confusion_matrix

    shares = confusion_matrix(truth, guess, labels=range(len(names)), normalize="true")
    side = max(5.0, 0.35 * min(40, len(names)))  # more names than that are not written
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, vmin=0, vmax=1, cmap="viridis")
    if len(names) <= 40:
        axes.set_xticks(range(len(names)), names, rotation=90)
        axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="answer", ylabel="truth")
    figure.savefig(path, dpi=120)
