"""The partners of a layer's filters in the networks that it is compared with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from convatlas.model.comparison import Comparison, LayerPair, Pair
from convatlas.model.manifest import Filter, Layer, Network, layer_folder
from convatlas.site.compared import comparisons, filter_of, named_layers
from convatlas.site.expectations import changed
from convatlas.ui.page import Site


class Partner(NamedTuple):
    """A filter of another network that a filter is compared with."""

    name: str
    """Its network, and its layer and index where they differ: "epoch-9", "epoch-9 / 117"."""
    href: str
    """Its page, from the site's root."""
    earlier: bool
    """Whether it is the filter before; otherwise it is the one after."""
    pair: Pair
    changed: bool
    """Whether the two differ; then a script shows pictures of it."""


class _Match(NamedTuple):
    """Where the partner of a filter is: network, layer and index."""

    place: tuple[str, str, int]
    own: tuple[str, int]  # layer and index of the filter itself
    earlier: bool
    pair: Pair

    @property
    def name(self) -> str:
        """What the partner is called beside the filter: whatever both share is left out."""
        network, layer, index = self.place
        if layer != self.own[0]:
            return f"{network} / {layer} / {index}"
        return network if index == self.own[1] else f"{network} / {index}"


class Partners:
    """The partners of a layer's filters, one for each comparison that a filter has one in."""

    def __init__(self, site: Site, network: Network, layer: Layer) -> None:
        self._layers = named_layers(site.manifest)
        self._matches: dict[int, list[_Match]] = defaultdict(list)
        for match in _matches(site, network["name"], layer["name"]):
            self._matches[match.own[1]].append(match)

    def of(self, filter: Filter) -> list[Partner]:
        """Return the partners of a filter; none in layers that are unchanged."""
        return [self._partner(match) for match in self._matches.get(filter["index"], ())]

    def _partner(self, match: _Match) -> Partner:
        name, layer_name, index = match.place
        _, layer = self._layers[name, layer_name]
        filter = filter_of(layer, index)
        href = layer_folder(layer) + filter["href"]
        return Partner(match.name, href, match.earlier, match.pair, changed(match.pair))


def _matches(site: Site, network: str, layer: str) -> Iterator[_Match]:
    """Yield the partners of a layer's filters."""
    for each in comparisons(site.manifest, network):
        earlier = each["after"] == network
        for layers in each["layers"]:
            if layer == (layers["after"] if earlier else layers["before"]):
                for pair in layers["pairs"]:
                    yield _match(each, layers, pair, earlier)


def _match(told: Comparison, layers: LayerPair, pair: Pair, earlier: bool) -> _Match:
    before = told["before"], layers["before"], pair["before"]["index"]
    after = told["after"], layers["after"], pair["after"]["index"]
    own, other = (after, before) if earlier else (before, after)
    return _Match(other, own[1:], earlier, pair)
