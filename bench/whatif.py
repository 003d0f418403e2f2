"""How fast a what-if follows the hand: a changed photo through both default nets, and from the slider's event to the painted curve.

    python bench/whatif.py [--rounds 15] [--no-browser]

The engine's update is measured beside two bare forward passes of the same nets, run in turn within each round; the claim is that ratio's
consequence, updates a second in a real browser (Chromium on the real page; without one, or with --no-browser, the engine's alone).
The bundled nets on one photo of 640 x 480. The last line is JSON: {"name", "value", "goal", "met"}.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

GOAL = 5.0  # updates a second
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Another random order of the same strength is a picture that nobody has looked at yet; the readout changes in the frame that paints the
# curve. Returns milliseconds from click to paint of every update, one after the other.
DRIVE = """
async ({ button, rounds }) => {
  const again = [...document.querySelectorAll(".gb-whatif button")].find((one) => one.textContent === button);
  const net = document.querySelector(".gb-lab-cnn"), times = [];
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    const painted = new Promise((done) => {
      const watch = new MutationObserver(() => (watch.disconnect(), requestAnimationFrame(() => setTimeout(done)))); // after its frame
      watch.observe(net, { childList: true, characterData: true, subtree: true });
    });
    again.click();
    await painted;
    times.push(performance.now() - start);
  }
  return times;
}
"""


def engine_ways() -> dict[str, Callable[[int], Any]]:
    """Return the works to compare; each round gets a new number, so that nothing kept is measured."""
    import torch

    from vision.core.change import Change
    from vision.core.encode import jpeg
    from vision.core.picture import read
    from vision.engine import Engine

    engine = Engine()
    picture = read(np.random.default_rng(0).integers(0, 256, (480, 640, 3)).astype(np.uint8))
    keys = [engine.card("classify", family=family).key for family in ("cnn", "vit")]
    inputs: dict[str, Any] = {}
    for key in keys:
        inputs[key] = engine.cache.run(key, lambda net: net.preprocessing.prepare(picture.rgb)[0].to(net.device))

    def bare(number: int) -> None:
        with torch.inference_mode():
            for key in keys:
                engine.cache.run(key, lambda net, key=key: net.module(inputs[key]))

    def update(number: int) -> None:
        change = Change("noise", 40, seed=number)
        for key in keys:
            engine.whatif(picture, change, key)
        jpeg(engine.changed(picture, change).rgb)

    def changed(number: int) -> None:
        jpeg(engine.changed(picture, Change("lowpass", 8, seed=number)).rgb)

    def prepared(number: int) -> None:
        for key in keys:
            engine.cache.run(key, lambda net: net.preprocessing.prepare(picture.rgb))

    return {"two bare forward passes": bare, "one update": update, "of it: low-pass and JPEG": changed, "of it: both inputs": prepared}


def timed(ways: dict[str, Callable[[int], Any]], rounds: int) -> dict[str, list[float]]:
    """Return seconds of every way, one entry a round; two rounds before the first are thrown away."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 2):
        for name, way in ways.items():
            start = time.perf_counter()
            way(number)
            if number >= 2:
                times[name].append(time.perf_counter() - start)
    return times


def in_browser(chromium: str, rounds: int) -> list[float]:
    """Return milliseconds from a click to the painted curve, on the real page over the bundled nets; the first two are thrown away."""
    from playwright.sync_api import sync_playwright

    from tests.faces.live import Live
    from vision.core.words import say

    live = Live("app.py")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page()
            page.set_default_timeout(180_000)
            page.goto(live.url)
            page.get_by_role("button", name=say("examples.coffee")).click()
            page.wait_for_function("document.querySelector('.gb-strip').textContent")
            page.locator(".gb-whatif > summary").click()
            page.locator(".gb-lab-photo").wait_for()
            page.get_by_role("radio", name=say("whatif.kind_noise"), exact=True).check(force=True)
            page.locator(".gb-whatif").get_by_label(say("whatif.strength"), exact=True).fill("5")
            page.locator('.gb-lab-body[aria-busy="false"]').wait_for()
            times = page.evaluate(DRIVE, {"button": say("whatif.again"), "rounds": rounds + 2})
            browser.close()
    finally:
        live.end()
    return times[2:]


def main() -> None:
    """Measure and print; the last line is the claim as JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--no-browser", action="store_true")
    chosen = options.parse_args()
    times = timed(engine_ways(), chosen.rounds)
    for name, seconds in times.items():
        print(f"{name:28} {statistics.median(seconds) * 1e3:8.1f} ms   fastest {min(seconds) * 1e3:8.1f} ms")
    ratio = statistics.median(a / b for a, b in zip(times["one update"], times["two bare forward passes"], strict=True))
    print(json.dumps({"name": "what-if update / two bare forwards", "value": round(ratio, 2)}))
    chromium = None if chosen.no_browser else next(filter(None, map(shutil.which, NAMES)), None)
    name, rate = "what-if updates a second, engine alone", 1 / statistics.median(times["one update"])
    if chromium:
        found = in_browser(chromium, chosen.rounds)
        middle, least, most = statistics.median(found), min(found), max(found)
        print(f"browser, click to painted curve: median {middle:.0f} ms, fastest {least:.0f} ms, slowest {most:.0f} ms")
        name, rate = "what-if updates a second, browser event to painted curve", 1e3 / statistics.median(found)
    print(json.dumps({"name": name, "value": round(rate, 2), "goal": GOAL, "met": rate >= GOAL}))


if __name__ == "__main__":
    main()
