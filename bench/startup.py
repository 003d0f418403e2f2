"""How long until the page is there: `python app.py` against an empty Gradio Blocks, fresh processes in turns.

The time is from the start of the process to the last byte of the first page, asked every 10 ms. Prints each pair, then one line of
JSON: {"ratio": median of ours / median of empty, "ours_s", "empty_s", "runs", "goal": 1.25}.

    python bench/startup.py [--runs 7]
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]
EMPTY = "import gradio as gr\nwith gr.Blocks() as page:\n    pass\npage.launch(quiet=True, ssr_mode=False, run_history=False)"
GOAL = 1.25


def first_page_s(command: list[str]) -> float:
    """Start a server on a free port and return the seconds until its first page is complete; the server is ended again."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    env = {**os.environ, "GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False", "NO_PROXY": "*"}
    with tempfile.TemporaryFile() as log:
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT)
        try:
            while True:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as answer:
                        if b"gradio-app" in answer.read():
                            return time.perf_counter() - start
                except OSError:
                    if process.poll() is not None:
                        log.seek(0)
                        sys.exit(log.read().decode())
                time.sleep(0.01)
        finally:
            process.kill()
            process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="First page of Glassbox against that of an empty Gradio Blocks.")
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    first_page_s(["-c", EMPTY])  # the first of all fills the disk's cache, and counts for nobody
    first_page_s(["app.py"])
    empty, ours = [], []
    for run in range(runs):
        for times, command in ((empty, ["-c", EMPTY]), (ours, ["app.py"]))[:: 1 if run % 2 else -1]:
            times.append(first_page_s(command))
        print(f"empty {empty[-1]:.2f} s  ours {ours[-1]:.2f} s  ratio {ours[-1] / empty[-1]:.2f}", flush=True)
    middle = {"ours_s": round(statistics.median(ours), 3), "empty_s": round(statistics.median(empty), 3)}
    print(json.dumps({"ratio": round(middle["ours_s"] / middle["empty_s"], 3), **middle, "runs": runs, "goal": GOAL}))


if __name__ == "__main__":
    main()
