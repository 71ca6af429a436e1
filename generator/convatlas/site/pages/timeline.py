"""The page of networks in the order of time: each filter as a film, each layer in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypedDict

from convatlas.model.comparison import Comparison, LayerPair, Pair, Timeline
from convatlas.model.manifest import Layer, Network
from convatlas.site.compared import Compared, Half, comparisons
from convatlas.ui.charts.over_time import OverTime, over_time
from convatlas.ui.page import Page, Site

FILMS = 24
"""Maximum number of filters of a layer, the most changed ones."""


class Film(NamedTuple):
    """A filter of the last network and its partners in those before."""

    frames: Sequence[Half | None]
    """One a network; None where it has no partner."""
    curve: OverTime
    """Its correlation to the last."""


class LayerOverTime(NamedTuple):
    """A layer of the last network that changed at any time."""

    layer: Layer
    medians: Sequence[float | None]
    """The median correlation to the last, by network."""
    ckas: Sequence[float | None]
    dead: Sequence[int | None]
    """Dead filters, by network."""
    films: Sequence[Film]
    pages: Sequence[str | None]
    """The page of all pairs with each network before, from the site's root; None without."""


class TimelineContext(TypedDict):
    """The context of ``compare/timeline.html``, in addition to that of all pages."""

    networks: Sequence[Network]
    """In the order of time."""
    told: Sequence[Comparison]
    """The last network's comparisons with those before."""
    rows: Sequence[LayerOverTime]
    unchanged: Sequence[str]
    """The names of the layers that never changed."""


class _Moment(NamedTuple):
    """A network before the last, as far as a layer is concerned."""

    compared: Compared
    layers: LayerPair
    pairs: Mapping[int, Pair]
    """By the filter of the last network."""


def timeline_pages(site: Site, timeline: Timeline) -> Iterator[Page]:
    """Yield the page of a timeline."""
    *earlier, last = timeline["networks"]
    by_names = {(each["before"], each["after"]): each for each in comparisons(site.manifest)}
    told = [by_names[name, last] for name in earlier]
    compared = [Compared(site, each) for each in told]
    final = compared[-1].networks[1]
    moments = [(layer, _moments(compared, layer)) for layer in final["layers"]]
    same = [layer["name"] for layer, some in moments if any(some) and not _changed(some)]
    context: TimelineContext = {
        "networks": [*(each.networks[0] for each in compared), final],
        "told": told,
        "rows": [_row(layer, some, last) for layer, some in moments if _changed(some)],
        "unchanged": same,
    }
    yield site.page("compare/timeline.html", timeline["href"], [site.top], **context)


def _moments(compared: Sequence[Compared], layer: Layer) -> list[_Moment | None]:
    """Return what became of a layer of the last network, by network before."""
    return [_moment(each, layer["name"]) for each in compared]


def _moment(compared: Compared, name: str) -> _Moment | None:
    found = (each for each in compared.comparison["layers"] if each["after"] == name)
    layers = next(found, None)
    if layers is None:
        return None
    return _Moment(compared, layers, {pair["after"]["index"]: pair for pair in layers["pairs"]})


def _changed(moments: Sequence[_Moment | None]) -> bool:
    return any(each and not each.layers["unchanged"] for each in moments)


def _row(layer: Layer, moments: Sequence[_Moment | None], last: str) -> LayerOverTime:
    final = next(each for each in moments if each)
    layers = [each and each.layers for each in moments]
    return LayerOverTime(
        layer,
        [*(each and each["correlation"] for each in layers), 1.0],
        [*(each and each["cka"] for each in layers), 1.0],
        [*(each and each["dead"][0] for each in layers), final.layers["dead"][1]],
        [_film(final, moments, index, last) for index in _most_changed(moments)],
        [None if each is None or each["unchanged"] else each["href"] for each in layers],
    )


def _most_changed(moments: Sequence[_Moment | None]) -> list[int]:
    """Return the filters of the last network that changed most, over all networks before."""
    changes: dict[int, float] = {}
    for each in moments:
        for index, pair in each.pairs.items() if each else ():
            changes[index] = changes.get(index, 0.0) + pair["change"]
    ranked = sorted(changes, key=lambda index: (-changes[index], index))
    return [index for index in ranked[:FILMS] if changes[index] > 0]


def _film(final: _Moment, moments: Sequence[_Moment | None], index: int, last: str) -> Film:
    frames = [_frame(each, index) for each in moments]
    values = [each and _correlation(each, index) for each in moments]
    return Film(
        [*frames, final.compared.after(final.layers, index)],
        over_time([*values, 1.0], f"Correlation of filter {index} to {last}"),
    )


def _frame(moment: _Moment | None, index: int) -> Half | None:
    if moment is None:
        return None
    if moment.layers["unchanged"]:
        shown = {filter["index"] for filter in moment.compared.sides(moment.layers)[0]["filters"]}
        return moment.compared.before(moment.layers, index) if index in shown else None
    pair = moment.pairs.get(index)
    return moment.compared.before(moment.layers, pair["before"]["index"]) if pair else None


def _correlation(moment: _Moment, index: int) -> float | None:
    if moment.layers["unchanged"]:
        return 1.0
    pair = moment.pairs.get(index)
    return pair["correlation"] if pair else None
