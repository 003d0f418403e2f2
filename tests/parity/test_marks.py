"""A class looks the same on the page and in an exported picture, and its label can be read."""

from vision.core.marks import luminance, mark


def test_marks_are_equal_and_readable(twin):
    for index in range(91):
        here, there = mark(index), twin("marks.js", "mark", index)
        assert (here.colour, list(here.dash), here.ink) == (there["colour"], there["dash"], there["ink"])
        light, dark = sorted((luminance(here.colour), luminance(here.ink)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_first_28_classes_all_look_different():
    assert len({(mark(i).colour, mark(i).dash) for i in range(28)}) == 28
