"""What a probe's page shows of one layer: plots, all feature maps, and the strongest filters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup, escape

from convatlas.config.schema import METHODS
from convatlas.lenses.probes.entries import ProbeLayer, SeenProbe, StrongFilter
from convatlas.ui.charts.response_plot import Plot, plot
from convatlas.ui.page import Site
from convatlas.ui.text import number

ROOT = "../../../"
"""From a probe's page to the site's root."""
TILE = (24, 128)
"""Pixels that a feature map takes of the page: large enough for a finger, and not too large."""
WIDEST = 1216
"""Pixels of a page's column."""
SMALL = 24
"""Tiles of so few pixels are shown as squares: smoothed, they would run into their neighbours."""


class Card(NamedTuple):
    """One of the strongest filters; what it shows is drawn already."""

    filter: int
    href: str | None  # from the probe's page
    mean: str
    highest: str
    pictures: Markup


@dataclass(frozen=True)
class LayerView:
    """A layer as a probe's page shows it."""

    layer: ProbeLayer
    means: Plot
    highest: Plot
    maps: Markup
    width: int  # of all feature maps, in pixels of the page
    height: int
    order: str  # the indices of all filters, the strongest mean first
    methods: Sequence[str]  # those that are shown
    same: bool  # whether one is shown for all, since they are the same
    sprites: Markup
    cards: Sequence[Card]


def layer_view(site: Site, seen: SeenProbe, layer: ProbeLayer) -> LayerView:
    """What is shown of a layer of a probe."""
    page = _pages(site, layer)
    order = _strongest(layer["means"])
    marked = [entry["index"] for entry in layer["top"]]
    first = _strongest(layer["highest"])[: seen["top"]]
    columns, (high, wide) = layer["maps"]["columns"], layer["maps"]["tile"]
    shown = min(max(WIDEST // columns, TILE[0]), TILE[1])
    rows = -(-layer["filters"] // columns)
    methods = _methods(layer)
    return LayerView(
        layer=layer,
        means=plot(layer["means"], marked, "Mean response", page),
        highest=plot(layer["highest"], first, "Highest response", page),
        maps=_maps(layer["filters"], columns, page),
        width=columns * shown,
        height=max(round(rows * shown * high / wide), 1),
        order=" ".join(map(str, order)),
        methods=methods,
        same=_same(layer),
        sprites=_sprites(layer, methods),
        cards=[_card(site, seen, layer, methods, entry) for entry in layer["top"]],
    )


def _pages(site: Site, layer: ProbeLayer) -> Callable[[int], str | None]:
    """The address of a filter's page by its index, from the probe's page; None without one."""
    folder = (layer["href"] or "").removesuffix("index.html")

    def page(index: int) -> str | None:
        path = folder + site.layout.address(index)
        return ROOT + path if path in site.tiles.filters else None

    return page


def _strongest(values: Sequence[float]) -> list[int]:
    return sorted(range(len(values)), key=lambda index: -values[index])


def _same(layer: ProbeLayer) -> bool:
    return layer["rectifiers"] == 0 and len(layer["methods"]) > 1


def _methods(layer: ProbeLayer) -> list[str]:
    """The methods to show; one where they are all the same."""
    methods: list[str] = [method for method in METHODS if method in layer["methods"]]
    return methods[-1:] if _same(layer) else methods


def _maps(filters: int, columns: int, page: Callable[[int], str | None]) -> Markup:
    """A grid of links, one a filter, row by row as in the sprite; the last row is filled up.

    There may be tens of thousands on a page: not a letter more than it takes.
    """
    tiles = [_tile(index, page(index)) for index in range(filters)]
    tiles += ["<i></i>"] * (-filters % columns)
    rows = (tiles[start : start + columns] for start in range(0, len(tiles), columns))
    return Markup("\n".join(f"<div>{''.join(row)}</div>" for row in rows))


def _tile(index: int, href: str | None) -> str:
    return f'<a href="{escape(href)}">{index}</a>' if href else f"<b>{index}</b>"


def _sprites(layer: ProbeLayer, methods: Sequence[str]) -> Markup:
    """The sprites that the cards cut their tiles from, in pixels of their own."""
    pictures = {"maps": layer["maps"]["picture"]}
    pictures |= {method: layer["methods"][method]["picture"] for method in methods}
    images = (
        Markup('<image id="{}-{}" href="{}{}" width="{}" height="{}"/>').format(
            layer["slug"], name, ROOT, picture["file"], picture["width"], picture["height"]
        )
        for name, picture in pictures.items()
    )
    return Markup("").join(images)


def _card(
    site: Site, seen: SeenProbe, layer: ProbeLayer, methods: Sequence[str], entry: StrongFilter
) -> Card:
    views = [_face(site, entry), _window(seen, entry), _map(seen, layer, entry["index"])]
    views += [_traced(layer, method, entry["index"]) for method in methods]
    return Card(
        filter=entry["index"],
        href=entry["href"] and ROOT + entry["href"],
        mean=number(entry["mean"]),
        highest=number(entry["highest"]),
        pictures=Markup("").join(views),
    )


def _face(site: Site, entry: StrongFilter) -> Markup:
    """The filter's own tile: the picture that was made for it, as a rule."""
    if not entry["href"]:
        return Markup('<span class="none">not shown</span>')
    return site.face(*site.tiles.filters[entry["href"]], root=ROOT)


def _window(seen: SeenProbe, entry: StrongFilter) -> Markup:
    """The part of the probe that makes the filter answer most, with a frame around what it sees."""
    if seen["picture"] is None:
        return Markup('<span class="none">not there yet</span>')
    window, frame = entry["window"], ""
    if window["framed"]:
        left, top, right, bottom = entry["box"]
        frame = f'<path d="M{left} {top}H{right}V{bottom}H{left}z"/>'
    sides = (window[name] for name in ("left", "top", "width", "height"))
    return _cut(sides, f'<use href="#probe"/>{frame}')


def _map(seen: SeenProbe, layer: ProbeLayer, index: int) -> Markup:
    """The filter's feature map over the probe, lit where it answers; cells are squares."""
    high, wide = layer["maps"]["tile"]
    row, column = divmod(index, layer["maps"]["columns"])
    height, width = seen["size"]
    tile = (
        f'<svg class="px" width="{width}" height="{height}" preserveAspectRatio="none"'
        f' viewBox="{column * wide} {row * high} {wide} {high}">'
        f'<use href="#{layer["slug"]}-maps"/></svg>'
    )
    under = '<use href="#probe"/>' if seen["picture"] else ""
    return _cut((0, 0, width, height), under + tile)


def _traced(layer: ProbeLayer, method: str, index: int) -> Markup:
    """What a method tells of the filter; nothing where its record tells of other filters."""
    told = layer["methods"][method]
    if index not in told["filters"]:
        return Markup('<span class="none">none</span>')
    high, wide = told["tile"]
    place = told["filters"].index(index)
    kind = 'class="px" ' if max(wide, high) <= SMALL else ""
    return _cut((place * wide, 0, wide, high), f'<use href="#{layer["slug"]}-{method}"/>', kind)


def _cut(sides: Sequence[int] | Iterator[int], inside: str, kind: str = "") -> Markup:
    left, top, width, height = sides
    view = f'viewBox="{left} {top} {width} {height}"'
    if width != height:  # cut inside, too: beside it a square has room for its neighbours
        place = f'x="{left}" y="{top}" width="{width}" height="{height}"'
        inside = f"<svg {place} {view}>{inside}</svg>"
    return Markup(f"<svg {kind}{view}>{inside}</svg>")
