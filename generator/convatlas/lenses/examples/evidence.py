"""The results of the image set on a filter's page: images, histograms, classes and neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from convatlas.lenses.attribution.entries import AttributionEntry, attributed
from convatlas.lenses.examples.entries import Example, ExamplesEntry, examples
from convatlas.lenses.examples.image_crops import CropPainter
from convatlas.lenses.examples.near import Near, near
from convatlas.lenses.examples.traces import Traces
from convatlas.lenses.parts.view import FilterPage
from convatlas.model.manifest import ImageSet
from convatlas.ui.charts.bar import bar
from convatlas.ui.charts.histogram import Histogram, histogram
from convatlas.ui.fast_jinja import text
from convatlas.ui.page import image_page
from convatlas.ui.text import number, plural, quantile


class ImageCrop(NamedTuple):
    """An image as shown on a page: its window, its response, and a text."""

    drawing: str  # SVG; empty if the image is not published
    page: str | None  # the image's own page, from the site's root
    response: str
    relative: str  # response / highest response; empty for the highest itself, and below zero
    text: str
    place: str = ""  # for images of the range, the quantile
    traced: str = ""  # SVG of the pixels that the filter responds to


class Class(NamedTuple):
    """A class of images; the length of its bar, as ``ui.charts.bar`` returns it, is its mean over
    the highest response.
    """

    label: str
    images: int
    mean: str
    gap: str
    bar: str


@dataclass(frozen=True)
class Evidence:
    """Everything that images show about one filter; empty or None if unknown."""

    top: Markup  # list items, as for ``range`` and ``lowest``
    bare: bool  # whether none of the strongest images is published
    heated: bool  # whether any image has a heat map, which a reader can switch off
    methods: Sequence[str]  # the attribution methods that a reader can select
    range: Markup  # empty if there is only one image
    plain: bool  # whether the range is shown without images
    lowest: Markup
    histogram: Histogram | None
    positions: Histogram | None
    classes: Sequence[Class]
    near: Sequence[tuple[str, Sequence[Near]]]


def evidence(page: FilterPage) -> Evidence | None:
    """Return the evidence for a filter; None without images, and only a part for a dead filter."""
    entry = examples(page.filter)
    if entry is None:
        return None
    images = _Images(CropPainter(entry, page.layer, page.network, page.root, page.at), page.images)
    sign = 1 if entry["bounds"]["highest"] > 0 else 0
    top = [
        images.crop(example, heat=sign * example["response"] > 0, tile=place)
        for place, example in enumerate(entry["top"])
    ]
    strongest, methods = _traced(top, attributed(page.filter), page.at)
    bare = not any(crop.drawing for crop in strongest)
    listed = _items(strongest, page.root)
    if page.filter["dead"]:
        heated, none = images.drawn.heated, Markup()
        return Evidence(listed, bare, heated, methods, none, True, none, None, None, (), ())
    lowest = [
        images.crop({**example, "relative": None}, heat=example["response"] < 0)
        for example in entry["lowest"]
    ]
    weaker = _alike([images.placed(example) for example in entry["range"]])
    return Evidence(
        listed,
        bare,
        images.drawn.heated,
        methods,
        range=_items(weaker, page.root) if len(weaker) > 1 else Markup(),
        plain=not any(crop.drawing for crop in weaker),
        lowest=_items(lowest, page.root),
        histogram=_histogram(entry),
        positions=histogram(entry["positions"], 48, "the response at a sample of positions"),
        classes=list(_classes(entry)),
        near=list(near(entry["nearest"], page.layer, page.site.tiles)),
    )


def _items(crops: Iterable[ImageCrop], root: str) -> Markup:
    """Return the items of a list of images, without a template, since each page has about 20."""
    return Markup("".join(_item(crop, root) for crop in crops))


def _item(crop: ImageCrop, root: str) -> str:
    response = f"{crop.drawing}{crop.traced}<b>{crop.response}</b>"
    label = f" {text(crop.text)}" if crop.text else ""
    share = f" <i>{crop.relative}</i>" if crop.relative else ""
    inside = f"{response}{label}{share}"
    if crop.place:
        lines = (f"{response}{share}", label.lstrip(), crop.place)
        inside = " <br>".join(line for line in lines if line)
    if crop.page is None:
        return f"<li>{inside}"
    return f"<li><a href={text(root + crop.page)}>{inside}</a>"


@dataclass(frozen=True)
class _Images:
    """Makes crops of the images of a set."""

    drawn: CropPainter
    images: ImageSet | None

    def crop(
        self, example: Example, *, heat: bool = False, tile: int | None = None, place: str = ""
    ) -> ImageCrop:
        relative = example["relative"]
        return ImageCrop(
            self.drawn.draw(example, heat=heat, tile=tile),
            image_page(self.images, example["image"]),
            number(example["response"]),
            _share(relative),
            self._text(example),
            place,
        )

    def placed(self, example: Example) -> ImageCrop:
        """Return an image of the range, with its quantile."""
        return self.crop(example, place=quantile(example["quantile"], example.get("drawn", False)))

    def _text(self, example: Example) -> str:
        """Return an image's label; for an unpublished image, also its number and the position."""
        label: str | None = example["label"]
        if not self.images or self.images["publish"] != "none":
            return label or ""
        row, column = example["position"]
        named = f" ({label})" if label else ""
        return f"in image {example['image']}{named} at row {row}, column {column}"


def _share(relative: float | None) -> str:
    """Format a fraction of the highest response, so that no lower response is shown as 1."""
    if not relative or not 0 < relative < 1:
        return ""
    if relative >= 0.995:
        return "0.99+"
    return f"{relative:.2f}" if relative >= 0.095 else number(relative, 2)


def _traced(
    top: Sequence[ImageCrop], attribution: AttributionEntry | None, at: str
) -> tuple[Sequence[ImageCrop], Sequence[str]]:
    """Return the strongest images with their attributions, and the names of the methods."""
    traces = Traces(attribution, at)
    traced = [
        crop._replace(traced=traces.draw(place)) if crop.drawing else crop
        for place, crop in enumerate(top)
    ]
    return traced, traces.methods if any(crop.traced for crop in traced) else ()


def _alike(crops: Sequence[ImageCrop]) -> Sequence[ImageCrop]:
    """Return the crops; all without drawings if any of them has none."""
    if all(crop.drawing for crop in crops):
        return crops
    return [crop._replace(drawing="") for crop in crops]


def _histogram(entry: ExamplesEntry) -> Histogram | None:
    subject = f"the highest response to {plural(entry['sampled'], 'image')}"
    drawn = [(each["response"], each.get("drawn", False)) for each in entry["range"]]
    return histogram(
        entry["histogram"],
        80,
        subject,
        [response for response, random in drawn if not random],
        [response for response, random in drawn if random],
    )


def _classes(entry: ExamplesEntry) -> Iterator[Class]:
    highest = max(entry["bounds"]["highest"], 0)
    for each in entry["classes"]:
        share = each["mean"] / highest if highest else 0
        gap = "" if each["gap"] is None else number(each["gap"], 2)
        yield Class(
            each["label"],
            each["images"],
            number(each["mean"]),
            gap,
            bar(share),
        )
