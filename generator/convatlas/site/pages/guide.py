"""How to read the atlas, told by one filter: what every lens shows of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from convatlas.lenses.parts.overview import Guide
from convatlas.model.manifest import Filter, Layer, Network
from convatlas.site.overviews import guides
from convatlas.ui.page import Site


class Example(NamedTuple):
    """A filter that shows how to read the atlas, and what lenses say of it."""

    layer: Layer
    filter: Filter
    guides: Sequence[Guide]
    """Those that have a figure, in their order on the page."""
    context: Mapping[str, object]
    """What the templates of the guides read."""
    numbers: Sequence[Sequence[tuple[str, str]]]
    """What each lens measured: names and values."""
    remarks: Sequence[str]


class _Candidate(NamedTuple):
    layer: Layer
    filter: Filter
    guides: Sequence[Guide]


def example(site: Site) -> Example | None:
    """Return the filter of the first network that shows best how to read the atlas.

    It has most of what a filter can have, is of the middle of the later layers, and of these the
    one with the highest merits.
    """
    ordered = sorted(guides(), key=lambda guide: guide.place)
    for network in site.manifest["networks"]:
        known = list(_candidates(site, network, ordered))
        if known:
            best = _best(known, ordered)
            return _example(site, network, best)
    return None


def _candidates(site: Site, network: Network, ordered: Sequence[Guide]) -> Iterator[_Candidate]:
    """The live filters that have a figure."""
    for layer in network["layers"]:
        for filter in layer["filters"]:
            if not filter["dead"]:
                shown = [each for each in ordered if each.shows(site, network, layer, filter)]
                if shown:
                    yield _Candidate(layer, filter, shown)


def _best(known: Sequence[_Candidate], ordered: Sequence[Guide]) -> _Candidate:
    most = max(len(each.guides) for each in known)
    best = [each for each in known if len(each.guides) == most]
    layers = list({id(each.layer): each.layer for each in best}.values())
    layer = layers[len(layers) * 2 // 3]
    own = [each for each in best if each.layer is layer]
    return max(own, key=lambda each: [guide.merit(each.filter) for guide in ordered])


def _example(site: Site, network: Network, chosen: _Candidate) -> Example:
    layer, filter, shown = chosen
    read = (guide.context(site, network, layer, filter) for guide in shown)
    return Example(
        layer,
        filter,
        shown,
        context={name: value for context in read for name, value in context.items()},
        numbers=[guide.numbers(filter) for guide in guides()],
        remarks=[text for guide in guides() if (text := guide.remark(filter))],
    )
