"""The endpoints of the page's server: `gr.api` around vision.faces.api, pictures only as uploads of this process."""

import inspect
from collections.abc import Callable
from typing import Any, Literal

import gradio as gr
from gradio.context import get_blocks_context
from gradio.data_classes import FileData
from gradio.processing_utils import save_bytes_to_cache

from vision.core.blend import LIGHTS
from vision.core.picture import Picture
from vision.core.place import FITS
from vision.core.recipe import METHODS
from vision.core.wire import Put
from vision.engine import Engine
from vision.faces import api
from vision.faces.answers import ClassifyAnswer, DetectAnswer, ExplainAnswer, FuseAnswer, ModelAnswer, SampleAnswer, WalkAnswer
from vision.faces.film import FORMATS
from vision.faces.web.context import Context
from vision.faces.web.guard import guard

# Choices as types: shown on the API view and told to MCP clients. What comes in is checked by vision.faces.api.
Task = Literal[("", *api.TASKS)]  # type: ignore[valid-type]
Fusion = Literal[api.FUSIONS]  # type: ignore[valid-type]
Method = Literal[METHODS]  # type: ignore[valid-type]
Light = Literal[LIGHTS]  # type: ignore[valid-type]
Fit = Literal[FITS]  # type: ignore[valid-type]
Format = Literal[FORMATS]  # type: ignore[valid-type]


def build(context: Context) -> None:
    """Register every endpoint in the Blocks that are being built."""

    def file(content: bytes, suffix: str) -> dict[str, Any]:
        """Keep a result where the framework keeps uploads, to be fetched and forgotten as they are."""
        path = save_bytes_to_cache(content, f"glassbox{suffix}", str(context.uploads.root))
        return {"path": path, "meta": {"_type": "gradio.FileData"}}

    for endpoint in Endpoints(context.engine, context.uploads.take, file).all():
        made = gr.api(guard(endpoint, markup=False), api_name=endpoint.__name__)
        says = parameters(endpoint)
        for field, name in zip(get_blocks_context().fns[made["id"]].inputs, says, strict=True):
            field.label = says[name]  # what the API view says of an argument; it would be "1st", "2nd"


def parameters(endpoint: Callable[..., Any]) -> dict[str, str]:
    """Return what an endpoint's docstring says of each of its arguments, in order."""
    lines = (inspect.getdoc(endpoint) or "").partition("Parameters:\n")[2].splitlines()
    return {name.strip(): text.strip() for name, _, text in (line.partition(": ") for line in lines)}


class Endpoints:
    """Every endpoint as a typed method whose docstring is its documentation.

    take  gives the picture that an argument stands for, or a PictureError
    file  keeps a result and gives what stands for it
    """

    def __init__(self, engine: Engine, take: Callable[[object], Picture], file: Put) -> None:
        self._engine, self._take, self._file = engine, take, file

    def all(self) -> tuple[Callable[..., Any], ...]:
        """Return the methods, in the order in which they are shown."""
        return self.models, self.classify, self.explain, self.detect, self.fuse, self.sample, self.walk

    def models(self, task: Task = "") -> list[ModelAnswer]:
        """List the models: facts of the catalogue, and bytes, device, hits, loads, evictions of the cache.

        Parameters:
            task: classify, detect or generate; empty for all
        """
        return api.models(self._engine, task)

    def classify(self, picture: FileData, model: str = "", top: int = 5) -> ClassifyAnswer:
        """Name what is on a picture: the best classes with their softmax scores.

        Parameters:
            picture: an uploaded picture file
            model: a key of /models; empty for the best one on this machine
            top: how many classes, 1 to 100
        """
        return api.classify(self._engine, self._take(picture), model, top)

    def explain(
        self,
        picture: FileData,
        model: str = "",
        method: str = "",
        target: str = "",
        layer: int = -1,
        head: int = -1,
        fusion: Fusion = "mean",
        discard: float = 0.0,
    ) -> ExplainAnswer:
        """Show where a model looked: a grid of 0..1 over the part of the picture it saw, with the true range.

        Parameters:
            picture: an uploaded picture file
            model: a key of /models; empty for the best one on this machine
            method: gradcam (CNN); attention, rollout, relevance (vision transformer); empty for the model's first
            target: a label or a class index; empty for the best class
            layer: of attention; -1 for all layers fused
            head: of attention; -1 for all heads fused
            fusion: mean, max or min
            discard: share of the weakest attention to leave out of a rollout, 0 to 0.99
        """
        return api.explain(self._engine, self._take(picture), model, method, target, layer, head, fusion, discard)

    def detect(
        self,
        picture: FileData,
        model: str = "",
        score: float = 0.5,
        iou: float = 0.5,
        agnostic: bool = False,
        limit: int = 100,
        candidates: bool = False,
    ) -> DetectAnswer:
        """Find things on a picture: boxes with label and score, and how many candidates fell to what.

        Parameters:
            picture: an uploaded picture file
            model: a key of /models; empty for the best one on this machine
            score: only boxes above it, 0 to 1
            iou: of two overlapping boxes of a class, the weaker goes if their intersection over union is above it, 0 to 1
            agnostic: true: boxes of different classes suppress each other too
            limit: at most so many boxes
            candidates: true: also every candidate, and which box suppressed it
        """
        return api.detect(self._engine, self._take(picture), model, score, iou, agnostic, limit, candidates)

    def fuse(
        self,
        a: FileData,
        b: FileData,
        method: Method = "alpha",
        alpha: float = 0.5,
        light: Light = "srgb",
        fit: Fit = "fit",
        options: str = "",
    ) -> FuseAnswer:
        """Make two pictures one, on A's canvas: a PNG, figures, and what they say.

        Parameters:
            a: an uploaded picture file; the result has its shape
            b: an uploaded picture file, laid over A
            method: alpha, channels, a blend mode of the W3C (multiply, screen, overlay ...), pyramid, hybrid, poisson, mertens, features
            alpha: the share of A, 0 to 1: 1 gives A, 0 gives B, bit for bit
            light: srgb or linear
            fit: fit, fill or stretch: how B is brought to A's shape
            options: a JSON object with any of move, weights, mask, levels, sigma, clone, exposure, rule, layer, side
        """
        return api.fuse(self._engine, self._take(a), self._take(b), method, alpha, light, fit, options, self._file)

    def sample(
        self, model: str = "", seed: int = 0, count: int = 16, label: str = "", truncation: float = 1.0, sliders: str = ""
    ) -> SampleAnswer:
        """Make pictures with a GAN: PNG files, the norms of their latents, the critic's scores (logits, not probabilities).

        Parameters:
            model: a key of /models; empty for the best one on this machine
            seed: a whole number from 0; the same seed gives the same pictures on every machine
            count: how many pictures, 1 to 64
            label: a class of the model by name or index; empty for all in turn
            truncation: 1 leaves the latents, 0 pulls them to the centre
            sliders: a JSON list of standard deviations along the principal directions, the strongest first
        """
        return api.sample(self._engine, model, seed, count, label, truncation, sliders, self._file)

    def walk(self, model: str = "", seeds: str = "0,1,2", label: str = "", frames: int = 48, format: Format = "gif") -> WalkAnswer:
        """Walk through latent space from picture to picture and get one file.

        Parameters:
            model: a key of /models; empty for the best one on this machine
            seeds: whole numbers with commas between them; 3:5 is the sixth picture of seed 3
            label: a class of the model by name or index; empty for all in turn
            frames: 2 to 480
            format: gif, mp4 (where ffmpeg is on the machine) or png, a strip
        """
        return api.walk(self._engine, model, seeds, label, frames, format, self._file)
