"""What a Space is like: the packages of requirements.txt and nothing else, no rights, a home nobody may write to, no display."""

import ctypes
import os
import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from tests.faces.live import ROOT

CAPABILITIES = 64  # more than Linux knows
PR_CAPBSET_DROP = 24

BLOCK = """
import sys

NAMES = frozenset({names})

class Without:
    def __init__(self, finder):
        self.finder = finder

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] in NAMES else self.finder.find_spec(name, path, target)

sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
"""

SPACES = """
import os
import sys
from types import ModuleType
from tests.faces.lending import Spaces

sys.modules[__name__] = Spaces(os.environ.get("SPACES_ZERO_GPU") == "true")
reloading = sys.modules["spaces.reloading"] = ModuleType("spaces.reloading")
reloading.start_reload_server = lambda **_: None  # Gradio starts it in every Space; it edits the running program in "dev mode"
"""


def wanted(requirements: Path) -> set[str]:
    """Return the names of the distributions that a file of requirements brings, with all that they need."""
    found: set[str] = set()
    todo = [Requirement(line) for line in requirements.read_text("utf-8").splitlines() if line.strip() and not line.startswith(("#", "-"))]
    seen = set()
    while todo:
        one = todo.pop()
        key = (normal(one.name), frozenset(one.extras))
        if key in seen:
            continue
        seen.add(key)
        found.add(key[0])
        try:
            needs = metadata.requires(one.name) or []
        except metadata.PackageNotFoundError:  # of another system
            continue
        for need in map(Requirement, needs):
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in (*one.extras, "")):
                todo.append(need)
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def absent() -> set[str]:
    """Return the top-level modules that are installed here and would not be in a fresh environment of requirements.txt."""
    kept = wanted(ROOT / "requirements.txt") | {"pip", "setuptools", "wheel"}
    return {module for module, owners in metadata.packages_distributions().items() if not kept & {normal(owner) for owner in owners}}


def powerless() -> None:
    """Give up every right that a process of root has over ordinary ones; runs before the program, whose exec then gets none."""
    if os.name == "posix" and os.geteuid() == 0:
        libc = ctypes.CDLL(None)
        for capability in range(CAPABILITIES):
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def prepared(folder: Path, zero: bool) -> dict[str, str]:
    """Return the variables of a Space whose home and temporary folder lie in a folder; `zero`: of one with lent GPUs.

    Hugging Face installs its package `spaces` in every Gradio Space; here a stand-in lies beside the hooks.
    """
    hooks, home, temp = (folder / name for name in ("hooks", "home", "temp"))
    for one in (hooks, home, temp):
        one.mkdir()
    (hooks / "sitecustomize.py").write_text(BLOCK.format(names=sorted(absent())))
    zerogpu = {"SPACES_ZERO_GPU": "true", "VISION_DEVICE": "cpu"} if zero else {}
    (hooks / "spaces.py").write_text(SPACES)
    (hooks / "spaces-0.51.3.dist-info").mkdir()
    (hooks / "spaces-0.51.3.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: spaces\nVersion: 0.51.3\n")
    home.chmod(0o555)
    return {
        "SPACE_ID": "school/glassbox", "SYSTEM": "spaces", "HOME": str(home), "TMPDIR": str(temp), "DISPLAY": "", "HF_HUB_OFFLINE": "1",
        "PYTHONPATH": f"{hooks}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1", "XDG_CACHE_HOME": "", "MPLCONFIGDIR": "", **zerogpu,
    }  # fmt: skip
