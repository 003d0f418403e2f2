"""From the host-free widgets of assets/web to Gradio."""

from __future__ import annotations

import json
import re
from typing import Any

import gradio as gr

from vision.core.words import say
from vision.faces.web.static import WEB_URL

# Runs once per mount inside `new Function`. The value never enters the template (Gradio would run `${...}` in it as code).
# `emit(name, detail)` triggers the Gradio event of that name; a File in `detail` is uploaded first and replaced by {path, url}.
ADAPTER = """
const host = element.querySelector(".gb-widget");
const given = () => (props.value?.whole ? JSON.parse(props.value.whole) : props.value); // a value may come as one text
const send = async (name, detail) => {
  if (detail instanceof Blob) {
    detail = await upload(detail instanceof File ? detail : new File([detail], "picture.png", { type: detail.type }));
  } else if (detail && detail.file instanceof Blob) {
    const { file, ...rest } = detail;
    detail = { ...rest, ...(await upload(file instanceof File ? file : new File([file], "picture.png", { type: file.type }))) };
  }
  document.dispatchEvent(new CustomEvent("gb-sent", { detail: { host, detail } })); // a class may follow this page (classroom.js)
  trigger(name, detail);
};
const fail = (text) => (error) => {
  console.warn(error);
  host.dispatchEvent(new CustomEvent("gb-say", { bubbles: true, cancelable: true, detail: text }));
};
import(new URL(MODULE, document.baseURI))
  .then((module) => {
    const widget = module.default(host, given(), (name, detail) => send(name, detail).catch(fail(props.said.upload_failed)));
    watch("value", () => widget.update(given()));
  })
  .catch((error) => {
    host.textContent = props.said.widget_failed;
    console.warn(error);
  });
/* EVENTS */
"""


TAKEN = ("load", "unload")  # Gradio's own events of the page, run at every visit whatever the widget does


def widget(name: str, elem_id: str, value: Any = None, events: tuple[str, ...] = (), lang: str = "", **options: Any) -> gr.HTML:
    """Return a component that shows the widget `assets/web/<name>.js`.

    value    plain JSON for `mount` and, whenever Python sends another one, for `update`; small: arrays go by address
    events   names the widget may emit; each is a listener of the component: `component.<event>(handler, ...)`, and the
             handler's gr.EventData carries the detail in `_data`; "load" and "unload" are taken
    """
    for word in (name, *events):
        if not re.fullmatch(r"[a-z_]+", word) or word in TAKEN:
            raise ValueError(word)
    failures = {key: say(f"page.{key}") for key in ("widget_failed", "upload_failed")}
    head = f"const MODULE = {json.dumps(f'{WEB_URL}/{name}.js')};"
    script = head + ADAPTER.replace("EVENTS", json.dumps(events))  # Gradio knows an event by its quoted name in this text
    return gr.HTML(
        value=value,
        html_template='<div class="gb-widget"></div>',
        js_on_load=script,
        apply_default_css=False,
        elem_id=elem_id,
        said=failures,
        **options,
    )
