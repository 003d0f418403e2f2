"""The one place that chooses and remembers models: a method per task, a store of results, the state of the cache.

Imports of torch stay inside the tasks, so that a page can stand before torch is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vision.core.change import UNCHANGED, Change, apply, working
from vision.core.errors import ModelError, UserError
from vision.core.picture import Picture, read
from vision.core.recipe import Recipe
from vision.core.results import CardStatus, Classification, Deletion, Explanation, Forward
from vision.core.results_detect import Candidates, Detection, DetectView
from vision.core.results_fuse import Fusion
from vision.core.results_generate import Judgement, Place, Samples, Stages, Term
from vision.core.results_inside import Layers, Tokens
from vision.core.results_whatif import Randomised, WhatIf
from vision.core.sift import detection
from vision.core.store import ResultStore
from vision.models.cache import ModelCache
from vision.models.catalog import Card, Catalog

if TYPE_CHECKING:
    from vision.models.net import Net
    from vision.tasks.explain import Choice

RESULT_BYTES = 256 << 20
CHANGED_BYTES = 32 << 20  # changed pictures: both nets look at one, and a slider comes back to its neighbours


class Engine:
    """Every task of Glassbox over one shared model cache; safe for many threads."""

    def __init__(self, catalog: Catalog | None = None, cache: ModelCache | None = None, store: ResultStore | None = None) -> None:
        self.catalog = catalog or Catalog.read()
        self.cache = cache or ModelCache.of(self.catalog)
        self.store = store or ResultStore(RESULT_BYTES)
        self.pictures = ResultStore(CHANGED_BYTES)

    def models(self, task: str = "") -> list[CardStatus]:
        """Return one row per catalogue card with what the cache knows of it."""
        return self.cache.statuses([card for card in self.catalog.cards if task in ("", card.task)])

    def card(self, task: str, model: str = "", family: str = "") -> Card:
        """Return the card of a model, or the best local one of a task (and family) where `model` is empty; else ModelError."""
        if model:
            card = self.catalog[model]
            if card.task != task:
                raise ModelError("error.wrong_task", key=model, task=card.task)
            return card
        for card in self.catalog.cards:  # the catalogue's order is the order of preference
            if card.task == task and family in ("", card.family) and self.catalog.local(card):
                return card
        raise ModelError("error.no_local_model")

    def _once(self, task: str, card: Card, picture: Picture, options: tuple, work: Callable[[Net], Any]) -> Any:
        key = (task, card.key, card.revision, picture.digest, options)
        return self.store.once(key, lambda: self.cache.run(card.key, work))

    def forward(self, picture: Picture, model: str = "", family: str = "") -> Forward:
        """Return one kept forward pass of a classifier: the material of every answer and map about this picture."""
        from vision.tasks import classify

        return self._once("forward", self.card("classify", model, family), picture, (), partial(classify.forward, picture=picture))

    def classify(self, picture: Picture, model: str = "", *, top: int = 5, maps: bool = True) -> Classification:
        """Return the `top` best classes of a classifier, softmax over all its classes; without `maps` nothing is kept for /explain."""
        from vision.tasks import classify

        if maps:
            forward = self.forward(picture, model)
        else:
            card = self.card("classify", model)
            forward = self._once("logits", card, picture, (), partial(classify.forward, picture=picture, maps=False))
        return classify.best(forward, self.catalog[forward.model].labels, top)

    def explain(self, picture: Picture, model: str = "", *, method: str = "", target: str = "", **view: Any) -> Explanation:
        """Return the map of one method for one class.

        method  one of the card's methods; empty: its first
        target  label or index; empty: the best class
        view    against: label or index of the class whose evidence is taken away; of attention and rollout: layer, head (-1: fused),
                fusion, discard, query (a place, row by row; -1: what the class head reads)
        """
        from vision.tasks import explain

        card, kept, choice = self._choice(picture, model, method, target, **view)
        if choice.method in explain.NETLESS:  # no lease, no line: the kept pass has it all
            return explain.explain(None, picture, kept, choice)
        return self._once("explain", card, picture, (choice,), partial(explain.explain, picture=picture, kept=kept, choice=choice))

    def maps(self, picture: Picture, model: str, method: str, targets: tuple[str, ...]) -> tuple[Explanation, ...]:
        """Return the maps of one method for several classes, made in one turn (and with one call of a lent GPU)."""
        from vision.tasks import explain

        found = [self._choice(picture, model, method, target) for target in targets]
        card, kept, _ = found[0]
        choices = tuple(choice for _, _, choice in found)
        return self._once("maps", card, picture, choices, partial(explain.explain_each, picture=picture, kept=kept, choices=choices))

    def _choice(
        self, picture: Picture, model: str, method: str, target: str, *, against: str = "", **view: Any
    ) -> tuple[Card, Forward, Choice]:
        from vision.tasks import classify, explain

        card = self.card("classify", model)
        if not card.methods:
            raise UserError("explain.no_map", model=card.name)
        if method and method not in card.methods:
            raise UserError("explain.no_method", model=card.name, method=method[:40], methods=", ".join(card.methods))
        kept = self.forward(picture, card.key)
        wanted = classify.named(kept, card.labels, target)
        other = classify.named(kept, card.labels, against) if against.strip() else None
        return card, kept, explain.Choice(method or card.methods[0], wanted, other, **view)

    def deletion(
        self, picture: Picture, model: str = "", *, method: str = "", target: str = "", steps: int = 11, seed: int = 0, **view: Any
    ) -> Iterator[Deletion]:
        """Yield how the score falls while the strongest places of a map are greyed, beside a random order (seeded), step by step.

        The arguments of `explain`, and how many points each curve has. Between two steps no model is lent: closing the iterator ends it.
        """
        from vision.tasks import deletion

        found = self.explain(picture, model, method=method, target=target, **view)
        trial = deletion.Trial(picture, self.forward(picture, found.model), found, steps, seed)
        yield trial.now()
        while not trial.done:
            trial.take(self.cache.run(found.model, trial.ask))
            yield trial.now()

    def layers(self, picture: Picture, model: str = "") -> Layers:
        """Return the maps of a CNN's layers, with the filters of those convolutions that can be followed by hand."""
        from vision.tasks import inside

        return self._once("layers", self.card("classify", model, "cnn"), picture, (), partial(inside.layers, picture=picture))

    def tokens(self, picture: Picture, model: str = "") -> Tokens:
        """Return a vision transformer's tokens: embedded, placed, attending, and what its head reads after each block."""
        from vision.tasks import inside

        return self._once("tokens", self.card("classify", model, "vit"), picture, (), partial(inside.tokens, picture=picture))

    def changed(self, picture: Picture, change: Change, other: Picture | None = None) -> Picture:
        """Return a picture at the size that is changed (`change.working`), with a change; `other`: what a brush of fill "patch" shows."""

        def work() -> Picture:
            small = working(picture.rgb)
            rgb = apply(small, change, None if other is None else other.rgb)
            return picture if rgb is picture.rgb else read(rgb, picture.name)

        return self.pictures.once((picture.digest, change, other and other.digest), work)

    def whatif(self, picture: Picture, change: Change, model: str = "", family: str = "", *, other: Picture | None = None) -> WhatIf:
        """Return what a classifier makes of a changed picture, and what is left of its first answer on the unchanged one.

        The scores are those of `classify` on `changed(...)`: the same pixels, the same pass, without the material of maps.
        """
        from vision.tasks import classify

        card = self.card("classify", model, family)
        before, after = (self.changed(picture, one, other) for one in (UNCHANGED, change))
        then, now = (
            self._once("logits", card, one, (), partial(classify.forward, picture=one, maps=False)) for one in (before, after)
        )  # fmt: skip
        return classify.against(then, now, card.labels)

    def randomise(
        self, picture: Picture, model: str = "", *, method: str = "", target: str = "", seed: int = 0, **view: Any
    ) -> Iterator[Randomised]:
        """Yield a map of the net as it is, and after each of its parts, from the top down, has got random weights (seeded).

        The arguments of `explain`. A copy forgets, made anew at each step, never the net that others use; between two steps others get
        their turn, and closing the iterator ends it.
        """
        from vision.tasks import randomise

        first = self.explain(picture, model, method=method, target=target, **view)
        card, _, choice = self._choice(picture, model, method, target, **view)
        parts = self.cache.look(card.key, randomise.names)
        with self.cache.room(card.key):
            yield randomise.compared(first, first, "", 0, len(parts))
            for step, part in enumerate(parts, 1):
                work = partial(forgotten, picture=picture, choice=choice, parts=step, seed=seed)
                yield randomise.compared(first, self.cache.run(card.key, work), part, step, len(parts))

    def candidates(self, picture: Picture, model: str = "") -> Candidates:
        """Return all boxes of a detector before threshold and suppression: what every view of the picture is made from."""
        from vision.tasks import detect

        return self._once("candidates", self.card("detect", model), picture, (), partial(detect.candidates, picture=picture))

    def detect(self, picture: Picture, model: str = "", *, candidates: bool = False, **view: Any) -> Detection:
        """Return the boxes that a view shows, and with `candidates` the fate of all; `view`: the fields of a DetectView."""
        return detection(self.candidates(picture, model), DetectView(**view), candidates=candidates)

    def fuse(self, a: Picture, b: Picture, method: str = "alpha", *, model: str = "", **options: Any) -> Fusion:
        """Return A and B made one on A's canvas; `options`: the further fields of a Recipe. `model`: a CNN, for method "features"."""
        from vision.tasks import fuse

        recipe = Recipe(method=method, **options)
        if method != "features":
            return self.store.once(("fuse", a.digest, b.digest, recipe), lambda: fuse.fuse(a, b, recipe))
        card = self.card("classify", model, "cnn")
        return self._once("fuse", card, a, (b.digest, recipe), partial(fuse.fuse, a, b, recipe))

    def sample(self, model: str = "", *, seed: int = 0, count: int = 16, label: str = "", **place: Any) -> Samples:
        """Return `count` pictures of a seed; `label`: a class (empty: all in turn); `place`: truncation and sliders of a Place."""
        from vision.tasks import generate

        work = partial(generate.draw, seed=seed, count=count, name=label, **place)
        return self._made("sample", model, (seed, count, label, *sorted(place.items())), work)

    def places(self, terms: tuple[Term, ...], label: str = "", model: str = "") -> tuple[Place, ...]:
        """Return a place in latent space per draw; `label`: a class (empty: all in turn)."""
        from vision.tasks import generate

        return self.cache.look(self.card("generate", model).key, partial(generate.stops, terms=terms, name=label))

    def labels(self, model: str = "") -> tuple[str, ...]:
        """Return the names of a generator's classes."""
        from vision.tasks import generate

        return self.cache.look(self.card("generate", model).key, generate.labels)

    def paint(self, places: tuple[Place, ...], model: str = "") -> Samples:
        """Return the pictures of places in latent space."""
        from vision.tasks import generate

        return self._made("paint", model, places, partial(generate.sample, wanted=places))

    def walk(
        self, stops: tuple[Place, ...], model: str = "", *, frames: int = 48, start: int = 0, pieces: int = 0
    ) -> Iterator[NDArray[np.uint8]]:
        """Yield pictures uint8 [h, w, 3] along the stops; between batches others get their turn, and the walk may be left.

        start   the first frame wanted; pieces: how many batches, 0 for all the way
        """
        from vision.tasks import generate

        card = self.card("generate", model)
        end = min(frames, start + pieces * generate.BATCH) if pieces else frames
        for first in range(start, end, generate.BATCH):
            yield from self.cache.run(card.key, partial(generate.walk, stops=stops, frames=frames, start=first))

    def stages(self, place: Place, model: str = "") -> Stages:
        """Return the feature maps of one picture on its way through the generator."""
        from vision.tasks import generate

        return self._made("stages", model, place, partial(generate.stages, place=place))

    def judge(self, picture: Picture, model: str = "") -> Judgement:
        """Return what a generator's critic thinks of a person's picture."""
        from vision.tasks import generate

        return self._once("judge", self.card("generate", model), picture, (), partial(generate.judge, picture=picture))

    def _made(self, task: str, model: str, options: Hashable, work: Callable[[Net], Any]) -> Any:
        card = self.card("generate", model)
        return self.store.once((task, card.key, card.revision, options), lambda: self.cache.run(card.key, work))


def forgotten(net: Net, picture: Picture, choice: Choice, parts: int, seed: int) -> Explanation:
    """Return a map of a copy of a net whose topmost parts, so many, have random weights."""
    from vision.tasks import classify, explain, randomise

    copy = randomise.forgetful(net, parts, seed)
    return explain.explain(copy, picture, classify.forward(copy, picture), choice)
