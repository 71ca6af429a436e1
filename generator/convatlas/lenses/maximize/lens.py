"""The lens: which pictures are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from convatlas import verdicts
from convatlas.images.encode import SETTINGS
from convatlas.lenses.lens import Batch, Failed, Studio, Study, ground, key, sight
from convatlas.lenses.maximize.recipe import ATTEMPTS, Recipe, chosen, recipe, retry
from convatlas.records import Ask, Layer


class Maximize:
    """One record an attempt: a picture of one filter, for one direction, by one recipe."""

    name = "maximize"
    version = 1

    def asks(self, study: Study) -> Iterable[Ask]:
        """Attempt 0 for every filter, and one attempt more where the best so far fails the gate."""
        options = study.lenses.maximize
        if not options:
            return
        for layer, filters in study.layers():
            if not layer.reached:
                continue
            shared = ground(self, sight=sight(study, layer), encoder=SETTINGS)
            for variant in (None, *options.variants):
                for direction in ("positive", "negative") if options.negative else ("positive",):
                    section = chosen(options, variant, layer.name, direction == "negative")
                    first = recipe(section, layer, study.network.preprocessing)
                    line = _Line(shared, layer, variant, direction, first)
                    for index in filters:
                        yield from line.asks(study, index)

    def render(self, studio: Studio, asks: Sequence[Ask]) -> Iterator[Batch | Failed]:
        """Batches of one layer and recipe."""
        from convatlas.lenses.maximize.batches import render

        return render(studio, asks)


class _Line:
    """The attempts at the filters of one layer, in one direction, for one variant."""

    def __init__(
        self, shared: str, layer: Layer, variant: str | None, direction: str, first: Recipe
    ) -> None:
        self.shared, self.layer, self.direction = shared, layer, direction
        self.role = direction if variant is None else f"{variant}/{direction}"
        self.made = [retry(first, attempt).json for attempt in range(ATTEMPTS[direction])]

    def asks(self, study: Study, index: int) -> Iterator[Ask]:
        """The attempts made so far at a filter and, where none of them will do, the next."""
        done = {
            ask.recipe["attempt"]: record.data
            for ask, record in study.all("maximize", self.layer.name, index)
            if ask.role == self.role
        }
        examples = study.first("examples", self.layer.name, index)
        evidence = examples.data if examples else None
        for attempt in range(len(self.made)):
            yield self._ask(index, attempt)
            if attempt not in done or verdicts.constant(evidence):
                return
            if verdicts.passes(done[attempt], self.direction, evidence):
                return

    def _ask(self, index: int, attempt: int) -> Ask:
        made = self.made[attempt]
        name = key(self.shared, index, self.direction, attempt, made)
        what = {"direction": self.direction, "attempt": attempt, "made": made}
        return Ask(name, "maximize", self.layer.name, index, self.role, what)
