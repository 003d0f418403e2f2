"""How fast the picture of the latent bench follows a slider: from the input event to the end of the frame that shows it.

    python bench/generate_frames.py [--rounds 40]

The real page in Chromium, beside the least that Gradio can do on this machine: a page with one slider whose value is sent to the server
and comes back as text. Kinds of moves are interleaved within each round, the first rounds thrown away:
  known     along a direction whose strips were computed ahead: asks nobody
  unknown   the truncation, at values never asked before: server, generator, picture back
  trivial   Gradio's own slider and text, as Gradio does it (its queue), and with queue=False
The claim is the middle ratio of unknown to trivial. The last line is JSON: {"name", "value", "goal", "met"}.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import FLAGS, NAMES, choose, watched
from tests.faces.live import Live
from vision.core.words import say

GOAL = 1.5
WARM = 3
REST_MS = 300  # before each move: a queued event of Gradio that follows right upon the last one is sometimes lost

# Gradio's least: `python -c` needs no file of its own. The server's address is read from the environment, as the real page does.
TRIVIAL = """
import gradio as gr
with gr.Blocks(analytics_enabled=False) as page:
    for name, queue in (("queued", True), ("direct", False)):
        slider, text = gr.Slider(0, 1000, step=1, elem_id=name), gr.HTML("0", elem_id=f"{name}-text")
        slider.input(lambda value: str(value), slider, text, queue=queue, show_progress="hidden")
page.launch(show_error=True)
"""

# The end of a frame: its first animation callback posts a message, which is read once everything of it is drawn and handed over.
FRAME = """() => {
window.frame = () => new Promise((done) => requestAnimationFrame(() => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => done(performance.now());
  port2.postMessage(0);
}));
window.move = (input, value) => {
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, value);
  input.dispatchEvent(new Event("input", { bubbles: true }));
};
}"""
BENCH = """async (input, value) => {
  const canvas = document.querySelector(".gb-gen-picture"), real = CanvasRenderingContext2D.prototype.drawImage;
  const drawn = new Promise((done) => {
    CanvasRenderingContext2D.prototype.drawImage = function (...all) {
      real.apply(this, all);
      if (this.canvas === canvas) done();
    };
  });
  const start = performance.now();
  window.move(input, value);
  await drawn;
  CanvasRenderingContext2D.prototype.drawImage = real;
  return (await window.frame()) - start;
}"""
GRADIO = """async ([name, value]) => {
  const input = document.querySelector(`#${name} input[type=range]`), text = document.querySelector(`#${name}-text`);
  const changed = new Promise((done) => {
    const watch = new MutationObserver(() => text.textContent.includes(value) && (watch.disconnect(), done()));
    watch.observe(text, { childList: true, characterData: true, subtree: true });
  });
  const start = performance.now();
  window.move(input, value);
  await changed;
  return (await window.frame()) - start;
}"""


def opened(page: Page, url: str) -> Page:
    """Return the page with Generate's bench shown and what lies around it computed."""
    page.goto(url)
    choose(page, say("page.tab_generate"))
    page.locator(".gb-gen-tile").first.wait_for()
    page.evaluate(FRAME)
    page.wait_for_timeout(3000)
    return page


def measure(page: Page, trivial: Page, rounds: int) -> tuple[dict[str, list[float]], int]:
    """Return milliseconds of every kind, one entry a round; and how many requests all known moves made."""
    times: dict[str, list[float]] = {"known": [], "unknown": [], "queued": [], "direct": []}
    asked = 0
    along = page.locator(".gb-gen-slider input").first
    truncation = page.locator(".gb-gen-own .gb-slider input").first
    for turn in range(rounds + WARM):
        for name in ("queued", "direct"):
            trivial.wait_for_timeout(REST_MS)
            times[name].append(trivial.evaluate(GRADIO, [name, str(turn + 1)]))
        page.wait_for_timeout(REST_MS)
        times["unknown"].append(truncation.evaluate(BENCH, str(round(0.05 * (turn % 19), 2))))
        truncation.evaluate(BENCH, "1")  # back to where the strips were computed
        before = len(page.requests)  # type: ignore[attr-defined]
        times["known"].append(along.evaluate(BENCH, str(0.25 * (turn % 11 + 1))))
        along.evaluate(BENCH, "0")
        asked += len(page.requests) - before  # type: ignore[attr-defined]
    return {name: found[WARM:] for name, found in times.items()}, asked


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=40)
    rounds = options.parse_args().rounds
    chromium = next(filter(None, map(shutil.which, NAMES)))
    ours, theirs = Live("app.py"), Live("-c", TRIVIAL)
    try:
        with sync_playwright() as playwright:
            # a browser each: a page that another one covers gets no animation frames
            both = [playwright.chromium.launch(executable_path=chromium, args=FLAGS) for _ in range(2)]
            page, trivial = (watched(one.new_context(viewport={"width": 1366, "height": 768})) for one in both)
            opened(page, ours.url)
            trivial.goto(theirs.url)
            trivial.locator("#direct-text").wait_for()
            trivial.evaluate(FRAME)
            times, asked = measure(page, trivial, rounds)
            for one in both:
                one.close()
    finally:
        ours.end()
        theirs.end()
    for name, found in times.items():
        late = statistics.quantiles(found, n=20)[-1]
        print(f"{name:8} median {statistics.median(found):6.1f} ms   fastest {min(found):6.1f}   p95 {late:6.1f}")
    print(f"requests of {rounds} moves over known ground: {asked}")
    ratios = {name: statistics.median(a / b for a, b in zip(times["unknown"], times[name], strict=True)) for name in ("queued", "direct")}
    print(f"unknown / Gradio without its queue: {ratios['direct']:.2f}")
    value = round(ratios["queued"], 2)
    print(json.dumps({"name": "slider to painted picture / trivial Gradio event", "value": value, "goal": GOAL, "met": value <= GOAL}))


if __name__ == "__main__":
    main()
