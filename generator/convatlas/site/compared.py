"""The filters of a comparison, found by what the manifest calls them, and their tiles."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from markupsafe import Markup

from convatlas.model.comparison import Comparison, LayerPair, Pair, Timeline
from convatlas.model.manifest import Filter, Layer, Manifest, Network, layer_folder
from convatlas.site.comparisons import DIED
from convatlas.ui.page import Site

ROOT = "../../"
"""The relative path from the pages of comparisons to the site's root."""


class Half(NamedTuple):
    """One of the two filters of a pair."""

    number: int
    """Its index in the layer."""
    href: str
    """Its page, from the site's root."""
    face: Markup

    @property
    def word(self) -> str:
        """What stands there instead of a picture: "dead", or "" where there is one."""
        return self.face.striptags()


class PairTile(NamedTuple):
    """A pair of filters as a tile."""

    layers: LayerPair
    pair: Pair
    before: Half
    after: Half


def comparisons(manifest: Manifest, network: str | None = None) -> list[Comparison]:
    """Return the comparisons of the atlas, or those that a network is in."""
    found = manifest.get("compare")
    pairs = found["pairs"] if found else []
    return [each for each in pairs if network in (None, each["before"], each["after"])]


def timelines(manifest: Manifest, network: str | None = None) -> list[Timeline]:
    """Return the timelines of the atlas, or those that a network is in."""
    found = manifest.get("compare")
    lines = found["timelines"] if found else []
    return [each for each in lines if network in (None, *each["networks"])]


def walls(manifest: Manifest, network: str, layer: str) -> list[tuple[str, str]]:
    """Return address, from the site's root, and name of each page of all pairs of a layer."""
    return [
        (layers["href"], f"{each['before']} → {each['after']}")
        for each in comparisons(manifest, network)
        for layers in changed_layers(each)
        if layer == layers["before" if network == each["before"] else "after"]
    ]


def named_layers(manifest: Manifest) -> dict[tuple[str, str], tuple[Network, Layer]]:
    """Return all layers, each with its network, by the names of both."""
    return {
        (network["name"], layer["name"]): (network, layer)
        for network in manifest["networks"]
        for layer in network["layers"]
    }


def filter_of(layer: Layer, index: int) -> Filter:
    """Return the filter of a layer that has an index.

    Raises:
        KeyError: the atlas does not show it.
    """
    place = bisect_left(layer["filters"], index, key=lambda other: other["index"])
    found = layer["filters"][place : place + 1]
    if not found or found[0]["index"] != index:
        raise KeyError(f"{layer['name']} / {index}")
    return found[0]


@dataclass
class Compared:
    """Two networks that are compared, and the tiles of their filters."""

    site: Site
    comparison: Comparison
    layers: Mapping[tuple[str, str], tuple[Network, Layer]] = field(init=False)

    def __post_init__(self) -> None:
        self.layers = named_layers(self.site.manifest)

    @property
    def networks(self) -> tuple[Network, Network]:
        """The network before, and the one after."""
        by_name = {each["name"]: each for each in self.site.manifest["networks"]}
        return by_name[self.comparison["before"]], by_name[self.comparison["after"]]

    def sides(self, layers: LayerPair) -> tuple[Layer, Layer]:
        """Return a layer before and after."""
        names = self.comparison["before"], self.comparison["after"]
        return self.layers[names[0], layers["before"]][1], self.layers[names[1], layers["after"]][1]

    @property
    def unpaired(self) -> tuple[list[Layer], list[Layer]]:
        """The layers without a partner, before and after."""
        before, after = (
            [self.layers[name, layer][1] for layer in layers]
            for name, layers in zip(
                (self.comparison["before"], self.comparison["after"]),
                self.comparison["unpaired"],
                strict=True,
            )
        )
        return before, after

    def before(self, layers: LayerPair, index: int, **options: bool) -> Half:
        """Return a filter before; ``options`` are those of ``Site.face``."""
        return self._half(self.comparison["before"], layers["before"], index, options)

    def after(self, layers: LayerPair, index: int, **options: bool) -> Half:
        """Return a filter after; ``options`` are those of ``Site.face``."""
        return self._half(self.comparison["after"], layers["after"], index, options)

    def tile(self, layers: LayerPair, pair: Pair, **options: bool) -> PairTile:
        """Return a pair as a tile; ``options`` are those of ``Site.face``."""
        before = self.before(layers, pair["before"]["index"], **options)
        return PairTile(layers, pair, before, self.after(layers, pair["after"]["index"], **options))

    def _half(self, network: str, name: str, index: int, options: Mapping[str, bool]) -> Half:
        own, layer = self.layers[network, name]
        filter = filter_of(layer, index)
        face = self.site.face(filter, layer, own, ROOT, **options)
        return Half(index, layer_folder(layer) + filter["href"], face)


def changed_layers(comparison: Comparison) -> list[LayerPair]:
    """Return the layers that have something to show."""
    return [layers for layers in comparison["layers"] if not layers["unchanged"]]


def most_changed(comparison: Comparison, most: int) -> list[tuple[LayerPair, Pair]]:
    """Return the most changed pairs over all layers; none that did not change.

    Filters that died or were born come first, but take no more than half of the places that others
    could have: their pictures say the same of each.
    """
    pairs = sorted(_changed(comparison["layers"]), key=lambda each: -each[1]["change"])
    gone = [each for each in pairs if each[1]["change"] == DIED]
    others = pairs[len(gone) :]
    return [*gone[: max(most // 2, most - len(others))], *others][:most]


def most_alike(comparison: Comparison, most: int) -> list[tuple[LayerPair, Pair]]:
    """Return the most alike pair of each layer, in the order of the network before.

    Only pairs that are each other's most similar filter count, so there is none where filters are
    matched by index. Of more layers than ``most``, those are left out whose pairs are least alike.
    """
    found = [(each, max(alike, key=_correlation)) for each, alike in _mutual(comparison["layers"])]
    ranked = sorted(range(len(found)), key=lambda place: -_correlation(found[place][1]))
    return [found[place] for place in sorted(ranked[:most])]


def _mutual(layers: Sequence[LayerPair]) -> Iterator[tuple[LayerPair, list[Pair]]]:
    for each in layers:
        alike = [pair for pair in each["pairs"] if pair["mutual"] and _correlation(pair) > 0]
        if alike:
            yield each, alike


def _correlation(pair: Pair) -> float:
    return pair["correlation"] or 0.0


def _changed(layers: Sequence[LayerPair]) -> Iterator[tuple[LayerPair, Pair]]:
    return ((each, pair) for each in layers for pair in each["pairs"] if pair["change"] > 0)
