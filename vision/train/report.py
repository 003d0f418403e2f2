"""What a training tells: a bar while it works, rows of a CSV, curves, grids of pictures, confusion matrices."""

import csv
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from tqdm import tqdm

log = logging.getLogger("glassbox")


def bar(steps: Iterable[Any] | None, total: int, name: str, show: bool = True) -> Any:
    """Return the steps with a progress bar on the error stream, where that is a terminal; `show` is for one process of several."""
    return tqdm(steps, name, total, leave=False, disable=None if show else True)


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


def learning(out: Path) -> None:
    """Write curves.png beside curve.csv: each of its columns over the first, in a field of its own, as their scales differ."""
    from matplotlib.figure import Figure

    points = rows(out / "curve.csv")
    x, *columns = [name for name in points[0] if name != "minutes"]
    figure = Figure(figsize=(4 * min(3, len(columns)), 3 * -(-len(columns) // 3)), layout="constrained")
    for at, name in enumerate(columns):
        axes = figure.add_subplot(-(-len(columns) // 3), min(3, len(columns)), at + 1)
        known = [p for p in points if name in p]
        axes.plot([p[x] for p in known], [p[name] for p in known], linewidth=2)
        axes.set(xlabel=x, title=name.replace("_", " "))
        axes.grid(alpha=0.3)
    figure.savefig(out / "curves.png", dpi=120)


def precision_recall(path: Path, found: Mapping[str, Any]) -> None:
    """Write precision over recall at IoU 0.5 as PNG: the mean of all classes, and each of the 20 with the most average precision.

    found  as `evaluate_detector` returns it; its curves are precision at 101 recalls, 0, 0.01 ... 1
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 6), layout="constrained")
    axes = figure.subplots()
    recalls = np.linspace(0, 1, 101)
    best = sorted(found["curves"], key=lambda name: -found["classes"][name])[:20]
    dashes = ("-", "--", ":", "-.")
    for at, name in enumerate(best):
        axes.plot(recalls, found["curves"][name], dashes[at // 10 % 4], label=f"{name} {found['classes'][name]:.2f}", linewidth=1)
    if best:
        mean = np.mean(list(found["curves"].values()), axis=0)
        axes.plot(recalls, mean, color="black", label=f"mean of {len(found['curves'])}: {found['ap50']:.2f}", linewidth=3)
        figure.legend(loc="outside right upper", fontsize="small")
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02), title="Precision and recall at IoU 0.5")
    axes.grid(alpha=0.3)
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
