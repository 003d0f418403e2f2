import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.train.stops import stop
from vision.core.errors import UserError
from vision.train import classifier, report
from vision.train.augment import Augment, blend, move
from vision.train.checkpoint import NAME

ROOT = Path(__file__).parents[2]
CALM = {"rotate": 0.0, "shift": 0.0, "flip": False, "dropout": 0.0}


def config(data: Path, out: Path, **given) -> classifier.Config:
    return classifier.Config(data, out, "shapes", **{**CALM, "epochs": 2, "batch": 8, **given})


def weights(out: Path) -> dict:
    return torch.load(out / NAME, weights_only=True)["parts"]["net"]


@pytest.mark.parametrize("net", ["threeconv-64", "threeconv-128", "residual", "vit", "vit-sine", "vit-stem", "resnet10t"])
def test_overfits_one_batch(data, tmp_path, net):
    training = classifier.Training(config(data, tmp_path, net=net, batch=12, limit=12))
    x, wanted, _ = next(training._batches())
    optimizer = torch.optim.Adam(training.plain.parameters(), 1e-3)
    training.plain.train()
    for _ in range(200):
        loss = classifier.losses(training.config, training.plain(x), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss.item() < 0.05:
            return
    raise AssertionError(f"twelve pictures were not learnt by heart: loss {loss.item():.3f}")


@pytest.mark.parametrize("optimizer", classifier.OPTIMIZERS)
@pytest.mark.parametrize("loss", classifier.LOSSES)
def test_every_optimizer_and_loss_lowers_the_loss(data, tmp_path, optimizer, loss):
    rate = 0.05 if optimizer in ("gd", "sgd", "momentum") else 2e-3
    classifier.run(config(data, tmp_path, optimizer=optimizer, loss=loss, rate=rate, epochs=12, net="threeconv-64"))
    losses = [row["loss"] for row in report.rows(tmp_path / "curve.csv")]
    assert len(losses) == 12
    assert min(losses[1:]) < losses[0]


def test_gd_takes_one_step_an_epoch_along_the_mean_gradient(data, tmp_path):
    whole = classifier.Training(config(data, tmp_path / "a", optimizer="gd", rate=0.1, batch=24))
    parts = classifier.Training(config(data, tmp_path / "b", optimizer="gd", rate=0.1, batch=8))
    for training in (whole, parts):
        training.pace = classifier.Pace(1000)
        training.step = 500  # past the warm-up, where the rate is not zero
        training._epoch()
        assert training.step == 501
    for a, b in zip(whole.plain.parameters(), parts.plain.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-6)


def test_resumed_is_as_if_never_stopped(data, tmp_path):
    whole = config(data, tmp_path / "whole", epochs=4, rotate=10.0, dropout=0.2)
    classifier.run(whole)
    training = classifier.Training(replace(whole, out=tmp_path / "parts"))
    stop(training, "judge", lambda: training.epoch == 3)
    classifier.run(replace(whole, out=tmp_path / "parts"))
    first, second = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_report_is_what_the_net_answers(data, tmp_path):
    classifier.run(config(data, tmp_path, epochs=3))
    truth, guess = classifier.Training(config(data, tmp_path, epochs=3)).judge()
    found = classifier.finish(tmp_path, truth, guess, ("square", "disc", "bowl"))
    assert found["accuracy"] == np.mean(truth == guess)
    asked = guess == 0
    precision = (truth[asked] == 0).mean() if asked.any() else 0.0
    assert found["square"]["precision"] == pytest.approx(precision)
    for name in ("report.json", "confusion.png", "curves.png", "curve.csv"):
        assert (tmp_path / name).stat().st_size > 100


def test_unknown_choices_are_said(data, tmp_path):
    with pytest.raises(UserError, match="momentum"):
        classifier.Training(config(data, tmp_path, optimizer="magic"))
    with pytest.raises(UserError, match="1000"):
        classifier.Training(config(data, tmp_path, teacher="efficientnet-lite0"))


def test_still_augmentation_changes_nothing_and_a_flip_flips():
    x = torch.rand(4, 3, 8, 8)
    assert move(x, Augment(0, 0, 0, flip=False)) is x
    torch.manual_seed(0)
    seen = move(x, Augment(0, 0, 0, flip=True))
    for one, made in zip(x, seen, strict=True):
        assert torch.allclose(made, one, atol=1e-5) or torch.allclose(made, one.flip(2), atol=1e-5)


def test_blends_keep_answers_whole_and_cutmix_counts_pixels():
    torch.manual_seed(0)
    x = torch.zeros(2, 3, 10, 10)
    x[1] = 1
    wanted = torch.eye(2)
    for how in (Augment(mixup=1.0), Augment(cutmix=1.0)):
        for _ in range(20):
            mixed, answers = blend(x, wanted, how)
            assert torch.allclose(answers.sum(1), torch.ones(2))
            assert torch.allclose(mixed[0].mean(), answers[0, 1], atol=1e-5)


@pytest.mark.slow
def test_two_processes_get_the_losses_of_one(data, tmp_path):
    room = ["vision", "train", "classifier", "--data", str(data), "--name", "shapes", "--epochs", "2", "--batch", "8", "--rotate", "0",
            "--shift", "0", "--no-flip", "--dropout", "0", "--threads", "1"]  # fmt: skip
    classifier.run(config(data, tmp_path / "one"))
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m"]
    command = [*launch, *room, "--out", str(tmp_path / "two")]
    environment = {**os.environ, "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    one, two = (report.rows(tmp_path / name / "curve.csv") for name in ("one", "two"))
    assert len(two) == 2
    assert [row["loss"] for row in two] == pytest.approx([row["loss"] for row in one], abs=1e-5)
