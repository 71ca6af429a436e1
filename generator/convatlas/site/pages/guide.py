"""How to read the atlas: an example filter, as shown by every lens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from convatlas.lenses.parts.overview import Guide
from convatlas.model.manifest import Filter, Layer, Network
from convatlas.site.overviews import guides
from convatlas.ui.page import Site


class Example(NamedTuple):
    """A filter that serves as the example of how to read the atlas."""

    network: Network
    layer: Layer
    filter: Filter
    guides: Sequence[Guide]
    """The guides that have a figure of it, in page order."""
    context: Mapping[str, object]
    """The merged contexts of the guides' templates."""
    numbers: Sequence[Sequence[tuple[str, str]]]
    """The measured numbers of each lens, as (name, value)."""
    remarks: Sequence[str]


class _Candidate(NamedTuple):
    layer: Layer
    filter: Filter
    guides: Sequence[Guide]


def example(site: Site) -> Example | None:
    """Return the best example filter of the first network that has one, or None.

    Candidates are the filters with most figures. Of their layers, the one two thirds down the
    network is chosen, and of that layer's candidates the one with the highest merits.
    """
    ordered = sorted(guides(), key=lambda guide: guide.place)
    for network in site.manifest["networks"]:
        candidates = list(_candidates(site, network, ordered))
        if candidates:
            best = _best(candidates, ordered)
            return _example(site, network, best)
    return None


def _candidates(site: Site, network: Network, ordered: Sequence[Guide]) -> Iterator[_Candidate]:
    """Yield the live filters that have at least one figure."""
    for layer in network["layers"]:
        for filter in layer["filters"]:
            if not filter["dead"]:
                shown = [each for each in ordered if each.shows(site, network, layer, filter)]
                if shown:
                    yield _Candidate(layer, filter, shown)


def _best(candidates: Sequence[_Candidate], ordered: Sequence[Guide]) -> _Candidate:
    most = max(len(each.guides) for each in candidates)
    best = [each for each in candidates if len(each.guides) == most]
    layers = list({id(each.layer): each.layer for each in best}.values())
    layer = layers[len(layers) * 2 // 3]
    own = [each for each in best if each.layer is layer]
    return max(own, key=lambda each: [guide.merit(each.filter) for guide in ordered])


def _example(site: Site, network: Network, chosen: _Candidate) -> Example:
    layer, filter, shown = chosen
    contexts = (guide.context(site, network, layer, filter) for guide in shown)
    return Example(
        network,
        layer,
        filter,
        shown,
        context={name: value for context in contexts for name, value in context.items()},
        numbers=[guide.numbers(filter) for guide in guides()],
        remarks=[text for guide in guides() if (text := guide.remark(filter))],
    )
