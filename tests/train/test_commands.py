import io
import json
import subprocess
import sys
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from tests.train.samples import pack
from vision.models.catalog import Catalog
from vision.models.hybrid import HybridViT
from vision.models.net import Net
from vision.models.preprocessing import Preprocessing
from vision.models.tutorial import ThreeConv
from vision.train import classifier, commands, compare, evaluate, report, ship
from vision.train.distil import LastMap
from vision.train.harvest import cnn

ROOT = Path(__file__).parents[2]
SAMPLE = Path(__file__).parent / "files" / "hybrid.npz"


@pytest.mark.parametrize("room", commands.ROOMS)
def test_every_room_has_a_frozen_config_and_a_run(room):
    module = import_module(f"vision.train.{room}")
    assert module.Config.__dataclass_params__.frozen
    assert callable(module.run)


def test_command_line_trains_and_its_help_names_every_option(data, tmp_path):
    train = [sys.executable, "-m", "vision", "train", "classifier"]
    told = subprocess.run([*train, "--help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert all(f"--{field.name}" in told for field in fields(classifier.Config))
    given = [
        "--data",
        str(data),
        "--out",
        str(tmp_path),
        "--name",
        "shapes",
        "--epochs",
        "1",
        "--batch",
        "8",
        "--threads",
        "1",
        "--no-flip",
    ]
    done = subprocess.run([*train, *given], cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    kept = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["config"]
    assert kept["flip"] is False and kept["name"] == "shapes"


def test_a_wrong_choice_is_one_sentence(data, tmp_path, capsys):
    assert commands.main(["train", "classifier", "--data", str(data), "--out", str(tmp_path), "--optimizer", "magic"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_comparison_draws_every_run_and_goes_on_where_it_stopped(data, tmp_path):
    config = compare.Config(data, tmp_path, "shapes", epochs=1, limit=0, batch=8)
    compare.run(config)
    before = {path: path.read_text() for path in tmp_path.glob("*/curve.csv")}
    assert len(before) == 7
    (tmp_path / "sgd" / "curve.csv").unlink()
    (tmp_path / "sgd" / "checkpoint.pt").unlink()
    compare.run(config)
    assert {path: len(path.read_text().splitlines()) for path in before} == dict.fromkeys(before, 2)
    assert (tmp_path / "optimizers.png").stat().st_size > 1000


def test_evaluation_counts_what_the_net_answers(tmp_path, monkeypatch):
    folder = pack(tmp_path, "shapes", train=3, val=9)
    torch.manual_seed(0)
    module = ThreeConv(10).eval()
    card = next(card for card in Catalog.read().cards if card.task == "classify")
    net = Net(card, module, ("a",) * 10, "cpu", Preprocessing((32, 32), (0.5,) * 3, (0.5,) * 3, "bicubic", 1.0))
    monkeypatch.setitem(evaluate.SETS, card.names, "shapes")
    figures = evaluate.classify(net, folder)
    pictures = evaluate.Packed(folder, "shapes")
    hits = []
    for index in pictures.split("val"):
        x = torch.from_numpy(np.array(pictures.image(int(index)))).permute(2, 0, 1)[None].float() / 127.5 - 1
        hits.append(module(x).argmax().item() == pictures.label(int(index)))
    assert figures["top1"] == round(float(np.mean(hits)), 4)
    assert figures["top5"] >= figures["top1"]
    assert len(evaluate.chosen(pictures, 4)) == 4


def test_shipped_file_reloads_to_the_same_and_the_card_tells_it(tmp_path):
    torch.manual_seed(0)
    module = ThreeConv(3).half().float()
    facts = ship.Facts(
        key="x", task="classify", licence="l", origin="o", paper="p", data="d", command="c", hardware="h", hours=1, weak_at="w"
    )
    card = ship.ship(facts, module, tmp_path)
    again = ThreeConv(3)
    again.load_state_dict(load_file(tmp_path / "x" / "model.safetensors"))
    assert all(torch.equal(a, b) for a, b in zip(module.parameters(), again.parameters(), strict=True))
    ship.measured("x", {"top1": 0.25, "pictures": 8}, tmp_path)
    assert json.loads((tmp_path / "x" / "card.json").read_text())["figures"] == {"top1": 0.25, "pictures": 8}
    ship.measured("x", {"top1": 0.5}, tmp_path)
    told = json.loads((tmp_path / "x" / "card.json").read_text())
    assert told == {**card, "figures": {"top1": 0.5}}
    assert list(told) == KEYS
    assert "| top1 | 0.5 |" in (tmp_path / "x" / "card.md").read_text()
    with torch.no_grad():
        module.names.bias[0] = 1e6
    with pytest.raises(ValueError, match=r"names\.bias"):
        ship.ship(facts, module, tmp_path)


KEYS = ["key", "task", "revision", "sha256", "bytes", "params", "licence", "origin", "paper", "data", "command", "hardware", "hours"]
KEYS += ["figures", "weak_at"]


def test_report_rows_survive_the_file(tmp_path):
    report.row(tmp_path / "a.csv", {"epoch": 1, "loss": 0.5})
    report.row(tmp_path / "a.csv", {"epoch": 2, "loss": 0.25})
    assert report.rows(tmp_path / "a.csv") == [{"epoch": 1.0, "loss": 0.5}, {"epoch": 2.0, "loss": 0.25}]


def test_shipped_hybrid_names_a_numeric_sample_as_when_it_was_measured():
    sample = np.load(SAMPLE)
    card = json.loads((ROOT / "assets" / "models" / "vit-hybrid" / "card.json").read_text())
    assert card["sha256"] == str(sample["sha256"]), "the sample is of other weights: run tests/train/make_sample.py"
    net = HybridViT(cnn("efficientnet-lite0"))
    net.load_state_dict(load_file(ROOT / "assets" / "models" / "vit-hybrid" / "model.safetensors"))
    with torch.inference_mode():
        logits = net.eval().forward_head(net.attend(LastMap(net.trunk[0])(torch.from_numpy(sample["maps"]))))
    best = logits.topk(5, 1).indices.numpy()
    assert np.array_equal(best[:, 0], sample["best"])
    assert np.allclose(logits.gather(1, torch.from_numpy(best)).numpy(), sample["logits"], atol=2e-3)
    assert (best[:, 0] == sample["labels"]).mean() == pytest.approx(float(sample["top1"]))


def test_every_column_of_the_curve_has_a_field(tmp_path):
    for step in range(3):
        report.row(tmp_path / "curve.csv", {"step": step, "a": float("nan") if step == 0 else 1.0, "b_c": 2.0, "minutes": 0.1})
    report.learning(tmp_path)
    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.size == (960, 360)  # two fields side by side; minutes is none


def test_a_bar_is_drawn_on_a_terminal_and_by_one_process_only(monkeypatch):
    def drawn(terminal, show):
        stream = io.StringIO()
        stream.isatty = lambda: terminal
        monkeypatch.setattr(sys, "stderr", stream)
        assert list(report.bar(iter("abc"), 3, "epoch 1", show)) == ["a", "b", "c"]
        return stream.getvalue()

    assert "epoch 1" in drawn(True, True)
    assert drawn(False, True) == drawn(True, False) == ""
