"""Effects on a filter's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypedDict

from markupsafe import Markup

from convatlas.lenses.effects import text
from convatlas.lenses.effects.class_choice import MOST
from convatlas.lenses.effects.entries import (
    ClassEffect,
    EffectsEntry,
    ImageEffect,
    LayerEffectsEntry,
    effects,
    layer_effects,
)
from convatlas.lenses.examples.entries import examples
from convatlas.lenses.parts.view import FilterPage, PageSection, View
from convatlas.model.manifest import File, Filter
from convatlas.ui.charts.bar import bar
from convatlas.ui.page import image_page
from convatlas.ui.text import number

SHOWN = 3
"""Maximum number of classes that are shown as raised, and as lowered; also of images."""


class Bar(NamedTuple):
    """A class as a row of the chart."""

    name: str
    logit: str
    length: str
    """Of the longest bar, as ``ui.charts.bar`` returns it."""
    raised: bool
    images: int


class ImageBar(NamedTuple):
    """An image as a row of the chart."""

    name: str
    """Its label or, without one, what it is called."""
    href: str | None
    """Its page, from the site's root; None if it is not published."""
    picture: File | None
    effect: str
    length: str
    """As of ``Bar``."""
    raised: bool


class Shown(NamedTuple):
    """What a filter's page shows."""

    entry: EffectsEntry
    target: str
    """What the user's own number is called; "" for leads of classes."""
    bars: Sequence[Bar]
    images: Sequence[ImageBar]
    """With a target of the user's own, in place of the classes."""
    counted: bool
    """Whether each row says how many images its class has."""
    averaged: str
    """Over which images effects are averaged: "its 25 images"."""
    layer: LayerEffectsEntry | None
    standing: str
    aside: str
    """A word on a class that excites it, but that it does nothing for; "" without one."""


class EffectsContext(TypedDict):
    """What ``lenses/effects/effects.html`` reads."""

    done: Shown | None


class EffectsView(View):
    """A signed bar chart of classes, and how far to trust it."""

    sections = (PageSection("lenses/effects/effects.html", 120, "does"),)
    styles = ("effects",)
    globals: Mapping[str, object] = {"effect_text": text, "effects_most": MOST}

    def filter_context(self, page: FilterPage) -> Mapping[str, object]:
        """Return an ``EffectsContext``."""
        entry = effects(page.filter)
        return EffectsContext(done=entry and _shown(entry, page))

    def lede(self, filter: Filter) -> Markup:
        """Return a sentence on what the filter does."""
        entry = effects(filter)
        return text.lede(entry) if entry else Markup("")


def _shown(entry: EffectsEntry, page: FilterPage) -> Shown:
    told = [*entry["raises"][:SHOWN], *reversed(entry["lowers"][:SHOWN])]
    longest = max((abs(each["logit"]) for each in told), default=0.0)
    bars = [_bar(each, longest) for each in told]
    standing = text.standing(entry, len(page.layer["filters"]))
    counts = {each.images for each in bars}
    aside = "" if "target" in entry else text.aside(entry, _exciting(page))
    images = _images(entry, page)
    target, layer = entry.get("target", ""), layer_effects(page.layer)
    averaged = text.averaged(counts)
    return Shown(entry, target, bars, images, len(counts) > 1, averaged, layer, standing, aside)


def _exciting(page: FilterPage) -> str | None:
    """Return the class that excites the filter most, if it has a page and stands out."""
    known = examples(page.filter)
    best = known["classes"][0] if known and known["classes"] else None
    pages = page.network.get("class_pages", {})
    return best["label"] if best and best["label"] in pages and (best["gap"] or 0) > 1 else None


def _bar(effect: ClassEffect, longest: float) -> Bar:
    logit = effect["logit"]
    told = _signed(logit, number(logit, 2))
    return Bar(effect["class"], told, bar(abs(logit) / longest), logit > 0, effect["images"])


def _images(entry: EffectsEntry, page: FilterPage) -> list[ImageBar]:
    raised, lowered = entry.get("raised_images", []), entry.get("lowered_images", [])
    told = [*raised[:SHOWN], *reversed(lowered[:SHOWN])]
    longest = max((abs(each["effect"]) for each in told), default=0.0)
    return [_image_bar(each, longest, page) for each in told]


def _image_bar(told: ImageEffect, longest: float, page: FilterPage) -> ImageBar:
    image, effect = told["image"], told["effect"]
    known = page.images["images"].get(image) if page.images else None
    return ImageBar(
        (known and known["label"]) or image,
        image_page(page.images, image),
        page.network["photographs"].get(image),
        _signed(effect, text.quantity(effect)),
        bar(abs(effect) / longest),
        effect > 0,
    )


def _signed(effect: float, told: str) -> str:
    return f"+{told}" if effect > 0 else told
