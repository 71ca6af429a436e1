"""The lens ``maximize``: which pictures it requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from convatlas.images.codecs.avif import SETTINGS
from convatlas.images.statistics import Statistics
from convatlas.lenses.base import (
    Batch,
    Failed,
    Lens,
    Piece,
    PlanContext,
    RenderContext,
    grouped,
    key,
    response_inputs,
    shared_key,
)
from convatlas.lenses.examples.records import read_examples
from convatlas.lenses.image_statistics.records import NAME as STATISTICS
from convatlas.lenses.image_statistics.records import read_statistics
from convatlas.lenses.maximize.canvases import least_canvases
from convatlas.lenses.maximize.options import Maximize as Options
from convatlas.lenses.maximize.options import Recipe as RecipeOptions
from convatlas.lenses.maximize.overview import MaximizeOverview, MaximizeReports
from convatlas.lenses.maximize.presets import chosen, draft, large, recipe
from convatlas.lenses.maximize.recipe import diverse, layer_and_recipe, retry
from convatlas.lenses.maximize.records import NAME, read_attempts
from convatlas.lenses.maximize.section import MaximizeSection
from convatlas.lenses.maximize.sprite import MaximizeSprite
from convatlas.lenses.maximize.table import MaximizeTable
from convatlas.lenses.maximize.view import MaximizeView
from convatlas.model import scores
from convatlas.model.facts import Layer
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Json, RecordRequest


class Maximize(Lens):
    """One record for each attempt: a picture of one filter, in one direction, by one recipe."""

    name = NAME
    divisible = True
    reads = (STATISTICS,)
    version = 3
    section = MaximizeSection()
    sprite = MaximizeSprite()
    options = Options
    view = MaximizeView()
    overview = MaximizeOverview()
    reports = MaximizeReports()
    table = MaximizeTable()

    def requests(self, context: PlanContext, records: RecordIndex) -> Iterable[RecordRequest]:
        """Yield attempt 0 for each filter, and another one while the best fails the gate."""
        options = context.options(Options)
        if options is None:
            return
        least = least_canvases(context.network.layers, context.network.preprocessing)
        for layer, filters in context.layers():
            if layer.reached:
                lines = list(_lines(self, context, records, options, layer, least[layer.name]))
                for index in filters:
                    for line in lines:
                        yield from line.requests(records, index)

    def pieces(self, context: PlanContext, requests: Piece) -> Iterator[Piece]:
        """Yield a piece for each layer and recipe, since those can share a batch."""
        yield from grouped(requests, layer_and_recipe).values()

    def batch(self, context: RenderContext, piece: Piece) -> int:
        """Return how many requests of one layer and recipe are optimised together."""
        from convatlas.lenses.maximize.batching import together

        return together(context, piece)

    def one_thread(self, context: RenderContext, piece: Piece) -> bool:
        """Return whether the network is small enough for one thread."""
        from convatlas.lenses.maximize.batching import one_thread

        return one_thread(context, piece)

    def prepare(self, context: RenderContext) -> None:
        """Make the copies of the network that pictures are optimised with."""
        from convatlas.lenses.maximize.model_copies import ModelCopies

        context.once(ModelCopies)

    def render(self, context: RenderContext, requests: Piece) -> Iterator[Batch | Failed]:
        """Yield batches of one layer and recipe."""
        from convatlas.lenses.maximize.render import render

        return render(context, requests)


def _lines(
    lens: Maximize,
    context: PlanContext,
    records: RecordIndex,
    options: Options,
    layer: Layer,
    least: tuple[int, int],
) -> Iterator[_Line]:
    """Yield the attempts for a layer's filters, without those that wait for image statistics."""
    for role, direction, section, tries, members in _roles(options, layer):
        try:
            first = recipe(
                section,
                layer,
                context.network.preprocessing,
                least,
                lambda name: _statistics(context, records, name),
            )
        except _Unknown:
            continue
        most = context.network.preprocessing.size
        made = [retry(diverse(first, members), attempt, most) for attempt in range(tries)]
        depends = {
            "sight": response_inputs(context, layer),
            "encoder": SETTINGS,
            "direction": direction,
        }
        shared_keys = [
            shared_key(lens, attempt=attempt, made=how.determinants, **depends)
            for attempt, how in enumerate(made)
        ]
        yield _Line(layer, direction, role, [how.json for how in made], shared_keys)


def _roles(options: Options, layer: Layer) -> Iterator[tuple[str, str, RecipeOptions, int, int]]:
    """Yield (role, direction, options, maximum attempts, pictures at once).

    Only the first picture gets further attempts, and pictures beside it cost as much as a draft.
    """
    section = chosen(options, None, layer.name)
    yield "positive", "positive", section, options.attempts, 1
    if options.negative:
        yield "negative", "negative", draft(section), 1, 1
    if options.second and large(layer, section.preset or "standard"):
        other = "channel" if section.objective == "neuron" else "neuron"
        yield "second", "positive", draft(section, objective=other), 1, 1
    if options.diversity > 1:
        yield "diverse", "positive", draft(section), 1, options.diversity
    for variant in options.variants:
        yield f"{variant}/positive", "positive", chosen(options, variant, layer.name), 1, 1


class _Unknown(Exception):
    """The statistics of an image set have not been measured yet."""


def _statistics(context: PlanContext, records: RecordIndex, name: str | None) -> Json:
    """Return {"set", "digest"}: an image set's name, and the digest of its statistics.

    Args:
        name: the image set; None for the network's own.

    Raises:
        _Unknown: the statistics have not been measured yet.
    """
    name = name or (context.images.name if context.images else None)
    record = read_statistics(records, name) if name else None
    if record is None:
        raise _Unknown
    return {"set": name, "digest": Statistics.of(record.data).digest}


@dataclass(frozen=True)
class _Line:
    """The possible attempts for the filters of one layer, in one role."""

    layer: Layer
    direction: str
    role: str
    made: Sequence[Json]  # the recipe of each attempt
    shared_keys: Sequence[str]  # what the keys of each attempt's records have in common

    def requests(self, records: RecordIndex, index: int) -> Iterator[RecordRequest]:
        """Yield a filter's attempts so far and, if none of them passes, the next one."""
        if len(self.made) == 1:
            yield self._request(index, 0)
            return
        done = {
            request.recipe["attempt"]: record.data
            for request, record in read_attempts(records, self.layer.name, index, self.role)
        }
        examples = read_examples(records, self.layer.name, index)
        evidence = examples.data if examples else None
        for attempt in range(len(self.made)):
            yield self._request(index, attempt)
            if attempt not in done or scores.constant(evidence):
                return
            if scores.passes(done[attempt], self.direction, evidence):
                return

    def _request(self, index: int, attempt: int) -> RecordRequest:
        what = {"direction": self.direction, "attempt": attempt, "made": self.made[attempt]}
        name = key(self.shared_keys[attempt], index)
        return RecordRequest(name, NAME, self.layer.name, index, self.role, what)
