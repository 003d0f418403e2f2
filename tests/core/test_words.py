"""Every sentence that is named is there with the values it wants, every one that is there is named, in every language."""

import ast
import json
import re
import string
import threading
import tomllib
from functools import cache
from pathlib import Path

import pytest

from vision.core.errors import PictureError
from vision.core.words import LANGUAGES, OPEN, Sentence, prefer, say, sentences, settle, speaking, words

ROOT = Path(__file__).parents[2]
PYTHON = sorted([ROOT / "app.py", *(ROOT / "vision").rglob("*.py")])
SCRIPTS = {path.name: path for path in (ROOT / "assets" / "web").glob("*.js")}
SECTIONS = {key.partition(".")[0] for key in words()}
KEY = re.compile(rf"(?:{'|'.join(SECTIONS)})\.[a-z0-9_-]+")
FILES = (".js", ".py", ".css", ".toml", ".html", ".mjs", ".json", ".png", ".safetensors")  # "page.js" is no sentence
SAYING = {"say", "Sentence", "UserError", "PictureError", "ModelError"}


def holes(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@cache
def tree(path):
    return ast.parse(path.read_text("utf-8"))


def literals(path):
    """Yield the words keys that stand in a Python file as whole strings."""
    parts = {id(part) for node in ast.walk(tree(path)) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree(path)):
        if id(node) in parts:
            continue
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if KEY.fullmatch(text) and not text.endswith((*FILES, "_")):  # the latter: the start of keys
            yield text


def patterns(path):
    """Yield the keys that a Python file puts together, as regular expressions: f"page.tab_{key}" is page\\.tab_[a-z0-9_-]+."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.JoinedStr):
            parts = [re.escape(part.value) if isinstance(part, ast.Constant) else "[a-z0-9_-]+" for part in node.values]
            if re.match(rf"(?:{'|'.join(SECTIONS)})\\\.", parts[0]):
                yield "".join(parts)


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_key_that_python_names_is_there(path):
    missing = [key for key in literals(path) if key not in words()]
    assert not missing
    for pattern in patterns(path):
        assert any(re.fullmatch(pattern, key) for key in words()), pattern


def calls(path):
    """Yield (key, names of the values) of sentences whose values all stand in the call, and of computed facts likewise."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in SAYING and all(keyword.arg for keyword in node.keywords):
                yield node.args[0].value, {keyword.arg for keyword in node.keywords}
        if isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[1], ast.Dict):
            key, values = node.elts
            if isinstance(key, ast.Constant) and all(isinstance(name, ast.Constant) for name in values.keys):
                yield key.value, {name.value for name in values.keys}


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_hole_of_a_sentence_is_filled(path):
    for key, given in calls(path):
        if key in words():
            assert holes(words()[key]) <= given, key


# JavaScript


def imported(name):
    """Return a script and all that it imports, over any number of steps."""
    found, waiting = set(), [name]
    while waiting:
        one = waiting.pop()
        if one in SCRIPTS and one not in found:
            found.add(one)
            waiting += re.findall(r"""from\s*["']\./([\w-]+\.js)["']""", SCRIPTS[one].read_text("utf-8"))
    return found


@cache
def widgets():
    """Return which sections' sentences each widget is sent, by its script's name."""
    found = {}
    for path in (ROOT / "vision" / "faces").rglob("*.py"):
        named, sent = set(), set()
        if path.parent.name == "desks" and f"{path.stem}.js" in SCRIPTS:
            named.add(f"{path.stem}.js")  # a desk and its widget have one name (vision/faces/desks/table.py)
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                if node.func.id == "widget" and texts:
                    named.add(f"{texts[0]}.js")
                if node.func.id == "sentences":
                    sent |= set(texts) & SECTIONS
        for name in named:
            found[name] = found.get(name, set()) | sent
    return found


def test_widgets_are_found_with_their_sections():
    assert widgets()["page.js"] == {"page", "guide"}  # one module shows both
    assert widgets()["models.js"] == {"models"}
    assert set(widgets()) <= set(SCRIPTS)


def reached():
    """Return the scripts of each section's sentences, as one text per section."""
    texts = {}
    for name, sections in widgets().items():
        for section in sections:
            for one in imported(name) - (set(widgets()) - {name}):
                texts.setdefault(section, {})[one] = SCRIPTS[one].read_text("utf-8")
    return {section: "\n".join(scripts.values()) for section, scripts in texts.items()}


def test_every_key_that_javascript_names_is_there():
    missing = []
    for name, sections in widgets().items():
        there = {key.partition(".")[2] for key in words() if key.partition(".")[0] in sections}
        for script in imported(name) - (set(widgets()) - {name}):  # of another widget's script it takes a function, no words
            for key in re.findall(r"""\bwords(?:\.([a-z]\w*)\b(?!\()|\[["'](\w+)["']\])""", SCRIPTS[script].read_text("utf-8")):
                if (key[0] or key[1]) not in there:
                    missing.append(f"{script}: {key[0] or key[1]} (sent with {name})")
    assert not missing


def script_patterns(text):
    """Yield the keys that JavaScript puts together, as regular expressions: `task_${task}` is task_[a-z0-9_-]+."""
    for before in re.findall(r"`([a-z][a-z0-9_]*)\$\{", text):
        yield before + "[a-z0-9_-]+"
    for behind in re.findall(r"`\$\{[^`}]*\}([a-z0-9_]+)`", text):
        yield "[a-z0-9_-]+" + behind


def test_no_sentence_is_idle():
    """A key put together from a whole section and a name counts only if that name stands somewhere, in quotes or as a table."""
    whole, composed = set(), set()
    for path in PYTHON:
        whole |= set(literals(path))
        composed |= set(patterns(path))
    sources = "\n".join(path.read_text("utf-8") for path in [*PYTHON, *SCRIPTS.values(), ROOT / "assets" / "examples" / "examples.toml"])
    named = set(re.findall(r"""["'\[]([\w-]+)["'\]]""", sources))
    scripts = reached()
    idle = []
    for key in words():
        section, _, name = key.partition(".")
        fitting = [pattern for pattern in composed if re.fullmatch(pattern, key)]
        if key in whole or any(not pattern.endswith(r"\.[a-z0-9_-]+") for pattern in fitting) or (fitting and name in named):
            continue
        text = scripts.get(section, "")
        if re.search(rf"""\bwords\.{name}\b|["']{name}["']|\b{name}:""", text):
            continue
        if not any(re.fullmatch(pattern, name) for pattern in script_patterns(text)):
            idle.append(key)
    assert not idle


# Languages


def own(lang):
    """Return the sentences of a language's own file."""
    tables = tomllib.loads((ROOT / "vision" / "core" / f"{lang}.toml").read_text("utf-8"))
    return {f"{section}.{key}": text for section, table in tables.items() for key, text in table.items()}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_says_the_same(lang):
    assert sorted(words().keys() - own(lang).keys()) == [], "not translated"
    assert sorted(own(lang).keys() - words().keys()) == [], "superfluous"
    for key, text in own(lang).items():
        assert holes(text) == holes(words()[key]), key
        assert text.strip() == text and text, key
        assert all(re.fullmatch(r"[a-z_][a-z0-9_]*", hole) for hole in holes(text)), key  # {a.b}, {0} or {} would be read as code


def test_every_language_file_is_known():
    tables = {path.stem for path in (ROOT / "vision" / "core").glob("*.toml")}
    assert tables == set(LANGUAGES)


def test_chinese_is_chinese():
    """A sentence with Latin words and no Chinese character was forgotten, unless it is a name or a term."""
    bare = {key: re.sub(r"\{\w*\}", "", text) for key, text in own("zh").items()}
    left = {text for text in bare.values() if re.search("[A-Za-z]{3}", text) and not re.search("[\u4e00-\u9fff]", text)}
    assert left <= {"Glassbox", "PyTorch", "Grad-CAM", "PNG", "CSV", "JSON", "COCO JSON", "viridis", "inferno", "logit z"}


def test_an_unknown_language_or_key_is_a_mistake():
    with pytest.raises(KeyError):
        words("../../secrets")
    with pytest.raises(KeyError):
        say("picture.nothing_of_the_kind")


def test_values_are_text_and_never_templates():
    hostile = "{kind} {0} {kind.__class__} ${x} <b>"
    assert hostile in say("picture.damaged", kind=hostile)
    assert hostile in PictureError("picture.damaged", kind=hostile).say("en")
    assert hostile in Sentence("picture.damaged", kind=hostile)


@pytest.mark.parametrize(
    ("wishes", "lang"),
    [
        (("zh",), "zh"),
        (("", "zh-CN,zh;q=0.9,en;q=0.8"), "zh"),
        (("en", "zh"), "en"),
        (("fr", "de;q=0.9, zh-TW;q=0.3, en;q=0.2"), "zh"),
        (("zh;q=0, en;q=0.1",), "en"),
        (("zh_CN.UTF-8",), "zh"),
        (("C",), "en"),
        (("en.toml", "../zh", "zh\n" * 10_000, "*", ";q=9"), "en"),
        ((), "en"),
    ],
)
def test_the_first_wish_that_is_there_counts(wishes, lang):
    assert prefer(*wishes) == lang


def test_what_is_spoken_is_of_one_block_and_one_thread():
    heard = []
    with speaking("zh"):
        assert say("page.tab_models") == "模型"
        thread = threading.Thread(target=lambda: heard.append(say("page.tab_models")))
        thread.start()
        thread.join()
        assert str(PictureError("picture.empty")) == say("picture.empty", "en")  # what is raised is English until it is said
        assert PictureError("picture.empty").say() == say("picture.empty", "zh")
        assert Sentence("picture.empty") == say("picture.empty", "en")
        nested = Sentence("page.load_failed", name=Sentence("page.default_cnn"), sentence=Sentence("picture.empty"))
        assert nested.say() == say("page.load_failed", "zh", name=say("page.default_cnn", "zh"), sentence=say("picture.empty", "zh"))
    assert heard == ["Models"] and say("page.tab_models") == "Models"


def test_open_sentences_are_said_later():
    hostile = '"</script>⟦page.title⟧{x}\\'
    with speaking(OPEN):
        value = {"plain": say("page.tab_models"), "filled": say("page.loading", name=hostile), "words": sentences("page")}
    for lang in LANGUAGES:
        text = settle(json.dumps(value, ensure_ascii=False), lang)
        assert "<" not in text and ">" not in text
        found = json.loads(text)
        assert found["plain"] == say("page.tab_models", lang)
        assert found["filled"] == say("page.loading", lang, name=hostile)
        with speaking(lang):
            assert found["words"] == sentences("page") and found["words"]["loading"] == words(lang)["page.loading"]


def test_a_share_is_written_as_each_language_writes_it():
    template = words("zh")["classify.bar"]
    assert say("classify.bar", "zh", label="a 5 %", percent="5 %") == template.format(label="a 5 %", percent="5%")
    assert say("classify.bar", "zh", label="x", percent="< 0.1 %") == template.format(label="x", percent="< 0.1%")
    assert say("classify.bar", "en", label="x", percent="5 %").endswith("5\u00a0%")  # no line ends before the sign
