"""Registration: a known move is found again; what cannot be found is one sentence."""

import cv2
import numpy as np
import pytest

from vision.core import place, register
from vision.core.errors import PictureError


def scene(height=300, width=400, seed=0):
    random = np.random.default_rng(seed)
    picture = np.full((height, width, 3), 90, np.uint8)
    for _ in range(160):
        corner = random.integers(0, (width, height))
        size = random.integers(8, 50, 2)
        end = corner + size
        cv2.rectangle(picture, corner.tolist(), end.tolist(), random.integers(0, 256, 3).tolist(), -1)
    return cv2.GaussianBlur(picture, (0, 0), 0.8)


def shifted(b, move, wh):
    return place.place(b.rgb, place.affine(wh, (b.rgb.shape[1], b.rgb.shape[0]), b.left, b.top, move), wh)


@pytest.mark.parametrize(("way", "move"), [
    ("corners", place.Move(0.06, -0.04, 1.15, 12.0)), ("corners", place.Move(-0.1, 0.05, 0.8, -30.0)),
    ("values", place.Move(0.02, -0.015, 1.0, 2.0)),
])  # fmt: skip
def test_a_known_move_is_found_again(way, move):
    b = place.Fitted(scene(), 0, 0)
    a, _ = shifted(b, move, (400, 300))
    found = register.register(a, b, way)
    assert abs(found.dx - move.dx) * 400 < 1
    assert abs(found.dy - move.dy) * 300 < 1
    assert found.scale == pytest.approx(move.scale, abs=0.01)
    assert found.turn == pytest.approx(move.turn, abs=0.5)


@pytest.mark.parametrize("way", register.WAYS)
@pytest.mark.parametrize("size", [(300, 400), (1, 1), (1, 200)])
def test_nothing_to_find_is_a_sentence(way, size):
    plain = np.full((*size, 3), 128, np.uint8)
    with pytest.raises(PictureError) as error:
        register.register(plain, place.Fitted(plain, 0, 0), way)
    assert error.value.key == f"fuse.no_{way}"


@pytest.mark.parametrize("way", register.WAYS)
def test_two_strangers_are_a_sentence(way):
    random = np.random.default_rng(1)
    one, other = random.integers(0, 256, (2, 200, 200, 3)).astype(np.uint8)
    with pytest.raises(PictureError):
        register.register(one, place.Fitted(other, 0, 0), way)
