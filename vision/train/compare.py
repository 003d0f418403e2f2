"""The three-conv CNN once per optimizer and once per loss, on one page of curves: one sitting of a class."""

from dataclasses import dataclass, replace
from pathlib import Path

from vision.train import classifier, report

RATES = {"gd": 0.1, "sgd": 0.05, "momentum": 0.02, "rmsprop": 5e-4, "adam": 1e-3, "adamw": 1e-3}
DECAYS = {"adamw": 0.05}  # without decay adamw is adam, number for number


@dataclass(frozen=True)
class Config:
    """What to compare; every run sees the same pictures in the same order.

    epochs  of every run; gd takes one step an epoch, which is the lesson
    limit   train pictures of every run; 0: all
    """

    data: Path
    out: Path
    name: str = "cifar10"
    net: str = "threeconv-64"
    epochs: int = 8
    limit: int = 10_000
    batch: int = 64
    precision: str = "bf16"
    seed: int = 0


def runs(config: Config) -> dict[str, classifier.Config]:
    """Return the trainings by name: six optimizers with cross-entropy, adam with the mean absolute error."""
    shared = classifier.Config(config.data, config.out, config.name, config.net, epochs=config.epochs, limit=config.limit,
                               batch=config.batch, precision=config.precision, seed=config.seed, rotate=0, shift=0)  # fmt: skip
    found = {
        name: replace(shared, out=config.out / name, optimizer=name, rate=rate, decay=DECAYS.get(name, 0.0)) for name, rate in RATES.items()
    }
    found["adam, absolute error"] = replace(shared, out=config.out / "absolute", optimizer="adam", loss="absolute", rate=RATES["adam"])
    return found


def run(config: Config) -> None:
    """Train what is not finished, then draw accuracy over epochs and over minutes."""
    lines = {}
    for name, one in runs(config).items():
        done = report.rows(one.out / "curve.csv") if (one.out / "curve.csv").exists() else []
        if not done or done[-1]["epoch"] < one.epochs:
            classifier.run(one)
        lines[name] = report.rows(one.out / "curve.csv")
    report.curves(config.out / "optimizers.png", lines, "epoch", "accuracy", "Validation accuracy by optimizer and loss")
    report.curves(config.out / "losses.png", lines, "epoch", "loss", "Training loss by optimizer and loss")
