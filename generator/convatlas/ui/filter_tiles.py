"""The tiles of all filters as pages two folders deep show them, each made once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup, escape

from convatlas.model.manifest import Filter, Image, Layer, Network, Shown
from convatlas.ui.text import number
from convatlas.ui.tile_drawing import DrawnOnce

Kind = Literal["top", "lowest", "range"]

MOST = 24
"""Filters of a layer that an image page shows of each kind; in a small set there are thousands."""
OPEN = 24
"""Tiles of a weaker kind on a page at most; where there are more, names stand there, folded."""
PAGE = 960
"""Filters of an image page; where there are more, each layer shows fewer."""

KINDS: Mapping[Kind, str] = {
    "top": "among the strongest of",
    "lowest": "among the lowest of",
    "range": "a weaker example of",
}
"""Why filters show an image: what the image is of them."""
WEAKER: Sequence[Kind] = ("lowest", "range")
"""The kinds of which tiles may be folded."""


@dataclass(frozen=True, slots=True)
class Row:
    """The filters of a layer that show an image for one reason, the strongest first."""

    kind: Kind
    title: str
    links: Markup  # to those that are shown: tiles, or names
    shown: int
    count: int  # of all of them, shown or not
    folded: bool  # whether the reader has to ask for them, and gets names


@dataclass(frozen=True, slots=True)
class Group:
    """The filters of one layer that show an image."""

    layer: Layer
    id: str
    rows: Sequence[Row]

    @property
    def strongest(self) -> int:
        """How many filters of the layer the image excites most."""
        return sum(row.count for row in self.rows if row.kind == "top")


class Tiles:
    """Gives the inside of a filter's tile by the path of its page."""

    def __init__(
        self, networks: Iterable[Network], face: Callable[[Filter, Layer, Network], Markup]
    ) -> None:
        """``face`` makes the tile of a filter of a layer of a network."""
        self._face = face
        self._made: dict[str, Markup] = {}
        self.filters: dict[str, tuple[Filter, Layer, Network]] = {
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

    def groups(self, image: Image) -> list[Group]:
        """Return the live filters that show an image, by layer in the order of the networks."""
        layers: dict[str, dict[Kind, list[Shown]]] = {}
        for entry in image["excites"]:
            filter, layer, _ = self.filters[entry["href"]]
            if not filter["dead"]:
                kinds = layers.setdefault(layer["href"], {})
                kinds.setdefault(entry["kind"], []).append(entry)
        layers = {href: _told_once(kinds) for href, kinds in layers.items()}
        most = _most([len(entries) for kinds in layers.values() for entries in kinds.values()])
        folded = {
            kind
            for kind in WEAKER
            if sum(len(kinds.get(kind, ())) for kinds in layers.values()) > OPEN
        }
        drawn = DrawnOnce()
        return [
            self._group(layers[href], most, folded, drawn)
            for href in sorted(layers, key=self._places.__getitem__)
        ]

    def _group(
        self, kinds: Mapping[Kind, list[Shown]], most: int, folded: set[Kind], drawn: DrawnOnce
    ) -> Group:
        rows = [
            self._row(kind, kinds[kind], most, None if kind in folded else drawn)
            for kind in KINDS
            if kind in kinds
        ]
        entry = next(iter(kinds.values()))[0]
        layer = self.filters[entry["href"]][1]
        return Group(layer, layer["href"].removesuffix("/index.html"), rows)

    def _row(self, kind: Kind, entries: Sequence[Shown], most: int, drawn: DrawnOnce | None) -> Row:
        """Return a row of tiles; of names, which are folded, without ``drawn``."""
        strongest = sorted(entries, key=_strength)[:most]
        links = self._walled(strongest, drawn) if drawn else self._names(strongest)
        return Row(kind, KINDS[kind], Markup(links), len(strongest), len(entries), drawn is None)

    def _names(self, entries: Sequence[Shown]) -> str:
        """Render links as text, as a page has hundreds; a script shows their pictures."""
        return "\n".join(_link(entry, _told(entry)) for entry in entries)

    def _walled(self, entries: Sequence[Shown], drawn: DrawnOnce) -> str:
        return "\n".join(
            _link(entry, f"{drawn.once(self.tile(entry['href']))}<span>{_told(entry)}</span>")
            for entry in entries
        )


def _told_once(kinds: Mapping[Kind, list[Shown]]) -> dict[Kind, list[Shown]]:
    """Without those of the range that are among the strongest, or the lowest, of the same filter.

    In a small set the first steps of a range are.
    """
    known = {entry["href"] for kind in ("top", "lowest") for entry in kinds.get(kind, ())}
    rest = [entry for entry in kinds.get("range", ()) if entry["href"] not in known]
    once = {**kinds, "range": rest}
    return {kind: entries for kind, entries in once.items() if entries}


def _strength(entry: Shown) -> tuple[float, int]:
    return -abs(entry["response"]), entry["index"]


def _link(entry: Shown, inside: str) -> str:
    return f'<a href="../../{escape(entry["href"])}">{inside}</a>'


def _told(entry: Shown) -> str:
    return f"{entry['index']}: {number(entry['response'])}"


def _most(counts: Sequence[int]) -> int:
    """Return how many tiles a row may have for all rows to fit on the page."""
    most = MOST
    while most and sum(min(count, most) for count in counts) > PAGE:
        most -= 1
    return most
