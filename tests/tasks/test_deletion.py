"""The deletion test on a network that looks at one place only, and through the engine: seeded, cancellable, without a held lease."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from tests import networks
from vision.core.errors import UserError
from vision.core.results import Deletion, Explanation, Guess
from vision.engine import Engine
from vision.models.catalog import Card, Catalog
from vision.tasks import classify, deletion

GAZE = 9  # the only place the network below looks at, of 4 x 4


class OneEyed(torch.nn.Module):
    """Class 1 speaks louder the brighter one sixteenth of the input is."""

    def __init__(self):
        super().__init__()
        self.asked = 0
        self.weight = torch.nn.Parameter(torch.ones(1), requires_grad=False)

    def forward(self, tensor):
        self.asked += 1
        row, column = divmod(GAZE, 4)
        patch = tensor[:, :, row * 8 : row * 8 + 8, column * 8 : column * 8 + 8].mean((1, 2, 3))
        return torch.stack([torch.zeros_like(patch), 3 * patch * self.weight], 1)

    def forward_features(self, tensor):
        return tensor

    def forward_head(self, tensor):
        return self(tensor)


def one_eyed():
    class White:
        def prepare(self, rgb):
            return torch.ones(1, 3, 32, 32), (0.0, 0.0, 160.0, 120.0)

    return SimpleNamespace(
        card=networks.card("one-eyed", "cnn"), module=OneEyed(), labels=("no", "yes"), device="cpu", preprocessing=White()
    )


def trial(grid, steps=9, seed=0):
    net, picture = one_eyed(), networks.picture()
    kept = classify.forward(net, picture)
    guess = Guess("yes", 1, float(kept.scores[1]))
    found = Explanation(
        model="one-eyed", revision="", device="cpu", ms=0, picture=picture.facts, method="gradcam", target=guess,
        grid=np.asarray(grid, float).reshape(4, 4), range=(0, 1), seen=kept.seen,
    )  # fmt: skip
    made = deletion.Trial(picture, kept, found, steps, seed)
    while not made.done:
        made.take(made.ask(net))
    return made.now()


def test_the_score_falls_when_the_place_that_counts_is_grey():
    seeing, grey = 1 / (1 + np.exp(-3)), 0.5
    right = np.zeros(16)
    right[GAZE] = 1
    found = trial(right)
    assert found.shares == tuple(i / 8 for i in range(9))
    assert np.allclose(found.map, [seeing] + [grey] * 8)
    wrong = trial(1 - right)
    assert np.allclose(wrong.map, [seeing] * 8 + [grey])
    assert found.random == wrong.random  # the same seed, the same order
    assert found.random[0] == found.map[0]
    assert found.random[-1] == found.map[-1]
    assert (found.steps, found.done, found.label) == (9, True, "yes")


def test_the_random_order_is_seeded_and_places_of_no_weight_are_shuffled():
    grid = np.zeros((4, 4))
    grid[2, 1] = 1
    first, again, other = (deletion.orders(grid, seed) for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[1], other[1])
    for order in (*first, *other):
        assert sorted(order.tolist()) == list(range(16))
    assert first[0][0] == other[0][0] == GAZE
    assert first[0][1:].tolist() != sorted(first[0][1:].tolist())


def test_grey_covers_exactly_the_pixels_of_a_place_also_when_sizes_do_not_divide():
    tensor = torch.ones(1, 3, 10, 7)
    left = deletion.grey(tensor, np.array([0]), (3, 2))
    assert left[0, 0].tolist() == [[0.0] * 4 + [1.0] * 3] * 4 + [[1.0] * 7] * 6
    assert not deletion.grey(tensor, np.arange(6), (3, 2)).any()
    assert torch.equal(deletion.grey(tensor, np.array([], int), (3, 2)), tensor)


@pytest.mark.parametrize("steps", [1, 0, -3, 102])
def test_too_few_or_too_many_steps_are_a_sentence(steps):
    with pytest.raises(UserError) as caught:
        trial(np.ones(16), steps)
    assert caught.value.key == "explain.no_steps"


def engine():
    row = {"task": "classify", "source": "random", "names": "imagenet-1k", "revision": "1"}
    vit = Card(key="vit", family="vit", name="A ViT", arch="vit_tiny_patch16_224", methods=("rollout", "attention", "relevance"),
               options={"depth": 2}, **row)  # fmt: skip
    cnn = Card(key="cnn", family="cnn", name="A CNN", arch="resnet10t", methods=("gradcam",), **row)
    return Engine(Catalog([cnn, vit]))


@pytest.mark.parametrize(("model", "method"), [("cnn", "gradcam"), ("vit", "relevance"), ("vit", "rollout")])
def test_through_the_engine(model, method):
    one = engine()
    steps = list(one.deletion(networks.picture(), model, method=method, target="17", steps=4))
    assert [len(step.map) for step in steps] == [1, 2, 3, 4]
    assert [step.done for step in steps] == [False, False, False, True]
    last = steps[-1]
    assert isinstance(last, Deletion)
    assert last.map[0] == pytest.approx(one.forward(networks.picture(), model).scores[17])
    assert last.map[-1] == pytest.approx(last.random[-1], rel=1e-5)
    assert all(0 <= score <= 1 for score in last.map + last.random)
    assert last.label == one.catalog[model].labels[17]


def test_closing_the_iterator_ends_the_work_and_no_model_is_held_between_steps():
    one = engine()
    going = one.deletion(networks.picture(), "vit", steps=50)
    next(going)
    next(going)
    assert [status.leases for status in one.models("classify")] == [0, 0]
    assert one.cache.unload("vit")  # a leased model would refuse
    going.close()
    assert next(going, None) is None
