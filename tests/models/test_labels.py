"""Names of classes: English identifiers that say themselves in other languages, one name a class, none twice in a set."""

import pickle
import re
import tomllib
from collections import Counter

import numpy as np
import pytest

from vision.core.errors import UserError
from vision.core.results import Forward, PictureFacts
from vision.core.words import LANGUAGES, said, speaking
from vision.models import labels
from vision.models.catalog import Catalog
from vision.models.naming import GROUPS
from vision.tasks.classify import named

SETS = ["imagenet-1k", *sorted(path.stem for path in labels.FOLDER.glob("*.txt"))]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("names", SETS)
def test_a_set_has_one_name_a_class_in_every_language(names, lang):
    found = Counter(label.say(lang) for label in labels.read(names))
    assert [name for name, count in found.items() if count > 1] == []


@pytest.mark.parametrize("lang", LANGUAGES[1:])
def test_nothing_of_the_catalogue_is_untranslated_or_superfluous(lang):
    tables = labels.tables(lang)
    everywhere = {str(label) for names in SETS for label in labels.read(names)}
    wanted = {text for card in Catalog.read().cards for text in (card.weak_at, card.note) if text}
    for names in SETS:
        own = tables.get(labels.PART_OF.get(names, names), {})
        assert [str(label) for label in labels.read(names) if label not in own and label not in tables["names"]] == [], names
        assert set(tables.get(names, ())) <= set(labels.read(names)), names
    everyday = {word for table in tomllib.loads(GROUPS.read_text("utf-8")).values() for word in table}
    assert everyday - set(tables["names"]) == set()
    assert set(tables["names"]) <= everywhere | everyday
    assert wanted - set(tables["catalogue"]) == set()
    assert set(tables) <= {"catalogue", "names", *SETS}
    assert all(re.search("[\u4e00-\u9fff]|iPod", text) for table in tables.values() for text in table.values()) or lang != "zh"


def test_chinese_names_are_where_they_belong():
    imagenet, coco, cifar = (labels.read(names) for names in ("imagenet-1k", "coco80", "cifar10"))
    places = {1: "金鱼", 134: "鹤", 281: "虎斑猫", 287: "猞猁", 388: "大熊猫", 517: "起重机", 948: "青苹果", 999: "卫生纸"}
    assert {index: imagenet[index].say("zh") for index in places} == places
    assert [imagenet[21], imagenet[21].say("zh")] == ["kite", "鸢"]  # the bird; in COCO it is a toy
    assert coco[coco.index("kite")].say("zh") == "风筝"
    assert cifar[9].say("zh") == "卡车"
    assert [label.say("zh") for label in labels.read("fruits17")[4:6]] == ["小柑橘", "椰子"]


def test_a_label_is_english_for_programs():
    label = labels.read("imagenet-1k")[287]
    assert (label, f"{label}", said(label, "en")) == ("lynx", "lynx", "lynx")
    with speaking("zh"):
        assert (label, said(label)) == ("lynx", "猞猁")
    assert pickle.loads(pickle.dumps(label)).say("zh") == "猞猁"
    assert labels.Label("no such thing", "imagenet-1k").say("zh") == "no such thing"


def test_a_class_is_found_by_english_name_index_and_chinese_name():
    known = labels.read("imagenet-1k")
    kept = Forward(
        model="m", revision="r", device="cpu", ms=0.0, picture=PictureFacts(1, 1, ""), seen=(0, 0, 1, 1), input_hw=(1, 1),
        logits=np.zeros(len(known), np.float32), features=None, attention=None, scale=None,
    )  # fmt: skip
    assert {named(kept, known, text).index for text in ("lynx", "LYNX", "287", "猞猁", " 猞猁 ")} == {287}
    with pytest.raises(UserError) as error, speaking("zh"):
        named(kept, known, "大熊")
    assert "大熊猫 (388)" in error.value.say("zh")
