"""The tiles of all filters as pages two folders deep show them, each made once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

Fact = Mapping[str, Any]

MOST = 24
"""Tiles of a layer that an image page shows of each kind; in a small set there are thousands."""
OPEN = 24
"""Tiles of a kind that are shown at once; where there are more of weaker kinds, on demand."""

TITLES = {
    "top": "Filters that it excites most",
    "lowest": "Filters that it inhibits most",
    "range": "Filters that show it as a weaker example",
}
"""The kinds of entries, with their headings."""


@dataclass(frozen=True, slots=True)
class Group:
    """The filters of one layer that show an image, and how many more do."""

    layer: Fact
    tiles: Sequence[tuple[Fact, Markup]]  # an entry of the image with the filter's tile
    more: int


@dataclass(frozen=True, slots=True)
class Part:
    """Why filters show an image: ``kind`` in one word, ``title`` in more."""

    kind: str
    title: str
    groups: Sequence[Group]
    count: int
    folded: bool  # whether the reader has to ask for them


class Tiles:
    """Gives the inside of a filter's tile by the path of its page."""

    def __init__(
        self, networks: Iterable[Fact], face: Callable[[Fact, Fact, Fact], Markup]
    ) -> None:
        """``face`` makes the tile of a filter of a layer of a network."""
        self._face = face
        self._made: dict[str, Markup] = {}
        self.filters = {
            layer["href"].removesuffix("index.html") + filter["href"]: (filter, layer, network)
            for network in networks
            for layer in network["layers"]
            for filter in layer["filters"]
        }
        self._order = {layer["href"]: None for _, layer, _ in self.filters.values()}
        self._places = {href: place for place, href in enumerate(self._order)}

    def tile(self, href: str) -> Markup:
        """The tile of a filter; raises KeyError where the site has no such page."""
        if href not in self._made:
            self._made[href] = self._face(*self.filters[href])
        return self._made[href]

    def parts(self, image: Fact) -> Iterator[Part]:
        """The live filters that show an image, kind by kind and layer by layer."""
        for kind, title in TITLES.items():
            groups = self._groups([entry for entry in image["excites"] if entry["kind"] == kind])
            count = sum(len(group.tiles) + group.more for group in groups)
            if groups or kind == "top":
                yield Part(kind, title, groups, count, kind != "top" and count > OPEN)

    def _groups(self, entries: Iterable[Fact]) -> list[Group]:
        layers: dict[str, list[Fact]] = {}
        for entry in entries:
            filter, layer, _ = self.filters[entry["href"]]
            if not filter["dead"]:
                layers.setdefault(layer["href"], []).append(entry)
        return [self._group(layers[href]) for href in sorted(layers, key=self._places.__getitem__)]

    def _group(self, entries: Sequence[Fact]) -> Group:
        """Those that answer most, where there are many, in the order of their indices."""
        strongest = sorted(entries, key=lambda entry: -abs(entry["response"]))[:MOST]
        shown = sorted(strongest, key=lambda entry: entry["index"])
        layer = self.filters[entries[0]["href"]][1]
        tiles = [(entry, self.tile(entry["href"])) for entry in shown]
        return Group(layer, tiles, len(entries) - len(shown))
