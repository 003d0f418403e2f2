"""What a folder's name means: a class, a synonym, an everyday word; and what it does not."""

import pytest

from vision.models import labels
from vision.models.naming import meant, near

IMAGENET = labels.read("imagenet-1k")


@pytest.mark.parametrize(
    ("word", "classes"),
    [
        ("lynx", {287}), ("LYNX", {287}), ("猞猁", {287}), ("287", {287}), ("n02127052", {287}), ("catamount", set()),
        ("Granny_Smith", {948}), ("granny-smith", {948}), ("tabby cat", {281}), ("Egyptian cat", {285}),
        ("crane", set()), ("crane (bird)", {134}),  # two classes share the word
        ("cat", set(range(281, 286))), ("猫", set(range(281, 286))), ("ＣＡＴ", set(range(281, 286))),
        ("dog", set(range(151, 269))),
        ("", set()), (".", set()),
        ("../../etc", set()), ("<b>cat</b>", set()), ("cat" * 10_000, set()), ("1000", set()), ("-1", set()), ("٣", set()),
        ("Cardigan", {264}), ("cardigan", {474}),
    ],
)  # fmt: skip
def test_words_of_imagenet(word, classes):
    assert meant("imagenet-1k", word) == classes


def test_other_sets_have_their_own_words():
    assert meant("cifar10", "cat") == {3} and meant("cifar10", "猫") == {3} and meant("cifar10", "lynx") == set()
    tiny = labels.read("tiny200")
    assert meant("tiny200", "n02123045") == meant("tiny200", "tabby cat") == {tiny.index("tabby")}
    assert meant("coco80", "Person") == {0}


def test_every_class_is_meant_by_its_own_name():
    for names in ("imagenet-1k", "tiny200", "cifar10", "coco80"):
        for at, label in enumerate(labels.read(names)):
            assert meant(names, label) == meant(names, label.say("zh")) == {at}


@pytest.mark.parametrize(
    ("word", "first", "last"),
    [("bird", "cock", "albatross"), ("dog", "Chihuahua", "Mexican hairless"), ("cat", "tabby", "Egyptian cat"), 
     ("car", "ambulance", "sports car"),      ("snake", "thunder snake", "sidewinder"), ("monkey", "guenon", "squirrel monkey"),
     ("elephant", "Indian elephant", "African elephant")],
)  # fmt: skip
def test_everyday_words_begin_and_end_where_they_should(word, first, last):
    classes = meant("imagenet-1k", word)
    assert (IMAGENET[min(classes)], IMAGENET[max(classes)]) == (first, last)


def test_names_nearby_are_told():
    assert near("imagenet-1k", "kat") == [] or all(isinstance(one, str) for one in near("imagenet-1k", "kat"))
    assert "lynx" in near("imagenet-1k", "lynks")
    assert "water buffalo" in near("imagenet-1k", "buffalo")
    assert near("imagenet-1k", "") == [] and len(near("imagenet-1k", "e" * 500)) <= 3
