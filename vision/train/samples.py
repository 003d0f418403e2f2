"""What a conditional GAN is worth: recognised by a classifier that never saw it, as varied as the training pictures, repeating none.

The classifier is trained on the real train pictures alone (`train classifier --name fruits64 --side 64`); its folder is named by
VISION_JUDGE, and the distances are measured in its last features.
Sources: Heusel et al. 2017 (Frechet distance), Bińkowski et al. 2018 (kernel distance, unbiased, cubic kernel).
"""

import os
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from vision.core.errors import UserError
from vision.models.gan import Gan
from vision.models.net import Net
from vision.train import classifier
from vision.train.checkpoint import NAME
from vision.train.data import Packed
from vision.train.gan import tensor

COUNT = 2000  # samples of every measurement: a Frechet distance depends on how many there are


def frechet(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the Frechet distance of two sets of features [n, d], each taken for a normal distribution."""
    left, right = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    values, vectors = np.linalg.eigh(left)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    shared = np.sqrt(np.linalg.eigvalsh(root @ right @ root).clip(0)).sum()  # the trace of the root of left @ right; few samples: singular
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(left + right) - 2 * shared)


def kernel(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the unbiased squared kernel distance of two sets of features [n, d], kernel (x.y / d + 1)^3."""
    within = [np.power(one @ one.T / one.shape[1] + 1, 3) for one in (a, b)]
    own = [(one.sum() - np.trace(one)) / (len(one) * (len(one) - 1)) for one in within]
    return float(own[0] + own[1] - 2 * np.power(a @ b.T / a.shape[1] + 1, 3).mean())


def nearest(made: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
    """Return for each picture [n, 3, h, w] the root mean squared distance to its nearest real one, and which that is."""
    x, y = (functional.avg_pool2d(one.float(), 2).flatten(1) for one in (made, real))
    found = [torch.cdist(part, y).min(1) for part in x.split(256)]
    return torch.cat([one.values for one in found]) / x.shape[1] ** 0.5, torch.cat([one.indices for one in found])


def samples(gan: Gan, count: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return pictures -1..1 [count, 3, 64, 64] and their classes, as many of each class as there is room for."""
    random = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % gan.generator.classes
    z = torch.randn(count, gan.generator.latent, generator=random)
    rows = functional.one_hot(labels, gan.generator.classes).float()
    with torch.inference_mode():
        made = [gan(a, b) for a, b in zip(z.split(128), rows.split(128), strict=True)]
    return torch.cat(made), labels


@torch.inference_mode()
def look(judge: nn.Module, pictures: Tensor) -> tuple[NDArray[np.float64], Tensor]:
    """Return the judge's features [n, d] and guessed classes of pictures -1..1."""
    features, guesses = [], []
    for part in pictures.split(256):
        maps = judge.forward_features(part)
        features.append(maps.mean((2, 3)))
        guesses.append(judge.forward_head(maps).argmax(1))
    return torch.cat(features).double().numpy(), torch.cat(guesses)


def judge_of(folder: Path, classes: int) -> nn.Module:
    """Return the trained classifier of a folder of the classifier room."""
    state = torch.load(folder / NAME, weights_only=True, map_location="cpu")
    judge = classifier.build(classifier.Config(**state["config"]), classes)
    judge.load_state_dict(state["parts"]["net"])
    return judge.eval()


def generate(net: Net, data: Path, limit: int = 0) -> dict[str, float]:
    """Return the figures of a generator of the catalogue.

    recognised     share of samples that the judge gives the class they were asked for; `judge`: its own share on real val pictures
    frechet        distance of samples and real pictures, `frechet_real`: of two halves of the real ones, as many on each side
    kernel, kernel_real  the same with the kernel distance
    repeats        share of samples nearer to a training picture than 99 % of the real val pictures are
    """
    if not (folder := os.environ.get("VISION_JUDGE")):
        raise UserError("train.no_judge")
    gan: Gan = net.module  # type: ignore[assignment]
    pictures = Packed(data, "fruits64")
    judge = judge_of(Path(folder), len(pictures.names))
    pixels, labels = tensor(pictures)
    real = pixels.float() / 127.5 - 1
    count = limit or COUNT
    made, wanted = samples(gan, count)
    order = torch.from_numpy(np.random.default_rng(0).permutation(len(real)))
    halves = [look(judge, real[order[:count]])[0], look(judge, real[order[count : 2 * count]])[0]]
    features, guesses = look(judge, made)
    val = torch.from_numpy(pictures.split("val"))
    train = torch.from_numpy(pictures.split("train"))
    least = nearest(real[val], real[train])[0].quantile(0.01)
    figures = {
        "recognised": (guesses == wanted).float().mean().item(),
        "judge": (look(judge, real[val])[1] == labels[val]).float().mean().item(),
        "frechet": frechet(halves[0], features),
        "frechet_real": frechet(*halves),
        "kernel": kernel(halves[0], features),
        "kernel_real": kernel(*halves),
        "repeats": (nearest(made, real)[0] < least).float().mean().item(),
    }
    return {name: round(value, 4) for name, value in figures.items()}
