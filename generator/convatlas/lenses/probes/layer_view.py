"""One layer on a probe's page: plots, all feature maps, and the strongest filters."""

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
"""The relative URL from a probe's page to the site's root."""
TILE = (24, 128)
"""Minimum and maximum width of a feature map on the page, in pixels; the minimum allows tapping."""
WIDEST = 1216
"""Width of a page's column, in pixels."""
SMALL = 24
"""Tiles up to this size in pixels are not smoothed, since neighbours would bleed into them."""


class Card(NamedTuple):
    """One of the strongest filters, with its pictures as HTML."""

    filter: int
    href: str | None  # relative to the probe's page
    mean: str
    highest: str
    pictures: Markup


@dataclass(frozen=True)
class LayerView:
    """A layer as shown on a probe's page."""

    layer: ProbeLayer
    means: Plot
    highest: Plot
    maps: Markup
    width: int  # of all feature maps, in pixels of the page
    height: int
    order: str  # the indices of all filters, in order of falling mean response
    methods: Sequence[str]  # the methods that are shown
    same: bool  # whether one method represents all, because they are equal
    sprites: Markup
    cards: Sequence[Card]


def layer_view(site: Site, seen: SeenProbe, layer: ProbeLayer) -> LayerView:
    """Return the view of a layer on a probe's page."""
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
    """Return a function from a filter's index to the relative URL of its page, if it has one."""
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
    """Return the methods to show: only one if all are equal."""
    methods: list[str] = [method for method in METHODS if method in layer["methods"]]
    return methods[-1:] if _same(layer) else methods


def _maps(filters: int, columns: int, page: Callable[[int], str | None]) -> Markup:
    """Return a grid of links, one for each filter, in the layout of the sprite.

    The last row is padded. A page may have tens of thousands of links, so they are kept short.
    """
    tiles = [_tile(index, page(index)) for index in range(filters)]
    tiles += ["<i></i>"] * (-filters % columns)
    rows = (tiles[start : start + columns] for start in range(0, len(tiles), columns))
    return Markup("\n".join(f"<div>{''.join(row)}</div>" for row in rows))


def _tile(index: int, href: str | None) -> str:
    return f'<a href="{escape(href)}">{index}</a>' if href else f"<b>{index}</b>"


def _sprites(layer: ProbeLayer, methods: Sequence[str]) -> Markup:
    """Return the sprites that the cards take their tiles from, as SVG images at their own size."""
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
    """Return the filter's thumbnail, usually the picture that was made for it."""
    if not entry["href"]:
        return Markup('<span class="none">not shown</span>')
    return site.face(*site.tiles.filters[entry["href"]], root=ROOT)


def _window(seen: SeenProbe, entry: StrongFilter) -> Markup:
    """Return the part of the probe that excites the filter most, with the field's frame."""
    if seen["picture"] is None:
        return Markup('<span class="none">not there yet</span>')
    window, frame = entry["window"], ""
    if window["framed"]:
        left, top, right, bottom = entry["box"]
        frame = f'<path d="M{left} {top}H{right}V{bottom}H{left}z"/>'
    sides = (window[name] for name in ("left", "top", "width", "height"))
    return _cut(sides, f'<use href="#probe"/>{frame}')


def _map(seen: SeenProbe, layer: ProbeLayer, index: int) -> Markup:
    """Return the filter's feature map over the probe, which is lit where the filter responds."""
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
    """Return the filter's tile by a method, or "none" if the method has no tile of the filter."""
    traced = layer["methods"][method]
    if index not in traced["filters"]:
        return Markup('<span class="none">none</span>')
    high, wide = traced["tile"]
    place = traced["filters"].index(index)
    kind = 'class="px" ' if max(wide, high) <= SMALL else ""
    return _cut((place * wide, 0, wide, high), f'<use href="#{layer["slug"]}-{method}"/>', kind)


def _cut(sides: Sequence[int] | Iterator[int], inside: str, kind: str = "") -> Markup:
    left, top, width, height = sides
    view = f'viewBox="{left} {top} {width} {height}"'
    if width != height:  # clip it as well: otherwise a square would also show its neighbours
        place = f'x="{left}" y="{top}" width="{width}" height="{height}"'
        inside = f"<svg {place} {view}>{inside}</svg>"
    return Markup(f"<svg {kind}{view}>{inside}</svg>")
