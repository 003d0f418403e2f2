"""Budget, settings and memory of the machine; a module's footprint against figures counted by hand."""

import threading

import pytest
import torch
from torch import nn

from tests.fakes import cache, row
from vision.core.errors import ModelError
from vision.models import devices, footprint
from vision.models.cache import ModelCache
from vision.models.catalog import Catalog
from vision.models.net import Net


def net(module, example=None, device="cpu"):
    if example is not None:
        module.example = lambda: example
    return Net(row("a"), module, (), device, None)


@pytest.mark.parametrize(("text", "size"), [("2", 2 << 30), ("0.25", 1 << 28)])
def test_the_budget_may_be_set(monkeypatch, text, size):
    monkeypatch.setenv("VISION_CACHE_GB", text)
    assert devices.Torch().budget_bytes == size


@pytest.mark.parametrize("text", ["", "much", "0", "-1", "nan", "inf"])
def test_a_setting_that_cannot_be_is_a_sentence(text):
    with pytest.raises(ModelError, match="VISION_CACHE_GB cannot be"):
        devices.setting_bytes(text)


def test_the_idle_time_may_be_set(monkeypatch):
    monkeypatch.delenv("VISION_IDLE_MINUTES", raising=False)
    assert devices.idle_seconds() is None
    monkeypatch.setenv("VISION_IDLE_MINUTES", "5")
    assert devices.idle_seconds() == 300
    monkeypatch.setenv("VISION_IDLE_MINUTES", "soon")
    with pytest.raises(ModelError, match="VISION_IDLE_MINUTES cannot be “soon”"):
        ModelCache.of(Catalog([]))


def test_unset_the_budget_is_a_share_of_what_is_free(monkeypatch):
    monkeypatch.delenv("VISION_CACHE_GB", raising=False)
    monkeypatch.setenv("VISION_DEVICE", "cpu")
    monkeypatch.setattr(devices, "available_bytes", lambda: 1000)
    assert devices.Torch().budget_bytes == 500


def test_free_memory_is_what_linux_says_within_the_containers_limit(tmp_path):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:       16000000 kB\nMemAvailable:    8000000 kB\n")
    nowhere = tmp_path / "nowhere"
    assert devices.available_bytes(meminfo, nowhere) == 8_000_000 * 1024
    (tmp_path / "memory.current").write_text("1000000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert devices.available_bytes(meminfo, tmp_path) == 8_000_000 * 1024
    (tmp_path / "memory.max").write_text("3000000\n")
    assert devices.available_bytes(meminfo, tmp_path) == 2_000_000
    assert devices.available_bytes(nowhere, nowhere) > 0


def test_the_device_may_be_set_and_a_wrong_one_is_a_sentence(monkeypatch):
    monkeypatch.setenv("VISION_DEVICE", "cpu")
    assert devices.Torch().device == "cpu"
    monkeypatch.setenv("VISION_DEVICE", "abacus")
    with pytest.raises(ModelError, match="VISION_DEVICE cannot be “abacus”"):
        _ = devices.Torch().device


@pytest.fixture
def threads():
    """Leave the number of threads as it was: torch keeps the last one set for threads to come."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
def test_the_number_of_threads_holds_in_every_thread(monkeypatch):
    """OpenMP keeps the number per calling thread, so setting it once in the main thread would not do."""
    monkeypatch.setenv("VISION_THREADS", "1")
    monkeypatch.setenv("VISION_DEVICE", "cpu")
    made = cache(row("a"))
    made.machine = devices.Torch()
    monkeypatch.setattr(made.machine, "measure", lambda net, needs: 10)
    found = []

    def ask():
        found.append(made.run("a", lambda net: torch.get_num_threads()))

    with made.lease("a"):
        pass
    for _ in range(2):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert found == [1, 1]
    monkeypatch.setenv("VISION_THREADS", "many")
    with pytest.raises(ModelError, match="VISION_THREADS cannot be “many”"):
        devices.Torch().enter()


def test_running_out_of_memory_is_told_from_other_errors():
    machine = devices.Torch()
    assert machine.out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"))
    assert machine.out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"))
    assert not machine.out_of_memory(RuntimeError("shapes do not fit"))
    assert not machine.out_of_memory(ValueError("out of memory"))


def test_parameters_and_buffers_count_once_each():
    module = nn.Sequential(nn.Linear(10, 10, bias=False), nn.BatchNorm1d(10))  # 100 + 20 parameters, 20 buffers and a counter
    assert footprint.held(module) == (100 + 20 + 20) * 4 + 8
    module[0].weight = nn.Parameter(torch.zeros(10, 20)[:, :10])  # a view: what is held is all that lies behind it
    assert footprint.held(module) == (200 + 20 + 20) * 4 + 8
    twice = nn.ModuleList([nn.Linear(10, 10, bias=False)])
    twice.append(twice[0])
    assert footprint.held(twice) == 400


def test_what_a_needed_model_holds_is_not_counted_again():
    trunk, head = nn.Linear(10, 10), nn.Linear(10, 3)
    assert footprint.held(nn.Sequential(trunk, head), [trunk]) == (30 + 3) * 4


def test_the_peak_of_a_forward_pass_is_what_lives_at_once():
    """Three layers of 1,000 numbers: at any time the input of a layer and its output live, never all four."""
    module = nn.Sequential(*[nn.Linear(1000, 1000) for _ in range(3)])
    assert footprint.peak(net(module, (torch.zeros(1, 1000),))) == 2 * 4000
    kept = nn.Module()
    kept.layers = nn.ModuleList(module)

    def forward(x):
        outs = []
        for layer in kept.layers:
            outs.append(layer(outs[-1] if outs else x))
        return torch.cat(outs)

    kept.forward = forward
    assert footprint.peak(net(kept, (torch.zeros(1, 1000),))) == (3 + 3) * 4000


def test_the_peak_grows_with_the_input():
    module = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1))
    small, large = (footprint.peak(net(module, (torch.zeros(1, 3, side, side),))) for side in (16, 32))
    assert small >= 2 * 8 * 16 * 16 * 4 and large == 4 * small


def test_no_known_input_no_peak():
    assert footprint.peak(net(nn.Linear(3, 3))) == 0


def test_measuring_counts_both():
    module = nn.Linear(1000, 1000, bias=False)
    assert devices.Torch().measure(net(module, (torch.zeros(1, 1000),)), {}) == 4_000_000 + 4000
