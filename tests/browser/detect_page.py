"""The Detect widget on a bare page: a static server of assets/web with a picture and candidates made up here; no engine, no Gradio."""

import io
import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from PIL import Image

from vision.core.results import PictureFacts
from vision.core.results_detect import Candidates
from vision.core.words import words

WEB = Path(__file__).parents[2] / "assets" / "web"
NAMES = ("person", "dog", "cat", "car", "cup")
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Detect</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">SHEETS
<style>body { margin: 0; padding: 12px; background: var(--gb-bg); }</style></head>
<body><div class="gb-widget"></div><script type="module">
import mount from "./detect.js";
window.emitted = [];
const data = await (await fetch("data.json")).json();
window.widget = mount(document.querySelector(".gb-widget"), data, (name, detail) => window.emitted.push([name, detail]));
</script></body></html>"""

MOVE = """([name, value]) => {
  const input = document.querySelector(`[data-name="${name}"]`);
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}"""
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

SHEETS = sorted((path.name for path in WEB.glob("*.css")), key=lambda name: (name != "glassbox.css", name))  # all tabs' are on a page
PAGE = PAGE.replace("SHEETS", "".join(f'<link rel="stylesheet" href="{name}">' for name in SHEETS))


def photo(width=640, height=480):
    """A picture of soft blocks as PNG bytes."""
    random = np.random.default_rng(5)
    small = random.integers(40, 200, (6, 8, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC).save(out, "PNG")
    return out.getvalue()


def panel(count=200, seed=0, suppresses=True, stages=False, width=640, height=480):
    """One detector's candidates as wire sends them, best first: clusters of jittered boxes, as a real net gives."""
    random = np.random.default_rng(seed)
    things = max(1, count // 20)
    corner, size = random.uniform(0, [width - 120, height - 120], (things, 2)), random.uniform(40, 120, (things, 2))
    thing = random.integers(0, things, count)
    xyxy = np.hstack([corner, corner + size])[thing] + random.normal(0, 8, (count, 4))
    xyxy = np.clip(xyxy, 0, [width, height, width, height])
    xyxy = np.hstack([np.minimum(xyxy[:, :2], xyxy[:, 2:]), np.maximum(xyxy[:, :2], xyxy[:, 2:])])
    scores = np.sort(random.uniform(0.01, 1, count) ** 2)[::-1]
    kinds = random.integers(0, len(NAMES), things)[thing]
    sources = random.integers(0, 50, count)
    proposals = np.hstack([corner, corner + size])[random.integers(0, things, 50)] if stages else None
    return {
        "model": f"made-up-{seed}",
        "title": f"Made up {seed}",
        "xyxy": xyxy.tolist(),
        "scores": scores.tolist(),
        "classes": kinds.tolist(),
        "sources": sources.tolist(),
        "proposals": None if proposals is None else proposals.tolist(),
        "objectness": None if proposals is None else np.linspace(1, 0.1, 50).tolist(),
        "names": NAMES,
        "capped": 0,
        "invalid": 0,
        "suppresses": suppresses,
    }


def answer(*panels, seq=0, name="blocks.png", width=640, height=480):
    """The widget's value after an answer."""
    picture = {"name": name, "width": width, "height": height, "url": "photo.png", "digest": name}
    return {"seq": seq, "source": {"example": "x"}, "picture": picture, "panels": list(panels)}


def value(*panels, **facts):
    """The first value of a page: words, models, and an answer where panels are given."""
    table = {key.partition(".")[2]: text for key, text in words().items() if key.startswith("detect.")}
    models = [{"key": f"made-up-{i}", "name": f"Made up {i}", "local": i < 2} for i in range(3)]
    first = answer(*panels, **facts) if panels else {}
    return {"words": table, "models": models, "examples": [{"key": "x", "title": "Blocks", "credit": "", "url": "photo.png"}], **first}


class Site(SimpleHTTPRequestHandler):
    """The page, its data, its picture, and the files of assets/web."""

    data = b"{}"

    def do_GET(self):
        own = {"/": (PAGE.encode(), "text/html"), "/data.json": (self.data, "application/json"), "/photo.png": (photo(), "image/png")}
        path = self.path.partition("?")[0]
        if path not in own:
            super().do_GET()
            return
        body, kind = own[path]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


def serve(data, kind=Site):
    """Start a server of the page with this value; returns (address, stop)."""
    site = type("DetectSite", (kind,), {"data": json.dumps(data).encode()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(site, directory=str(WEB)))
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def stop():
        server.shutdown()
        server.server_close()

    return f"http://127.0.0.1:{server.server_port}/", stop


def move(page, name, value):
    page.evaluate(MOVE, [name, value])
    page.evaluate(SETTLED)


def candidates(panel):
    arrays = {key: np.array(panel[key]) for key in ("xyxy", "scores", "classes", "sources")}
    given = {"names": tuple(panel["names"]), "proposals": None, "objectness": None, "suppresses": panel["suppresses"]}
    return Candidates(model="", revision="", device="", ms=0.0, picture=PictureFacts(640, 480, ""), **arrays, **given)


def name(panel, i):
    return f"{panel['names'][panel['classes'][i]]} {panel['scores'][i]:.2f}"
