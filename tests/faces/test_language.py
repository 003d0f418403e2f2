"""A visitor is spoken to in the language asked for, else the browser's: the page, its status, its errors, the endpoints."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from gradio_client import Client

from vision.core.words import LANGUAGES, say
from vision.faces.web.language import wanted

ZH = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}


def test_what_is_asked_for_goes_before_what_the_browser_prefers():
    assert wanted({}, {}) == "en"
    assert wanted({}, {"accept-language": ZH["Accept-Language"]}) == "zh"
    assert wanted({"lang": "en"}, {"accept-language": ZH["Accept-Language"]}) == "en"
    assert wanted({"lang": "zh-TW"}, {"accept-language": "en"}) == "zh"
    assert wanted({"lang": "tlh"}, {"accept-language": "de, zh;q=0.5, en;q=0.4"}) == "zh"
    assert wanted({"lang": "../../secrets"}, {"accept-language": ";q=,,*;q=1"}) == "en"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_is_said_whole(server, lang):
    answer = httpx.get(f"{server.url}/?lang={lang}")
    config = json.loads(re.search(r"window\.gradio_config = (.*?);</script>", answer.text)[1])
    assert "⟦" not in answer.text
    assert f'lang="{say("page.code", lang)}"' in answer.text[:100]
    assert (answer.headers["content-language"], answer.headers["vary"].lower()) == (say("page.code", lang), "accept-language")
    assert int(answer.headers["content-length"]) == len(answer.content) or "content-encoding" in answer.headers
    tabs = [one["props"]["label"] for one in config["components"] if one["type"] == "tabitem"]
    assert {say(f"page.tab_{key}", lang) for key in ("classify", "detect", "models")} <= set(tabs)
    header = next(one["props"]["value"] for one in config["components"] if one["props"].get("elem_id") == "gb-header")
    assert header["words"]["lead"] == say("page.lead", lang)
    assert header["words"]["load_failed"].count("{") == 2  # a template: its holes are the widget's to fill
    assert [one["name"] for one in header["languages"]] == [say("page.language", one) for one in LANGUAGES]


def test_the_browsers_language_is_heard(server):
    assert say("page.lead", "zh") in httpx.get(server.url, headers=ZH).text
    assert say("page.lead", "en") in httpx.get(server.url).text
    assert httpx.get(f"{server.url}/glassbox/status", headers=ZH).json()["text"] == say("page.ready", "zh")
    assert httpx.get(f"{server.url}/glassbox/status?lang=zh").json()["text"] == say("page.ready", "zh")
    refused = httpx.get(f"{server.url}/monitoring", headers=ZH)
    assert refused.json()["error"] == say("server.closed", "zh")


@pytest.mark.parametrize("path", ["config", "gradio_api/info"])
def test_programs_get_no_open_sentence(server, path):
    answer = httpx.get(f"{server.url}/{path}")
    assert "⟦" not in answer.text and answer.json()


def test_endpoints_answer_each_visitor_in_his_language(server):
    # many at once: the language of one never reaches another
    clients = {lang: Client(server.url, headers=headers, verbose=False) for lang, headers in (("en", {}), ("zh", ZH))}

    def refusal(lang: str) -> tuple[str, str]:
        with pytest.raises(Exception) as error:
            clients[lang].predict(task="nothing", api_name="/models")
        return lang, str(error.value)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(refusal, ["en", "zh"] * 6))
    wanted = {lang: say("server.bad_choice", lang, name="task", choices="classify, detect, generate") for lang in clients}
    assert set(answers) == set(wanted.items())
