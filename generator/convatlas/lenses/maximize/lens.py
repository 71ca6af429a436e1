"""The lens: which pictures are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from convatlas import verdicts
from convatlas.config import schema
from convatlas.images.encode import SETTINGS
from convatlas.lenses.lens import Batch, Failed, Studio, Study, ground, key, sight
from convatlas.lenses.maximize.recipe import chosen, reaching, recipe, retry
from convatlas.records import Ask, Json, Layer


class Maximize:
    """One record an attempt: a picture of one filter, for one direction, by one recipe."""

    name = "maximize"
    version = 1

    def asks(self, study: Study) -> Iterable[Ask]:
        """Attempt 0 for every filter, and one attempt more where the best so far fails the gate."""
        options = study.lenses.maximize
        if not options:
            return
        least = _least(study)
        for layer, filters in study.layers():
            if not layer.reached:
                continue
            shared = {"sight": sight(study, layer), "encoder": SETTINGS}
            for variant in (None, *options.variants):
                for direction, tries in _directions(options):
                    section = chosen(options, variant, layer.name, direction == "negative")
                    first = recipe(section, layer, study.network.preprocessing, least[layer.name])
                    made = [retry(first, n).json for n in range(tries)]
                    role = direction if variant is None else f"{variant}/{direction}"
                    grounds = [
                        ground(self, direction=direction, attempt=n, made=how, **shared)
                        for n, how in enumerate(made)
                    ]
                    line = _Line(layer, direction, role, made, grounds)
                    for index in filters:
                        yield from line.asks(study, index)

    def render(self, studio: Studio, asks: Sequence[Ask]) -> Iterator[Batch | Failed]:
        """Batches of one layer and recipe."""
        from convatlas.lenses.maximize.batches import render

        return render(studio, asks)


def _least(study: Study) -> dict[str, tuple[int, int]]:
    """The smallest canvas for each layer on which it and all before it have a position."""
    height = width = 1
    least = {}
    for layer in study.network.layers:
        if layer.reached:
            own = reaching(layer, study.network.preprocessing, positions=1)
            height, width = max(height, own[0]), max(width, own[1])
            least[layer.name] = height, width
    return least


def _directions(options: schema.Maximize) -> Iterator[tuple[str, int]]:
    """What is looked for, and how often at most; what inhibits a filter is looked for once."""
    yield "positive", options.attempts
    if options.negative:
        yield "negative", 1


@dataclass(frozen=True)
class _Line:
    """The attempts at the filters of one layer, in one direction, for one variant."""

    layer: Layer
    direction: str
    role: str
    made: Sequence[Json]  # the recipe of each attempt
    grounds: Sequence[str]  # what the keys of each attempt's records have in common

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
        what = {"direction": self.direction, "attempt": attempt, "made": self.made[attempt]}
        name = key(self.grounds[attempt], index)
        return Ask(name, "maximize", self.layer.name, index, self.role, what)
