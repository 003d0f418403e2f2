import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file

from tests.train.samples import pack
from tests.train.stops import stop
from vision.models import labels, loaders
from vision.train import report, tail
from vision.train.checkpoint import NAME
from vision.train.data import Joined, Packed
from vision.train.teacher import Teacher

ROOT = Path(__file__).parents[2]
NETS = {
    "cnn": ("tf_efficientnet_lite0", {"num_classes": 10}, 5),
    "vit": ("vit_tiny_patch16_224", {"num_classes": 10, "img_size": 32, "embed_dim": 24, "num_heads": 2, "depth": 3}, 2),
}


def built(kind: str) -> torch.nn.Module:
    torch.manual_seed(0)
    name, options, _ = NETS[kind]
    return timm.create_model(name, **options).eval().requires_grad_(False)


def config(data: Path, out: Path, kind: str = "vit", **given) -> tail.Config:
    own = {"names": "cifar10", "frozen": NETS[kind][2], "side": 32, "batch": 8, "epochs": 2, "precision": "no", "smoothing": 0.0}
    return tail.Config(data, out, "shapes", **{**own, **given})


@pytest.fixture(params=NETS)
def kind(request, monkeypatch) -> str:
    monkeypatch.setattr(tail, "started", lambda _config: (built(request.param), (0.5,) * 3, (0.5,) * 3))
    return request.param


def test_both_halves_together_are_the_net(kind):
    x = torch.randn(2, 3, 32, 32)
    net, frozen = built(kind), NETS[kind][2]
    maps = tail.frozen_half(net, frozen, x)
    assert torch.allclose(tail.Tail(net, frozen).eval()(maps), net(x), atol=1e-5)


def test_learns_the_pictures_by_heart_and_the_frozen_half_stays(data, tmp_path, kind):
    tail.run(config(data, tmp_path, kind, epochs=25, rate=3e-3, decay=0.0))
    losses = [row["loss"] for row in report.rows(tmp_path / "curve.csv")]
    assert np.isnan(losses[0])  # before the first step there is no loss, but an accuracy
    assert losses[-1] < 0.5 * losses[1]
    net, before = tail.whole(torch.load(tmp_path / NAME, weights_only=True)), built(kind)
    moved = {name for name, one in net.state_dict().items() if not torch.equal(one, before.state_dict()[name])}
    assert moved
    assert not [name for name in moved if name.startswith(("conv_stem", "bn1.", "patch_embed", "blocks.0.", "blocks.1."))]


def test_resumed_is_as_if_never_stopped(data, tmp_path, kind):
    whole = config(data, tmp_path / "whole", kind, epochs=4, views=2)
    tail.run(whole)
    training = tail.Training(replace(whole, out=tmp_path / "parts"))
    stop(training, "_epoch", lambda: training.epoch == 2)
    tail.run(replace(whole, out=tmp_path / "parts"))
    one, two = (torch.load(tmp_path / name / NAME, weights_only=True)["parts"]["tail"] for name in ("whole", "parts"))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_two_views_are_two_crops_and_the_val_pictures_are_whole(data, tmp_path, kind):
    training = tail.Training(config(data, tmp_path, kind, views=2))
    tmp_path.mkdir(exist_ok=True)
    first, second, val = training._maps("train", 0), training._maps("train", 1), training._maps("val", 0)
    assert first.shape == second.shape and len(val) == len(training.y["val"])
    assert not np.array_equal(first, second)
    x = torch.from_numpy(np.array(training.pictures.image(int(training.rows["val"][0])))).permute(2, 0, 1)[None] / 127.5 - 1
    assert np.allclose(val[:1], tail.frozen_half(training.whole.eval(), NETS[kind][2], x).numpy(), atol=0.02)


def test_names_that_the_net_knows_begin_with_its_weights(data, tmp_path):
    net, mean, _ = tail.started(tail.Config(data, tmp_path))
    assert mean == (0.5, 0.5, 0.5)
    known = loaders.load(tail.Catalog.read()["efficientnet-lite0"], "cpu", {})
    at, was = labels.read("tiny200").index("espresso"), known.labels.index("espresso")
    assert torch.equal(net.get_classifier().weight[at], known.module.get_classifier().weight[was])
    assert net.get_classifier().weight.shape == (200, 1280)


def test_a_second_set_adds_the_pictures_whose_class_the_first_has(data, tmp_path, kind):
    pack(tmp_path / "more", "others", train=9, val=3)
    about = json.loads((tmp_path / "more/others.json").read_text("utf-8"))
    (tmp_path / "more/others.json").write_text(json.dumps({**about, "class_names": ["bowl", "ring", "square"]}), "utf-8")
    joined = Joined(Packed(data, "shapes"), Packed(tmp_path / "more", "others"), repeat=2)
    own = len(joined.first.split("train"))
    more = joined.split("train")[own:].tolist()
    assert [joined.label(row) for row in more] == [2, 0] * 6  # bowl and square, three of each, twice; no ring
    assert joined.image(more[0]).tobytes() == joined.second.image(more[0] - len(joined.first)).tobytes()
    assert joined.split("val").tolist() == joined.first.split("val").tolist()


class Sure:
    """A teacher that calls everything the second name."""

    def __init__(self, _key: str, _names: str) -> None:
        self.seen = 0

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        assert pixels.min() >= 0 and pixels.max() <= 1
        self.seen += len(pixels)
        return torch.eye(10)[[1] * len(pixels)]


def test_the_teachers_answers_are_learnt_as_far_as_it_is_trusted(data, tmp_path, kind, monkeypatch):
    monkeypatch.setattr(tail, "Teacher", Sure)
    training = tail.Training(config(data, tmp_path, kind, teacher="one", trust=0.25, smoothing=0.2, views=2))
    training.config.out.mkdir(exist_ok=True)
    training._maps("val", 0)
    _, wanted = next(training._batches(1))
    assert training.teacher.seen == len(training.y["train"])  # of the one view that was made; val pictures are not asked
    truth = training.y["train"]
    expected = 0.75 * (0.8 * torch.eye(10)[truth] + 0.02) + 0.25 * torch.eye(10)[1]
    assert all(min((row - one).abs().max() for one in expected) < 1e-3 for row in wanted)


@pytest.mark.slow
def test_two_processes_get_the_losses_of_one(data, tmp_path):
    weights = "assets/models/vit-patch/model.safetensors"
    room = ["vision", "train", "tail", "--data", str(data), "--name", "shapes", "--start", "vit-patch", "--weights", weights,
            "--teacher", "cnn-tiny200", "--frozen", "11", "--side", "28", "--epochs", "2", "--batch", "8", "--precision", "no",
            "--threads", "1"]  # fmt: skip
    environment = {**os.environ, "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    for name, processes in (("one", 1), ("two", 2)):
        launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}", "-m", "--"]
        command = [*launch, *room, "--out", str(tmp_path / name)]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
    kept = [[np.load(tmp_path / name / file) for file in ("train0.npy", "teacher0.npy")] for name in ("one", "two")]
    assert all(np.array_equal(a, b) for a, b in zip(*kept, strict=True))  # the same crops, whoever made them
    one, two = (report.rows(tmp_path / name / "curve.csv") for name in ("one", "two"))
    assert [row["loss"] for row in two[1:]] == pytest.approx([row["loss"] for row in one[1:]], rel=1e-4)


def test_a_teachers_other_names_are_left_out():
    teacher = Teacher("efficientnet-lite0", "tiny200")
    with torch.inference_mode():
        answers = teacher(torch.rand(2, 3, 40, 40, generator=torch.Generator().manual_seed(0)))
    assert answers.shape == (2, 200) and torch.allclose(answers.sum(1), torch.ones(2), atol=1e-5)


def test_goes_on_from_a_file_and_from_an_earlier_run(data, tmp_path, monkeypatch):
    small = {**NETS["vit"][1], "num_classes": 10}
    card = replace(tail.Catalog.read()["vit-tiny"], arch=NETS["vit"][0], options=small)
    monkeypatch.setattr(tail.Catalog, "read", staticmethod(lambda: {"mini": card}))
    headless = {name: one for name, one in built("vit").state_dict().items() if not name.startswith("head.")}
    save_file(headless, tmp_path / "start.safetensors")
    first = config(data, tmp_path / "first", start="mini", weights=str(tmp_path / "start.safetensors"), epochs=3)
    tail.run(first)
    ended = tail.whole(torch.load(first.out / NAME, weights_only=True)).state_dict()
    second, _, _ = tail.started(replace(first, weights=str(first.out / NAME), side=16))
    assert all(torch.equal(one, ended[name]) for name, one in second.state_dict().items())
    assert second(torch.zeros(1, 3, 16, 16)).shape == (1, 10)  # pictures of another side than the row's
    save_file({**headless, "other": torch.zeros(1)}, tmp_path / "wrong.safetensors")
    with pytest.raises(ValueError, match="other"):
        tail.started(replace(first, weights=str(tmp_path / "wrong.safetensors")))


def test_the_shipped_patch_vit_names_a_numeric_sample_as_when_it_was_measured():
    sample = np.load(Path(__file__).parent / "files" / "patch.npz")
    card = tail.Catalog.read()["vit-patch"]
    told = json.loads((ROOT / "assets" / "models" / "vit-patch" / "card.json").read_text("utf-8"))
    assert told["sha256"] == card.sha256
    assert told["figures"]["top1"] >= 0.45
    assert card.sha256 == str(sample["sha256"]), "the sample is of other weights: run tests/train/make_sample.py"
    net = tail.Tail(loaders.load(card, "cpu", {}).module, int(sample["frozen"])).eval()
    with torch.inference_mode():
        logits = net(torch.from_numpy(sample["maps"]).float())
    best = logits.topk(5, 1).indices
    assert best[:, 0].tolist() == sample["best"].tolist()
    assert np.allclose(logits.gather(1, best).numpy(), sample["logits"], atol=2e-3)
    assert (best[:, 0].numpy() == sample["labels"]).mean() == pytest.approx(float(sample["top1"]))
