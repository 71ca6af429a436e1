"""What a filter's page shows of the image set: images, histograms, classes and neighbours."""

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
from convatlas.ui.charts.histogram import Histogram, histogram
from convatlas.ui.fast_jinja import text
from convatlas.ui.page import image_page
from convatlas.ui.text import number, plural, quantile


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


def evidence(page: FilterPage) -> Evidence | None:
    """Return what is known of a filter; None where no image was shown, little where it is dead."""
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
    """The items of a list of images: there are twenty a page, so they are written at once."""
    return Markup("\n".join(_item(crop, root) for crop in crops))


def _item(crop: ImageCrop, root: str) -> str:
    response = f"{crop.drawing}{crop.traced}<b>{crop.response}</b>"
    told = f" {text(crop.told)}" if crop.told else ""
    share = f" <i>{crop.relative}</i>" if crop.relative else ""
    inside = f"{response}{told}{share}"
    if crop.place:
        inside = f"{response}{share}<br>{told.lstrip()}<span>{crop.place}</span>"
    if crop.page is None:
        return f"<li>{inside}"
    return f'<li><a href="{text(root + crop.page)}">{inside}</a>'


@dataclass(frozen=True)
class _Images:
    """Makes crops; ``images`` is the set they are from."""

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
            self._told(example),
            place,
        )

    def placed(self, example: Example) -> ImageCrop:
        """An image of the range, with its place in the set."""
        return self.crop(example, place=quantile(example["quantile"], example.get("drawn", False)))

    def _told(self, example: Example) -> str:
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
    top: Sequence[ImageCrop], attribution: AttributionEntry | None, at: str
) -> tuple[Sequence[ImageCrop], Sequence[str]]:
    """The strongest images, with what in them mattered where they are shown; by which methods."""
    traces = Traces(attribution, at)
    traced = [
        crop._replace(traced=traces.draw(place)) if crop.drawing else crop
        for place, crop in enumerate(top)
    ]
    return traced, traces.methods if any(crop.traced for crop in traced) else ()


def _alike(crops: Sequence[ImageCrop]) -> Sequence[ImageCrop]:
    """Without windows where some of the images have none."""
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
            f"{min(max(share, 0), 1):.2g}",
        )
