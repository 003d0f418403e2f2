"""/fuse as gradio_client calls it: files in, a file and figures out; the ends bit for bit; mistakes are sentences."""

import json

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image


@pytest.fixture(scope="module")
def client(server):
    return Client(server.url, verbose=False)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for seed, name in enumerate("ab"):
        Image.fromarray(np.random.default_rng(seed).integers(0, 256, (30, 40, 3)).astype(np.uint8)).save(folder / f"{name}.png")
    return folder


def pixels(path):
    with Image.open(path) as file:
        return np.asarray(file.convert("RGB"))


def ask(client, files, **arguments):
    return client.predict(handle_file(files / "a.png"), handle_file(files / "b.png"), api_name="/fuse", **arguments)


@pytest.mark.parametrize(("alpha", "name"), [(1.0, "a"), (0.0, "b")])
@pytest.mark.parametrize("light", ["srgb", "linear"])
def test_the_ends_come_back_bit_for_bit(client, files, alpha, name, light):
    found = ask(client, files, alpha=alpha, light=light)
    assert (pixels(found["file"]) == pixels(files / f"{name}.png")).all()
    assert found["measures"][f"ssim_{name}"] == pytest.approx(1)
    assert found["picture"]["width"] == 40 and found["picture"]["height"] == 30
    assert {"model", "revision", "device", "ms", "words"} <= set(found)


def test_options_reach_the_method(client, files):
    found = ask(client, files, method="pyramid", options=json.dumps({"mask": {"kind": "gradient", "width": 0}, "levels": 1}))
    a, b = pixels(files / "a.png"), pixels(files / "b.png")
    assert (pixels(found["file"]) == np.concatenate([a[:, :20], b[:, 20:]], axis=1)).all()


@pytest.mark.parametrize("arguments", [{"method": "magic"}, {"alpha": 3.0}, {"options": "{"}, {"options": '{"levels": 99}'}])
def test_mistakes_are_sentences(client, files, arguments):
    with pytest.raises(AppError) as error:
        ask(client, files, **arguments)
    assert str(error.value).rstrip().endswith((".", "nothing."))
    assert "Traceback" not in str(error.value)
