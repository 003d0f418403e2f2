"""The page's process ends well whatever its threads are at."""

import subprocess
import sys

from tests.faces.live import ROOT

AT_WORK = """
import atexit, threading, time, torch
from vision.faces.web import page

square = torch.ones(600, 600)

def work():
    while True:
        torch.mm(square, square)

atexit.register(print, "all that is done at the end")
for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.2)
{how}
"""


def status(how: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-c", AT_WORK.format(how=how)], cwd=ROOT, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout


def test_while_nets_are_at_work_it_ends_with_0():
    assert status("page.end()") == (0, "all that is done at the end\n")
