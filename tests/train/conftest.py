from pathlib import Path

import pytest
import timm
import torch
from accelerate.state import AcceleratorState

from tests.train.samples import pack
from vision.train import detector


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack(tmp_path_factory.mktemp("data"), "shapes")


@pytest.fixture(autouse=True)
def one_thread():
    """Small nets are slower with many threads, and sums are then in one order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def fresh_accelerator():
    """Precision is settled once per process; the next test may want another."""
    yield
    AcceleratorState._reset_state(reset_partial_state=True)


@pytest.fixture
def backbone(monkeypatch: pytest.MonkeyPatch) -> torch.nn.Module:
    """A detector begins with this CNN of random weights, always the same ones."""
    torch.manual_seed(0)
    trunk = timm.create_model("tf_efficientnet_lite0").eval()
    monkeypatch.setattr(detector, "cnn", lambda _key: trunk)
    return trunk
