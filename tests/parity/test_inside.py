"""The sums of the Inside tab in JavaScript, against torch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from tests import networks
from vision.models.net import Net
from vision.models.preprocessing import Preprocessing
from vision.models.tutorial import ThreeConv
from vision.tasks import inside

numbers = st.floats(-9, 9, width=32)


def flat(array):
    return np.asarray(array, np.float64).ravel().tolist()


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_convolve_is_torchs(twin, data):
    rows, columns, size = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9)), data.draw(st.integers(1, 4))
    stride, pad = data.draw(st.integers(1, 3)), data.draw(st.integers(0, 2))
    plane = data.draw(st.lists(numbers, min_size=rows * columns, max_size=rows * columns))
    kernel = data.draw(st.lists(numbers, min_size=size * size, max_size=size * size))
    made = twin("inside_convolve.js", "convolve", plane, rows, columns, kernel, size, stride, pad)
    if rows + 2 * pad < size or columns + 2 * pad < size:  # torch refuses: the kernel is larger than what it goes over
        assert made["values"] == [] and 0 in (made["rows"], made["columns"])
        return
    shaped = (
        torch.tensor(plane, dtype=torch.float64).reshape(1, 1, rows, columns),
        torch.tensor(kernel, dtype=torch.float64).reshape(1, 1, size, size),
    )
    expected = functional.conv2d(*shaped, stride=stride, padding=pad)[0, 0].numpy()
    assert (made["rows"], made["columns"]) == expected.shape
    assert np.allclose(np.reshape(made["values"], expected.shape), expected, rtol=1e-12, atol=1e-12)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.floats(-80, 80), min_size=1, max_size=40), st.floats(0.05, 20), st.integers(0, 39))
def test_softmax_and_loss_are_torchs(twin, logits, temperature, right):
    right %= len(logits)
    scaled = torch.tensor(logits, dtype=torch.float64) / temperature
    assert np.allclose(twin("softmax.js", "softmax", logits, temperature), scaled.softmax(0).numpy(), rtol=1e-9, atol=1e-15)
    expected = functional.cross_entropy(scaled[None], torch.tensor([right])).item()
    assert twin("softmax.js", "loss", logits, right, temperature) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=20), st.integers(1, 8))
def test_best_and_rank(twin, values, count):
    order = np.argsort(-np.array(values), kind="stable")
    assert twin("softmax.js", "best", values, count) == order[:count].tolist()
    assert [twin("softmax.js", "rank", values, at) for at in order.tolist()] == list(range(1, len(values) + 1))


def packed(array):
    return {"data": flat(array), "shape": list(array.shape)}


def kernels(one):
    return {name: packed(getattr(one, name)) for name in ("weight", "bias", "scale", "shift")} | {"stride": one.stride, "pad": one.pad}


@pytest.mark.parametrize("arch", ["three", "efficientnet_lite0", "tf_efficientnet_lite0", "resnet18"])
def test_a_filter_followed_in_the_browser_is_the_nets_own_number(twin, arch):
    torch.manual_seed(0)
    module = ThreeConv(channels=(4, 6, 8)).eval().requires_grad_(False) if arch == "three" else networks.module(arch)
    net = Net(networks.card(arch, "cnn"), module, networks.LABELS, "cpu", Preprocessing((32, 32), crop_pct=1.0))
    found = inside.layers(net, networks.picture())
    normal = ((found.pixels / 255 - np.array(found.mean)) / np.array(found.std)).transpose(2, 0, 1)
    random, seen = np.random.default_rng(0), 0
    for at, layer in enumerate(found.layers):
        if layer.kernels is None:
            continue
        planes = normal if at == 0 else found.layers[at - 1].values
        inputs = {"planes": [flat(plane) for plane in planes], "rows": planes.shape[1], "columns": planes.shape[2]}
        for channel, row, column in [(0, 0, 0), *(tuple(random.integers(0, layer.size).tolist()) for _ in range(5))]:
            made = twin("inside_convolve.js", "follow", inputs, kernels(layer.kernels), channel, row, column)
            own = float(layer.values[channel, row, column])
            assert made["made"] == pytest.approx(own, abs=1e-4 * max(1, abs(own)))
            assert sum(part["sum"] for part in made["parts"]) == pytest.approx(made["sum"], abs=1e-9)
            seen += 1
    assert seen >= 6
