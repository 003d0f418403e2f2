"""Explaining with one network that many use: threads do not disturb each other, memory stays flat, no gradients are left."""

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from tests import networks
from vision.core.results import Guess
from vision.tasks import classify, explain


def work(net, picture):
    """Everything that is computed for one picture, as arrays."""
    kept = classify.forward(net, picture)
    methods = ["gradcam"] if kept.features is not None else ["attention", "rollout", "relevance"]
    target = Guess(networks.LABELS[3], 3, 0.0)
    maps = [explain.measure(net, picture, kept, explain.Choice(method, target, None)) for method in methods]
    return [kept.logits, kept.features if kept.attention is None else kept.attention, *maps]


@pytest.mark.parametrize(
    ("arch", "family", "options"), [("resnet10t", "cnn", {}), ("vit_tiny_patch16_224", "vit", {"depth": 3, "img_size": 96})]
)
def test_eight_threads_on_one_network_equal_one(arch, family, options):
    net = networks.net(arch, family, input_hw=(96, 96), **options)
    pictures = [networks.picture(seed, 60, 80) for seed in range(20)]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        serial = [work(net, picture) for picture in pictures]
        start = threading.Barrier(8)

        def worker(_):
            torch.set_num_threads(1)
            start.wait(20)
            return [work(net, picture) for picture in pictures]

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(worker, range(8)))
    finally:
        torch.set_num_threads(threads)
    for answer in answers:
        for here, there in zip(answer, serial, strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(here, there, strict=True))


def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_memory_is_flat_and_parameters_have_no_gradients():
    nets = [
        networks.net("resnet10t", "cnn", input_hw=(96, 96)),
        networks.net("vit_tiny_patch16_224", input_hw=(160, 160), depth=3, img_size=160),
    ]
    pictures = [networks.picture(seed, 60, 80) for seed in range(4)]

    def tensors():
        gc.collect()
        return sum(isinstance(one, torch.Tensor) for one in gc.get_objects())

    def explanations(count):
        for turn in range(count):
            for net in nets:
                work(net, pictures[turn % 4])

    explanations(15)
    before, alive = resident_bytes(), tensors()
    explanations(50)  # of 4 kinds: 200 explanations
    assert tensors() == alive
    assert resident_bytes() - before < 30e6  # a graph of the transformer is 8 MB: 50 kept ones would be 400
    for net in nets:
        assert all(not p.requires_grad and p.grad is None for p in net.module.parameters())


def test_a_loaded_networks_parameters_that_want_gradients_still_get_none():
    for arch, family in [("resnet10t", "cnn"), ("vit_tiny_patch16_224", "vit")]:
        net = networks.net(arch, family)
        net.module.requires_grad_(True)
        work(net, networks.picture())
        assert all(parameter.grad is None for parameter in net.module.parameters())
