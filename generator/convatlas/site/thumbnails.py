"""Thumbnails from all lenses, and selections of filters that have one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import islice
from typing import TypeVar

from convatlas.lenses.parts.view import ThumbnailSource
from convatlas.lenses.registry import lenses
from convatlas.model.manifest import Filter, Layer, Network, lens_entry
from convatlas.ui.thumbnails import Thumbnail, ThumbnailRequest

T = TypeVar("T")

DEAD, NONE = Thumbnail(word="dead"), Thumbnail(word="none")


def thumbnail(request: ThumbnailRequest) -> Thumbnail:
    """Return the best available thumbnail of a filter; of a dead filter, the word "dead"."""
    if request.filter["dead"]:
        return DEAD
    thumbnails = (source.make(request) for source in _sources())
    return next((each for each in thumbnails if each), NONE)


def live(layer: Layer, most: int) -> list[Filter]:
    """Return the first ``most`` live filters of a layer that may have a thumbnail."""
    shown = (filter for filter in layer["filters"] if not filter["dead"] and _has_entry(filter))
    return list(islice(shown, most))


def mosaic(network: Network, most: int) -> list[tuple[Layer, Filter]]:
    """Return at most ``most`` filters of a network, from the first layer to the last.

    All layers contribute equally; if there are more layers than tiles, evenly spaced layers do. If
    enough filters have the best kind of thumbnail, only these are chosen, for a uniform look.
    """
    chosen = [(layer, live(layer, len(layer["filters"]))) for layer in network["layers"]]
    best = [
        (layer, [filter for filter in filters if _has_best(filter, layer, network)])
        for layer, filters in chosen
    ]
    if sum(len(filters) for _, filters in best) >= most:
        chosen = best
    chosen = _spread([pair for pair in chosen if pair[1]], most)
    if not chosen:
        return []
    share, extra = divmod(most, len(chosen))
    return [
        (layer, filter)
        for position, (layer, filters) in enumerate(chosen)
        for filter in _spread(filters, share + (position < extra))
    ]


@cache
def _sources() -> Sequence[ThumbnailSource]:
    sources = (source for lens in lenses() for source in lens.view.thumbnails)
    return sorted(sources, key=lambda source: source.place)


def _has_entry(filter: Filter) -> bool:
    return any(lens_entry(filter, lens.name) for lens in lenses() if lens.view.thumbnails)


def _has_best(filter: Filter, layer: Layer, network: Network) -> bool:
    request = ThumbnailRequest(filter, layer, network, whole=True, files=True)
    return any(source.make(request) for source in _sources()[:1])


def _spread(items: Sequence[T], most: int) -> list[T]:
    """Return at most ``most`` of the items, evenly spaced and in order."""
    taken = min(most, len(items))
    return [items[index * len(items) // taken] for index in range(taken)]
