"""The one place that chooses and remembers models: a method per task, a store of results, the state of the cache.

Imports of torch stay inside the tasks, so that a page can stand before torch is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from vision.core.errors import ModelError, UserError
from vision.core.picture import Picture
from vision.core.recipe import Recipe
from vision.core.results import CardStatus, Classification, Explanation, Forward
from vision.core.results_detect import Candidates, Detection, DetectView
from vision.core.results_fuse import Fusion
from vision.core.sift import detection
from vision.core.store import ResultStore
from vision.models.cache import ModelCache
from vision.models.catalog import Card, Catalog

if TYPE_CHECKING:
    from vision.models.net import Net

RESULT_BYTES = 256 << 20


class Engine:
    """Every task of Glassbox over one shared model cache; safe for many threads."""

    def __init__(self, catalog: Catalog | None = None, cache: ModelCache | None = None, store: ResultStore | None = None) -> None:
        self.catalog = catalog or Catalog.read()
        self.cache = cache or ModelCache.of(self.catalog)
        self.store = store or ResultStore(RESULT_BYTES)

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

        return self._once("forward", self.card("classify", model, family), picture, (), lambda net: classify.forward(net, picture))

    def classify(self, picture: Picture, model: str = "", *, top: int = 5) -> Classification:
        """Return the `top` best classes of a classifier, softmax over all its classes."""
        from vision.tasks import classify

        forward = self.forward(picture, model)
        return classify.best(forward, self.catalog[forward.model].labels, top)

    def explain(
        self,
        picture: Picture,
        model: str = "",
        *,
        method: str = "",
        target: str = "",
        against: str = "",
        layer: int = -1,
        head: int = -1,
        fusion: str = "mean",
        discard: float = 0.0,
    ) -> Explanation:
        """Return the map of one method for one class.

        method   one of the card's methods; empty: its first
        target   label or index, empty: the best class; against: the class whose evidence is taken away, empty: none
        layer, head, fusion, discard  of attention and rollout; -1: fused
        """
        from vision.tasks import classify, explain

        card = self.card("classify", model)
        if not card.methods:
            raise UserError("explain.no_map", model=card.name)
        if method and method not in card.methods:
            raise UserError("explain.no_method", model=card.name, method=method, methods=", ".join(card.methods))
        kept = self.forward(picture, card.key)
        choice = explain.Choice(
            method=method or card.methods[0],
            target=classify.named(kept, card.labels, target),
            against=classify.named(kept, card.labels, against) if against.strip() else None,
            layer=layer,
            head=head,
            fusion=fusion,
            discard=discard,
        )
        if choice.method in explain.NETLESS:  # no lease, no line: the kept pass has it all
            return explain.explain(None, picture, kept, choice)
        return self._once("explain", card, picture, (choice,), lambda net: explain.explain(net, picture, kept, choice))

    def candidates(self, picture: Picture, model: str = "") -> Candidates:
        """Return all boxes of a detector before threshold and suppression: what every view of the picture is made from."""
        from vision.tasks import detect

        return self._once("candidates", self.card("detect", model), picture, (), lambda net: detect.candidates(net, picture))

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
        return self._once("fuse", card, a, (b.digest, recipe), lambda net: fuse.fuse(a, b, recipe, net))
