"""What a filter's page shows of the image set: images, histograms, classes and neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from markupsafe import Markup

from convatlas.ui.charts.histogram import Histogram, histogram
from convatlas.ui.fast_jinja import text
from convatlas.ui.filter_tiles import Tiles
from convatlas.ui.image_crops import CropPainter, Traces
from convatlas.ui.text import number, plural, quantile
from convatlas.ui.thumbnails import image_page

Fact = Mapping[str, Any]
NEAR = 3
"""Tiles of filters that are near, in each of the three places."""
PLACES = {
    "layer": "In its layer",
    "network": "In other layers",
    "atlas": "In other networks",
}


class ImageCrop(NamedTuple):
    """An image as a page shows it: its window, the response, and what is told beside it."""

    drawing: str  # empty where nothing of the image is published
    page: str | None  # the image's own page, from the site's root
    response: str
    relative: str  # in units of the highest; empty for the highest itself, and below zero
    told: str
    place: str = ""  # of the range: its quantile
    traced: str = ""  # what of the image made the filter answer


class Class(NamedTuple):
    """A class of images, with the bar for its mean: its share of the highest response."""

    label: str
    images: int
    mean: str
    gap: str
    bar: str


class Near(NamedTuple):
    """A filter that answers alike; ``href`` is told from the page."""

    href: str
    name: str
    correlation: str
    face: Markup


@dataclass(frozen=True)
class Evidence:
    """Everything that is known of one filter from images; empty or None where it is not."""

    top: Markup  # items of a list, as all images are
    bare: bool  # whether nothing of the strongest is published
    heated: bool  # whether there is heat over pictures, which a reader may switch off
    methods: Sequence[str]  # by which a reader may ask what in the strongest mattered
    range: Markup  # empty where there is but one
    plain: bool  # whether the range has no windows
    lowest: Markup
    histogram: Histogram | None
    positions: Histogram | None
    classes: Sequence[Class]
    near: Sequence[tuple[str, Sequence[Near]]]


def evidence(
    filter: Fact,
    layer: Fact,
    network: Fact,
    images: Fact | None,
    root: str,
    tiles: Tiles,
    at: str = "",
) -> Evidence | None:
    """What is known of a filter; None where no image was shown, little where it is dead.

    :param at: goes before every id, where the page tells of several filters.
    """
    examples = filter["examples"]
    if examples is None:
        return None
    shots = _Shown(CropPainter(examples, layer, network, root, at), images)
    sign = 1 if examples["bounds"]["highest"] > 0 else 0
    top = [
        shots.shot(example, heat=sign * example["response"] > 0, tile=place)
        for place, example in enumerate(examples["top"])
    ]
    strongest, methods = _traced(top, filter["attribution"], at)
    bare = not any(shot.drawing for shot in strongest)
    listed = _items(strongest, root)
    if filter["dead"]:
        heated, none = shots.drawn.heated, Markup()
        return Evidence(listed, bare, heated, methods, none, True, none, None, None, (), ())
    lowest = [
        shots.shot({**example, "relative": None}, heat=example["response"] < 0)
        for example in examples["lowest"]
    ]
    weaker = _alike([shots.placed(example) for example in examples["range"]])
    return Evidence(
        listed,
        bare,
        shots.drawn.heated,
        methods,
        range=_items(weaker, root) if len(weaker) > 1 else Markup(),
        plain=not any(shot.drawing for shot in weaker),
        lowest=_items(lowest, root),
        histogram=_histogram(examples),
        positions=histogram(examples["positions"], 48, "the response at a sample of positions"),
        classes=list(_classes(examples)),
        near=list(_near(examples["nearest"], layer, tiles)),
    )


def _items(shots: Iterable[ImageCrop], root: str) -> Markup:
    """The items of a list of images: there are twenty a page, so they are written at once."""
    return Markup("\n".join(_item(shot, root) for shot in shots))


def _item(shot: ImageCrop, root: str) -> str:
    response = f"{shot.drawing}{shot.traced}<b>{shot.response}</b>"
    told = f" {text(shot.told)}" if shot.told else ""
    share = f" <i>{shot.relative}</i>" if shot.relative else ""
    inside = f"{response}{told}{share}"
    if shot.place:
        inside = f"{response}{share}<br>{told.lstrip()}<span>{shot.place}</span>"
    if shot.page is None:
        return f"<li>{inside}"
    return f'<li><a href="{text(root + shot.page)}">{inside}</a>'


@dataclass(frozen=True)
class _Shown:
    """Makes shots; ``images`` is the set they are from."""

    drawn: CropPainter
    images: Fact | None

    def shot(
        self, example: Fact, *, heat: bool = False, tile: int | None = None, place: str = ""
    ) -> ImageCrop:
        relative = example["relative"]
        return ImageCrop(
            self.drawn.draw(example, heat=heat, tile=tile),
            image_page(self.images, example["image"]),
            number(example["response"]),
            _share(relative),
            self._told(example),
            place,
        )

    def placed(self, example: Fact) -> ImageCrop:
        """An image of the range, with its place in the set."""
        return self.shot(example, place=quantile(example["quantile"], example.get("drawn", False)))

    def _told(self, example: Fact) -> str:
        """The label; of an image that is not published, which it is and where."""
        label: str | None = example["label"]
        if not self.images or self.images["publish"] != "none":
            return label or ""
        row, column = example["position"]
        named = f" ({label})" if label else ""
        return f"in image {example['image']}{named} at row {row}, column {column}"


def _share(relative: float | None) -> str:
    """A response in units of the highest, so that what is below it is never told as one."""
    if not relative or not 0 < relative < 1:
        return ""
    if relative >= 0.995:
        return "0.99+"
    return f"{relative:.2f}" if relative >= 0.095 else number(relative, 2)


def _traced(
    top: Sequence[ImageCrop], attribution: Fact | None, at: str
) -> tuple[Sequence[ImageCrop], Sequence[str]]:
    """The strongest images, with what in them mattered where they are shown; by which methods."""
    traces = Traces(attribution, at)
    traced = [
        shot._replace(traced=traces.draw(place)) if shot.drawing else shot
        for place, shot in enumerate(top)
    ]
    return traced, traces.methods if any(shot.traced for shot in traced) else ()


def _alike(shots: Sequence[ImageCrop]) -> Sequence[ImageCrop]:
    """Without windows where some of the images have none."""
    if all(shot.drawing for shot in shots):
        return shots
    return [shot._replace(drawing="") for shot in shots]


def _histogram(examples: Fact) -> Histogram | None:
    subject = f"the highest response to {plural(examples['sampled'], 'image')}"
    drawn = [(entry["response"], entry.get("drawn", False)) for entry in examples["range"]]
    return histogram(
        examples["histogram"],
        80,
        subject,
        [response for response, random in drawn if not random],
        [response for response, random in drawn if random],
    )


def _classes(examples: Fact) -> Iterator[Class]:
    highest = max(examples["bounds"]["highest"], 0)
    for entry in examples["classes"]:
        share = entry["mean"] / highest if highest else 0
        gap = "" if entry["gap"] is None else number(entry["gap"], 2)
        yield Class(
            entry["label"],
            entry["images"],
            number(entry["mean"]),
            gap,
            f"{min(max(share, 0), 1):.2g}",
        )


def _near(
    nearest: Sequence[Fact], layer: Fact, tiles: Tiles
) -> Iterator[tuple[str, Sequence[Near]]]:
    """The filters that are near, under the words for each place."""
    own = layer["href"].removesuffix("index.html")
    for where, title in PLACES.items():
        entries = [
            entry
            for entry in nearest
            if entry["where"] == where and entry["href"] in tiles.filters  # or it is not shown
        ]
        if entries:
            yield title, [_neighbour(entry, own, tiles) for entry in entries[:NEAR]]


def _neighbour(entry: Fact, own: str, tiles: Tiles) -> Near:
    """A filter under what a reader does not know of it: its layer, its network.

    Addresses leave out what they have in common with ``own``, the folder of the page.
    """
    href, where = entry["href"], entry["where"]
    filter, layer, network = tiles.filters[href]
    far, near = f"../../{own[: own.index('/') + 1]}", "../"
    if where == "layer":
        name, far, near = f"{filter['index']}", f"../../{own}", ""
    elif where == "network":
        name = f"{layer['name']} / {filter['index']}"
    else:
        name = f"{network['name']} / {layer['name']} / {filter['index']}"
    face = Markup(str.replace(tiles.tile(href), far, near))  # as Markup would it takes long
    return Near(f"../../{href}".replace(far, near), name, number(entry["correlation"], 2), face)
