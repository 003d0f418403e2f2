"""PNG files that say what they are."""

import io

import numpy as np
import pytest
from PIL import Image

from vision.core.encode import png
from vision.core.picture import read


def test_a_png_keeps_every_pixel_and_its_words(drawn):
    rgb = drawn(37, 53)
    words = {"Title": "Grad-CAM of “tabby” <b>&amp;</b>", "Description": "日本\nzwei Zeilen", "Software": "Glassbox"}
    for pixels in (rgb, rgb[:, ::2], rgb[..., 0]):
        data = png(pixels, text=words)
        image = Image.open(io.BytesIO(data))
        image.load()  # Pillow checks the sums of all chunks on its way
        assert image.text == words
        assert np.array_equal(np.asarray(image), pixels)
        assert np.array_equal(read(data).rgb[..., 0], pixels[..., 0] if pixels.ndim == 3 else pixels)
    assert png(rgb, text={}) == png(rgb)


@pytest.mark.parametrize("keyword", ["", "x" * 80, " Title", "line\nbreak", "nul\0"])
def test_a_keyword_that_png_does_not_allow(keyword):
    with pytest.raises(ValueError, match="keyword"):
        png(np.zeros((1, 1, 3), np.uint8), text={keyword: "x"})
