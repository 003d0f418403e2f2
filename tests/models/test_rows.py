"""Every row of the catalogue, with random weights: what it promises, it does. No weights are read."""

import numpy as np
import pytest
import torch
from timm.models import get_pretrained_cfg

from vision.core.errors import ModelError
from vision.core.picture import read
from vision.engine import Engine
from vision.models import devices, labels, loaders
from vision.models.cache import ModelCache
from vision.models.catalog import Catalog

CATALOG = Catalog.read()
GB = 1 << 30


@pytest.fixture(scope="module", params=[card.key for card in CATALOG.cards])
def engine(request):
    """An engine in which one row of the catalogue, and what it needs, has random weights."""

    def load(card, device, needs):
        torch.manual_seed(0)
        net = loaders.finish(card, loaders.build(card, needs), device)
        if hasattr(net.module, "transform"):  # at 800 px a detector of random weights takes half a minute to say the same
            net.module.transform.min_size, net.module.transform.max_size = (160,), 256
        return net

    machine = devices.Torch()
    machine.__dict__.update(device="cpu", budget_bytes=8 * GB)
    made = Engine(CATALOG, ModelCache(CATALOG, load, machine))
    made.card_under_test = CATALOG[request.param]
    yield made
    for card in CATALOG.cards:
        made.cache.unload(card.key)


def test_the_row_does_what_it_promises(engine, drawn):
    card = engine.card_under_test
    PROMISES[card.task](engine, card, read(drawn(150, 200)))
    status = engine.cache.statuses([card])[0]
    assert status.loads == 1
    with engine.cache.lease(card.key) as net:
        every = sum(one.numel() for one in net.module.parameters())
        norms = [module for module in net.module.modules() if isinstance(module, torch.nn.BatchNorm2d)]
        frozen = sum(one.numel() for norm in norms for one in norm.parameters())  # torchvision counts some nets with theirs as constants
        assert card.params == every or (card.source == "torchvision" and card.params == every - frozen)
        assert not net.module.training and not any(one.requires_grad for one in net.module.parameters())
        assert status.bytes > card.params * 4, "memory counts the forward pass too"


def classify(engine, card, picture):
    answer = engine.classify(picture, card.key, top=5)
    assert [guess.label for guess in answer.top] == [card.labels[guess.index] for guess in answer.top]
    kept = engine.forward(picture, card.key)
    assert kept.logits.shape == (len(card.labels),) and np.isfinite(kept.logits).all()
    with engine.cache.lease(card.key) as net:
        assert kept.input_hw == net.preprocessing.input_hw
    assert (kept.attention is not None) == ("attention" in card.methods)
    assert (kept.features is not None) == (card.family == "cnn")
    for method in card.methods:
        found = engine.explain(picture, card.key, method=method)
        assert found.grid.shape == kept.grid_hw and found.grid.min() >= 0 and found.grid.max() <= 1
        assert len(found.words) >= 1
    if not card.methods:
        assert card.note, "a row without maps says why"


def detect(engine, card, picture):
    found = engine.candidates(picture, card.key)
    assert found.names == card.labels
    assert len(found.xyxy) == len(found.scores) == len(found.classes)
    assert (found.classes < len(card.labels)).all()


def generate(engine, card, picture):
    made = engine.sample(card.key, seed=0, count=2)
    side = 128 if card.key == "omniart-eyes" else 64
    assert made.rgb.shape == (2, side, side, 3) and made.rgb.dtype == np.uint8
    [place] = engine.places(((0, 1, 1.0),), model=card.key)
    shapes = engine.stages(place, card.key).shapes
    assert [shape[1] for shape in shapes][:5] == [4, 8, 16, 32, 64]
    with engine.cache.lease(card.key) as net:
        scored = 2 if hasattr(net.module, "critic") else 0
    assert made.labels == card.labels[:2] and len(made.critic) == scored
    if not scored:
        with pytest.raises(ModelError, match="critic"):
            engine.judge(picture, card.key)


PROMISES = {"classify": classify, "detect": detect, "generate": generate}


TIMM = [card for card in CATALOG.cards if card.repo.startswith("timm/")]


@pytest.mark.parametrize("card", TIMM, ids=lambda card: card.key)
def test_rows_of_timm_say_what_timm_says(card):
    known = get_pretrained_cfg(card.arch)
    assert known.hf_hub_id == card.repo
    assert known.license == card.licence.lower()
    assert known.num_classes == len(card.labels)
    paper = known.paper_ids
    assert paper is None or str(paper).lower() in card.paper.lower()
    with torch.device("meta"):
        module = loaders.build(card)
    assert loaders.preprocessing(card, module).input_hw == known.input_size[1:]
    tensors = sum(tensor.nbytes for tensor in module.state_dict().values())
    assert 0 < card.bytes - tensors < 128 << 10, "the file holds the tensors and a header"


def test_keys_are_plain_and_every_fact_is_there():
    for card in CATALOG.cards:
        assert card.key == card.key.lower() and " " not in card.key
        assert all((card.name, card.licence, card.origin, card.paper, card.weak_at, card.revision)), card.key
        assert card.params > 0 and (card.bytes > 0 or card.source == "hub"), card.key
        assert len(set(card.labels)) == len(card.labels), f"{card.key}: two classes have the same name"


def test_the_first_of_each_family_is_what_a_fresh_machine_has():
    for task, family in (("classify", "cnn"), ("classify", "vit"), ("detect", "")):
        first = next(card for card in CATALOG.cards if card.task == task and family in ("", card.family))
        assert CATALOG.local(first), f"{first.key} should come with the installation"
        assert Engine(CATALOG).card(task, family=family) == first


# --- where weights are local: the order of the labels, on real pictures


COMES = ("package", "bundled")
LOCAL = [card.key for card in CATALOG.cards if card.names == "imagenet-1k" and card.source in COMES and CATALOG.local(card)]
CATS = {"tiger cat", "Egyptian cat", "tabby"}
CUPS = {"espresso", "cup"}


@pytest.fixture(scope="module")
def real():
    """The engine as it is, with the weights that come with the installation."""
    return Engine(CATALOG)


@pytest.mark.parametrize("key", LOCAL)
@pytest.mark.parametrize(("name", "right"), [("chelsea", CATS), ("coffee", CUPS)])
def test_the_labels_are_in_the_order_of_the_weights(real, key, name, right):
    from skimage import data

    top = real.classify(read(getattr(data, name)()), key, top=3).top
    assert top[0].label in right, [(guess.label, guess.score) for guess in top]


def test_the_shipped_ones_are_local():
    assert {"efficientnet-lite0", "efficientnet-lite2", "vit-hybrid"} <= set(LOCAL)


def test_the_hybrid_shares_the_module_of_its_cnn():
    engine = Engine(CATALOG)
    with engine.cache.lease("vit-hybrid") as hybrid, engine.cache.lease("efficientnet-lite0") as cnn:
        assert hybrid.module.trunk[0] is cnn.module
    rows = {row.key: row for row in engine.models("classify")}
    assert rows["efficientnet-lite0"].loads == 1 and rows["efficientnet-lite0"].leases == 1
    assert rows["vit-hybrid"].bytes < 100 << 20


def test_imagenets_names_are_timms():
    from timm.data import ImageNetInfo

    info, names = ImageNetInfo(), labels.read("imagenet-1k")
    assert len(names) == len(set(names)) == 1000
    for index, name in enumerate(names):
        lemmas = info.index_to_description(index)
        assert lemmas.startswith(name.split(" (")[0]), (index, name, lemmas)
    assert (names[134], names[517]) == ("crane (bird)", "crane (machine)")
    assert "bird" in info.index_to_description(134, detailed=True) and "lift" in info.index_to_description(517, detailed=True)


def test_an_unknown_set_of_names_is_an_error():
    with pytest.raises(FileNotFoundError):
        labels.read("nothing")
    assert labels.read("") == ()
