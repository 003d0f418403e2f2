"""Making pictures: the same picture whatever the batch, tanh by the book, walks that meet their stops, a critic named as what it is."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from vision.core import latent
from vision.core.errors import ModelError, UserError
from vision.core.results import PictureFacts
from vision.core.results_generate import Place
from vision.tasks import generate

NAMES = ("apple", "pear", "plum")


@pytest.fixture(scope="module")
def net():
    import torch

    from vision.models.gan import Gan

    torch.manual_seed(0)
    module = Gan(classes=3, latent=16, width=8, directions=4)
    with torch.no_grad():
        module.directions.copy_(torch.linalg.qr(torch.randn(16, 4)).Q.T)
        module.generator.paint.weight.mul_(6)  # a fresh net paints all grey
        module.train()
        for _ in range(3):
            module(torch.randn(8, 16), torch.eye(3)[torch.randint(3, (8,))])  # batch norm learns its means
    module.eval().requires_grad_(False)
    return SimpleNamespace(card=SimpleNamespace(key="tiny", revision="1"), module=module, device="cpu", labels=NAMES)


def test_a_picture_is_itself_in_any_batch(net):
    wanted = generate.places(net, 3, 40, "")
    together = generate.sample(net, wanted).rgb
    for index in (0, 5, 17, 39):
        alone = generate.sample(net, [wanted[index]]).rgb[0]
        assert np.abs(alone.astype(int) - together[index]).max() <= 1
    assert (generate.sample(net, wanted).rgb == together).all()
    assert (together[0] != together[3]).any()


def test_tanh_by_the_book():
    import torch

    x = torch.tensor([-2.0, -1.0, -0.5, 0.0, 0.25, 1.0, 3.0]).reshape(1, 1, 1, 7).expand(1, 3, 1, 7)
    exact = np.clip(np.rint((np.array([-2, -1, -0.5, 0, 0.25, 1, 3]) + 1) / 2 * 255), 0, 255)
    assert generate.u8(x)[0, 0, :, 0].tolist() == exact.tolist()
    dull = torch.full((1, 3, 2, 2), 0.1)
    assert generate.u8(dull).min() == generate.u8(dull).max() == 140  # never stretched per picture


def test_an_oracle_by_hand(net):
    import torch

    place = Place(((4, 2, 1.0),), 1, 2, 0.25, 0.7, (1.5, 0.0, -2.0))
    z = 0.7 * np.random.default_rng([4, 2]).standard_normal(16)
    ways = net.module.directions.numpy().astype(float)
    z = z + 1.5 * ways[0] - 2.0 * ways[2]
    with torch.inference_mode():
        x = net.module.generator(torch.tensor(z[None], dtype=torch.float32), torch.tensor([[0.0, 0.75, 0.25]]))
        score = net.module.critic(x, torch.tensor([[0.0, 0.75, 0.25]]))
    found = generate.sample(net, [place])
    exact = np.rint(np.clip((x[0].numpy().transpose(1, 2, 0) + 1) / 2, 0, 1) * 255)
    assert np.abs(found.rgb[0] - exact).max() <= 1
    assert found.norms[0] == pytest.approx(np.linalg.norm(z)) and found.critic[0] == pytest.approx(float(score[0]), abs=1e-4)
    assert found.shell == latent.shell(16)


def test_labels(net):
    assert [place.label for place in generate.places(net, 0, 5, "")] == [0, 1, 2, 0, 1]
    assert {place.label for place in generate.places(net, 0, 5, "Pear")} == {1}
    assert generate.label(net, "2") == 2
    with pytest.raises(UserError, match="apple, pear, plum"):
        generate.label(net, "stone")
    assert generate.labels(replace_labels(net)) == ("1", "2", "3")


def replace_labels(net):
    return SimpleNamespace(**{**vars(net), "labels": ()})


def test_walks_meet_their_stops(net):
    stops = generate.places(net, 1, 3, "")
    frames = [frame for start in range(0, 21, generate.BATCH) for frame in generate.walk(net, stops, 21, start)]
    assert len(frames) == 21
    met = generate.sample(net, stops).rgb
    for at, stop in ((0, 0), (10, 1), (20, 2)):
        assert np.abs(frames[at].astype(int) - met[stop]).max() <= 1
    assert len(generate.walk(net, stops[:1], 3)) == 3


def test_a_walk_asks_no_critic(net, monkeypatch):
    monkeypatch.delattr(net.module.critic.__class__, "forward")
    with pytest.raises(NotImplementedError):
        generate.sample(net, generate.places(net, 1, 1, ""))
    assert len(generate.walk(net, generate.places(net, 1, 2, ""), 5)) == 5


def test_arithmetic(net):
    a, b, c = ((0, index, sign) for index, sign in ((0, 1.0), (1, -1.0), (2, 1.0)))
    ways = net.module.directions.numpy()
    z = Place((a, b, c)).z(ways)
    np.testing.assert_allclose(z, latent.draw(0, 0, 16) - latent.draw(0, 1, 16) + latent.draw(0, 2, 16))
    assert generate.sample(net, [Place((a, b, c))]).seeds == ("+1*0:0 -1*0:1 +1*0:2",)
    same = Place((a,)), replace(Place((a,)), sliders=(0.0, 0.0))
    assert (generate.sample(net, same).rgb[0] == generate.sample(net, same).rgb[1]).all()


def test_stages_are_the_generators_own_maps(net):
    import torch

    place = Place(((0, 0, 1.0),), 1)
    caught = []
    hooks = [stage.register_forward_hook(lambda _m, _i, out: caught.append(out[0].numpy())) for stage in net.module.generator.stages]
    with torch.inference_mode():
        found = generate.stages(net, place)
    for hook in hooks:
        hook.remove()
    assert [shape[1] for shape in found.shapes] == [4, 8, 16, 32, 64]
    for mine, theirs in zip(found.maps[1:], caught, strict=True):
        strongest = theirs[np.argmax(theirs.std(axis=(1, 2)))]
        span = strongest.max() - strongest.min()
        assert np.abs(mine[0] / 255 - (strongest - strongest.min()) / span).max() <= 0.5 / 255 + 1e-5
        assert len(mine) == min(16, len(theirs))


def test_the_critic_scores_your_own_picture_as_it_scores_its_own(net):
    found = generate.sample(net, generate.places(net, 0, 1, "pear"))
    rgb = found.rgb[0]
    own = SimpleNamespace(rgb=rgb, facts=PictureFacts(64, 64, ""))
    judged = generate.judge(net, own)
    assert judged.labels == NAMES and judged.scores[1] == pytest.approx(found.critic[0], abs=0.05)  # 8 bits apart
    big = SimpleNamespace(rgb=np.zeros((300, 100, 3), np.uint8), facts=PictureFacts(100, 300, ""))
    assert len(generate.judge(net, big).scores) == 3
    bare = SimpleNamespace(card=net.card, module=SimpleNamespace(generator=net.module.generator, critic=None), device="cpu", labels=NAMES)
    with pytest.raises(ModelError, match="without its critic"):
        generate.judge(bare, own)


def test_other_models_are_a_sentence(net):
    with pytest.raises(ModelError, match="makes no pictures"):
        generate.sample(SimpleNamespace(card=net.card, module=object(), device="cpu", labels=()), [Place(((0, 0, 1.0),))])
