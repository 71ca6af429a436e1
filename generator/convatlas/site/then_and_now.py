"""The partners of a layer's filters in the networks that it is compared with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup

from convatlas.model.comparison import Comparison, LayerPair, Pair
from convatlas.model.manifest import Filter, Layer, Network, layer_folder
from convatlas.site.compared import ROOT, comparisons, filter_of, named_layers
from convatlas.site.expectations import changed
from convatlas.site.exports.grid_js import OWN
from convatlas.ui.page import Site
from convatlas.ui.thumbnail_html import thumbnail_html
from convatlas.ui.thumbnails import sprite_tile


class Partner(NamedTuple):
    """A filter of another network that a filter is compared with."""

    name: str
    """"epoch-9 / features.9 / 117"."""
    href: str
    """Its page, from the site's root."""
    earlier: bool
    """Whether it is the filter before; otherwise it is the one after."""
    pair: Pair
    pairs: str
    """The page of all pairs of the layer, from the site's root."""
    faces: Sequence[Markup]
    """Its picture, its strongest image and its kernel; empty if the two hardly differ."""


class _Match(NamedTuple):
    """Where the partner of a filter is: network, layer and index."""

    place: tuple[str, str, int]
    earlier: bool
    layers: LayerPair
    pair: Pair


class Partners:
    """The partners of a layer's filters, one for each comparison that a filter has one in."""

    def __init__(self, site: Site, network: Network, layer: Layer) -> None:
        self._site = site
        self._layers = named_layers(site.manifest)
        self._matches: dict[int, list[_Match]] = defaultdict(list)
        for index, match in _matches(site, network["name"], layer["name"]):
            self._matches[index].append(match)

    def of(self, filter: Filter) -> list[Partner]:
        """Return the partners of a filter; none in layers that are unchanged."""
        return [self._partner(match) for match in self._matches.get(filter["index"], ())]

    def _partner(self, match: _Match) -> Partner:
        name, layer_name, index = match.place
        network, layer = self._layers[name, layer_name]
        filter = filter_of(layer, index)
        return Partner(
            f"{name} / {layer_name} / {index}",
            layer_folder(layer) + filter["href"],
            match.earlier,
            match.pair,
            match.layers["href"],
            list(self._faces(network, layer, filter)) if changed(match.pair) else [],
        )

    def _faces(self, network: Network, layer: Layer, filter: Filter) -> Iterator[Markup]:
        yield self._site.face(filter, layer, network, ROOT)
        for view in layer["sprites"]:
            if view != OWN:
                tile = sprite_tile(filter, layer, view)
                yield thumbnail_html(tile, filter["index"], ROOT + layer_folder(layer), ROOT)


def _matches(site: Site, network: str, layer: str) -> Iterator[tuple[int, _Match]]:
    """Yield the partners of a layer's filters, each with the index of the filter."""
    for each in comparisons(site.manifest, network):
        earlier = each["after"] == network
        for layers in each["layers"]:
            if layer == (layers["after"] if earlier else layers["before"]):
                for pair in layers["pairs"]:
                    yield _match(each, layers, pair, earlier)


def _match(told: Comparison, layers: LayerPair, pair: Pair, earlier: bool) -> tuple[int, _Match]:
    before = told["before"], layers["before"], pair["before"]["index"]
    after = told["after"], layers["after"], pair["after"]["index"]
    own, other = (after, before) if earlier else (before, after)
    return own[2], _Match(other, earlier, layers, pair)
