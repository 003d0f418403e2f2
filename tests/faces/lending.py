"""A stand-in for the package `spaces` on ZeroGPU: what is given to a lent function and what it answers crosses as pickles.

As there, an error of the function arrives as a gr.Error that knows only its name, and a refusal as one with markup in it.
"""

import pickle
import pickletools
import sys
from functools import wraps
from importlib.machinery import ModuleSpec
from types import ModuleType

import gradio as gr


class Spaces(ModuleType):
    """`decorated`: the functions that carry GPU; `calls`: how often one was lent a GPU; `refusal`: a text that the next call gets."""

    def __init__(self, zero=True):
        super().__init__("spaces")
        self.__spec__ = ModuleSpec("spaces", None)
        self.zero = zero
        self.decorated = {}
        self.calls = 0
        self.refusal = ""

    def gradio_auto_wrap(self, task):
        """Return a handler as it is; Gradio asks for each of them on a Space."""
        return task

    def GPU(self, task, *, duration=None):  # noqa: N802
        self.decorated[task] = duration
        if not self.zero:
            return task

        @wraps(task)
        def lent(*args, **kwargs):
            self.calls += 1
            print(f"spaces: call {self.calls}", flush=True)
            if self.refusal:
                raise gr.Error(self.refusal, title="ZeroGPU quota exceeded")
            sent = pickle.dumps((args, kwargs))
            try:
                args, kwargs = pickle.loads(sent)
                answer = task(*args, **kwargs)
            except Exception as error:  # noqa: BLE001
                raise gr.Error(type(error).__name__, title="ZeroGPU worker error") from None
            assert "torch" not in {module.split(".")[0] for module in modules(pickle.dumps(answer))}, "a tensor would come back"
            return pickle.loads(pickle.dumps(answer))

        return lent


def modules(content):
    """Return the names of the modules that a pickle would import."""
    found, texts = set(), []
    for opcode, value, _ in pickletools.genops(content):
        if opcode.name == "GLOBAL":
            found.add(value.split(" ")[0])
        elif opcode.name == "STACK_GLOBAL":
            found.update(texts)
        elif isinstance(value, str):
            texts.append(value)
    return found


def installed(monkeypatch, zero=True):
    """Install a stand-in for the length of a test and return it; `zero`: whether this is ZeroGPU."""
    spaces = Spaces(zero)
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true" if zero else "")
    return spaces
