"""The house stands: imports go down a floor, never up; torch stays out of what has to start at once."""

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "vision").rglob("*.py"))
FLOORS = {"core": 0, "models": 1, "tasks": 2, "engine": 3, "faces": 4, "train": 4}
TOOLKITS = {"gradio", "gradio_client", "streamlit", "ray", "argparse", "starlette", "fastapi", "uvicorn", "spaces", "mcp"}
SLOW = {"torch", "torchvision", "timm", "transformers", "safetensors", "captum", "pytorch_grad_cam", "ultralytics", "accelerate"}
TASKS = {"classify", "explain", "detect", "generate", "fuse", "inside"}
PAPER = {"numpy", "PIL", "pi_heif", "cv2", "skimage", "matplotlib"}  # what core may know besides Python itself


def where(path):
    """Return a file's place in the house: core, models, tasks, engine, faces, train, or "" for the door itself."""
    inside = path.relative_to(ROOT / "vision").parts
    return inside[0] if len(inside) > 1 else inside[0].removesuffix(".py").replace("__init__", "").replace("__main__", "")


@cache
def imports(path):
    """Return (module, at the top of the file?, line) of every import; those for type checkers only are none."""
    found = []

    def walk(node, top):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            for other in node.orelse:
                walk(other, top)
            return
        if isinstance(node, ast.Import):
            found.extend((name.name, top, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = list(path.relative_to(ROOT).with_suffix("").parts)[: -node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found.append((module, top, node.lineno))
            if module.split(".")[0] == "vision":  # `from vision.tasks import classify` imports vision.tasks.classify
                found.extend((f"{module}.{name.name}", top, node.lineno) for name in node.names if is_module(f"{module}.{name.name}"))
        inside = top and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            walk(child, inside)

    walk(ast.parse(path.read_text("utf-8")), True)
    return found


def is_module(name):
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def each(test):
    return pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))(test)


@each
def test_imports_go_down_never_up(path):
    here = where(path)
    for module, _, line in imports(path):
        parts = module.split(".")
        if parts[0] != "vision" or len(parts) == 1 or not here:
            continue
        assert parts[1] in FLOORS, f"line {line}: {module} is on no floor"
        below = FLOORS[parts[1]] < FLOORS[here]
        assert below or parts[1] == here or ((here, path.name) == ("faces", "cli.py") and parts[1] == "train"), f"line {line}: {module}"


@each
def test_floors_are_not_entered_by_the_front_door(path):
    """`import vision` inside the house would be a way up."""
    if where(path):
        assert not [line for module, _, line in imports(path) if module == "vision"]


@each
def test_core_is_true_on_paper(path):
    if where(path) == "core":
        outside = {module.split(".")[0] for module, _, _ in imports(path)} - set(sys.stdlib_module_names) - {"vision"}
        assert outside <= PAPER


@each
def test_torch_is_imported_inside_functions_only(path):
    """A page stands before torch is loaded. Modules that hold nets are loaded by functions themselves, so they may begin with it."""
    if where(path) in ("core", "tasks", "engine", "faces"):
        assert not [(line, module) for module, top, line in imports(path) if top and module.split(".")[0] in SLOW]


@each
def test_tasks_do_not_know_each_other(path):
    """A part of one task may lie in a file of its own; a task is what the engine has a method for."""
    if where(path) == "tasks":
        assert not [
            (line, module) for module, _, line in imports(path) if module.startswith("vision.tasks.") and module.split(".")[2] in TASKS
        ]


@each
def test_only_faces_know_a_toolkit(path):
    allowed = {"faces": TOOLKITS, "train": {"argparse"}}.get(where(path), set())
    assert {module.split(".")[0] for module, _, _ in imports(path)} & TOOLKITS <= allowed


def test_the_test_sees_what_it_should(tmp_path):
    """A floor test that finds nothing would prove nothing."""
    known = {module for path in FILES for module, _, _ in imports(path)}
    assert {"vision.core.picture", "vision.models.cache", "gradio", "torch", "numpy"} <= known
    assert where(ROOT / "vision" / "engine.py") == "engine" and where(ROOT / "vision" / "__init__.py") == ""
    assert where(ROOT / "vision" / "faces" / "web" / "page.py") == "faces"
