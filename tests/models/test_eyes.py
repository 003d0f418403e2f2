"""The package's own list of layers, written down again here, says the same as ours from the same weights."""

from itertools import pairwise

import numpy as np
import torch
from torch import nn

from vision.models.eyes import WIDE, Eyes, principal, renamed


def packages() -> nn.Sequential:
    """Return the package's generator: one list, with a dropout after the first stage."""
    layers: list[nn.Module] = [nn.ConvTranspose2d(108, WIDE[0], 4, 1, 0, bias=False), nn.BatchNorm2d(WIDE[0]), nn.ReLU(), nn.Dropout(0.2)]
    for before, after in pairwise(WIDE[:-1]):
        layers += [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.ConvTranspose2d(WIDE[-2], 3, 4, 2, 1, bias=False), nn.Tanh())


def test_says_what_the_package_says():
    torch.manual_seed(0)
    theirs = packages()
    for name, buffer in theirs.named_buffers():
        if name.endswith(("mean", "var")):
            buffer.uniform_(0.5, 1.5)
    theirs.eval()
    ours = Eyes()
    ours.load_state_dict(renamed({f"main.{name}": value for name, value in theirs.state_dict().items()}, ours))
    z, label = torch.randn(2, 100), torch.eye(8)[[1, 6]]
    with torch.inference_mode():
        assert torch.allclose(ours.eval()(z, label), theirs(torch.cat([z, label], 1)[:, :, None, None]), atol=1e-5)


def test_the_directions_are_the_principal_ones_of_many_first_layers():
    torch.manual_seed(0)
    first = torch.randn(12, 5, 4, 4) * torch.linspace(3, 0.2, 12)[:, None, None, None]
    ways = principal(first, 10).numpy()
    z = np.random.default_rng(0).standard_normal((200_000, 10)).astype(np.float32)
    made = z @ first[:10].flatten(1).numpy()
    centred = made - made.mean(0)
    _, parts = np.linalg.eigh(centred.T @ centred)  # components of the activations; the class only shifts them
    for at in range(3):
        back, *_ = np.linalg.lstsq(z, centred @ parts[:, -1 - at], rcond=None)  # what latent gives that component: GANSpace's regression
        back /= np.linalg.norm(back)
        assert abs(back @ ways[at]) > 0.99
    np.testing.assert_allclose(ways @ ways.T, np.eye(8), atol=1e-5)
