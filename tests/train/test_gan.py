from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load, save
from scipy.linalg import sqrtm

from tests.train.samples import pack
from tests.train.stops import stop
from vision.models.gan import Critic, Gan, Generator
from vision.train import gan, report, samples


@pytest.fixture(scope="module")
def fruits(tmp_path_factory) -> Path:
    return pack(tmp_path_factory.mktemp("gan"), "fruits64", side=64)


def config(data: Path, out: Path, **given) -> gan.Config:
    return gan.Config(data, out, **{"steps": 4, "batch": 8, "latent": 8, "width": 4, "precision": "no", "report_steps": 2, **given})


@pytest.mark.parametrize("loss", ["hinge", "nonsaturating", "dcgan"])
def test_every_loss_trains_and_writes_grids(fruits, tmp_path, loss):
    gan.run(config(fruits, tmp_path, loss=loss, spectral=loss == "hinge", r1=0.0 if loss == "hinge" else 0.1))
    assert (tmp_path / "samples000004.png").exists()
    assert len((tmp_path / "curve.csv").read_text().splitlines()) == 3  # head, two reports


def test_every_row_of_the_curve_is_the_mean_of_the_steps_since_the_one_before(fruits, tmp_path):
    training = gan.Training(config(fruits, tmp_path, steps=5))
    step = iter(range(5))
    training._step = lambda: {"critic_loss": float(next(step)), "generator_loss": 1.0}
    training.run()
    rows = report.rows(tmp_path / "curve.csv")
    assert [(row["step"], row["critic_loss"], row["generator_loss"]) for row in rows] == [(2, 0.5, 1), (4, 2.5, 1), (5, 4, 1)]
    assert all(row["minutes"] < 1 for row in rows) and (tmp_path / "curves.png").is_file()


def test_critic_learns_one_batch_by_heart(fruits, tmp_path):
    training = gan.Training(config(fruits, tmp_path, spectral=False))
    real, label = training._batch()
    fake = torch.rand_like(real) * 2 - 1
    optimizer = torch.optim.Adam(training.critic.parameters(), 2e-3)
    for _ in range(60):
        loss = gan.critic_loss("hinge", training.critic(real, label), training.critic(fake, label))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05


def test_generator_learns_one_batch_by_heart(fruits, tmp_path):
    training = gan.Training(config(fruits, tmp_path, width=8))
    real, label = training._batch()
    z = torch.randn(len(real), 8)
    optimizer = torch.optim.Adam(training.generator.parameters(), 5e-3)
    for _ in range(120):
        loss = (training.generator(z, label) - real).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.2 * (real - real.mean()).pow(2).mean().item()


def test_resumed_is_as_if_never_stopped(fruits, tmp_path):
    gan.run(config(fruits, tmp_path / "whole"))
    training = gan.Training(config(fruits, tmp_path / "parts"))
    stop(training, "_step", lambda: training.step == 2)
    gan.run(config(fruits, tmp_path / "parts"))
    one, two = (gan.finished(tmp_path / name, count=2).state_dict() for name in ("whole", "parts"))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_shipped_critic_scores_as_the_trained_one(fruits, tmp_path):
    training = gan.Training(config(fruits, tmp_path))
    training.run()
    real, label = training._batch()
    with torch.no_grad():
        wanted = training.critic.eval()(real, label)
        assert torch.allclose(gan.finished(tmp_path, count=2).critic(real, label), wanted, atol=1e-5)


def test_reloaded_gan_paints_the_same():
    torch.manual_seed(0)
    first = Gan(3, 8, 4, 2).eval()
    again = Gan(3, 8, 4, 2).eval()
    again.load_state_dict(load(save({name: one.contiguous() for name, one in first.state_dict().items()})))  # as `ship` writes it
    made = [samples.samples(one, 6)[0] for one in (first, again)]
    assert torch.equal(*made)


def test_directions_are_unit_and_their_sign_is_fixed():
    torch.manual_seed(0)
    generator = Generator(3, 8, 4).eval()
    found = gan.directions(generator, 3, n=512)
    assert torch.allclose(found.norm(dim=1), torch.ones(3), atol=1e-5)
    for row in found:
        assert row[row.abs().argmax()] > 0
    z, label = torch.zeros(1, 8), torch.full((1, 3), 1 / 3)
    with torch.inference_mode():
        rest = generator.maps(z, label)[1]
        moved = [(generator.maps(2 * d[None], label)[1] - rest).norm() for d in found]
        random = torch.nn.functional.normalize(torch.randn(50, 8), dim=1)
        usual = torch.stack([(generator.maps(2 * d[None], label)[1] - rest).norm() for d in random])
    assert moved[0] > usual.mean()  # the first direction changes the map more than a random one


def test_augmentation_keeps_size_and_lets_gradients_through():
    torch.manual_seed(0)
    x = torch.rand(8, 3, 64, 64, requires_grad=True)
    seen = gan.augment(x)
    assert seen.shape == x.shape
    seen.sum().backward()
    assert (x.grad != 0).any()
    assert not torch.equal(seen[0], seen[1])


def test_frechet_and_kernel_distance_are_zero_for_the_same_and_known_for_shifted():
    random = np.random.default_rng(0)
    a = random.normal(size=(4000, 3))
    assert samples.frechet(a, a) == pytest.approx(0, abs=1e-8)
    assert samples.frechet(a, a + np.array([3.0, 0, 0])) == pytest.approx(9, abs=1e-6)  # only the means differ
    mixed = random.normal(size=(4000, 3)) @ random.normal(size=(3, 3))
    left, right = np.cov(a, rowvar=False), np.cov(mixed, rowvar=False)
    oracle = ((a.mean(0) - mixed.mean(0)) ** 2).sum() + np.trace(left + right - 2 * sqrtm(left @ right).real)
    assert samples.frechet(a, mixed) == pytest.approx(oracle, rel=1e-6)
    b = random.normal(size=(4000, 3))
    assert abs(samples.kernel(a, b)) < 0.1
    assert samples.kernel(a, b + 1) > 1


def test_a_repeated_picture_is_found():
    random = torch.Generator().manual_seed(0)
    real = torch.rand(20, 3, 16, 16, generator=random)
    made = torch.cat([real[7:8], torch.rand(1, 3, 16, 16, generator=random)])
    distance, which = samples.nearest(made, real)
    assert distance[0] < 1e-3 < distance[1]
    assert which[0] == 7


def test_spectral_norm_bounds_every_layer():
    critic = gan.smooth(Critic(3, 4))
    x, label = torch.randn(4, 3, 64, 64), torch.eye(3)[:1].repeat(4, 1)
    for _ in range(30):
        critic(x, label)  # power iteration settles
    for name, weight in gan_weights(critic):
        assert torch.linalg.matrix_norm(weight.flatten(1), 2) == pytest.approx(1, abs=0.05), name


def gan_weights(critic: Critic):
    for name, layer in critic.named_modules():
        if hasattr(layer, "parametrizations"):
            yield name, layer.weight.detach()


def test_config_is_frozen(fruits, tmp_path):
    with pytest.raises(AttributeError):
        config(fruits, tmp_path).steps = 3
    assert replace(config(fruits, tmp_path), steps=3).steps == 3
