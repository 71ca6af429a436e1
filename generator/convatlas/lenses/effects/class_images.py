"""Images on the pages of classes, and the filters that are behind the wrong ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from convatlas.lenses.effects.class_filters import ClassFilters, ShownFilter
from convatlas.lenses.effects.entries import ClassEntry, ClassFilter, ClassImage
from convatlas.model.manifest import File, Network
from convatlas.ui.page import Site, image_page
from convatlas.ui.tile_drawing import DrawnOnce

IMAGES = 24
"""Maximum number of images of a class on its page, and of those that are taken for it."""
BEHIND = 6
"""Maximum number of filters that a class's page names behind its wrong images."""


class ShownImage(NamedTuple):
    """An image on the page of a class."""

    href: str | None
    """Its page, from the site's root; None if it is not published."""
    picture: File | None
    id: str
    verdict: str
    """The name of the class that it is taken for, or of its label."""
    page: str | None
    """The page of that class."""
    right: bool
    behind: ShownFilter | None
    """The filter that does most for its being wrong, if known."""


class Behind(NamedTuple):
    """A filter behind wrong images of a class."""

    filter: ShownFilter
    images: int
    """The number of images on which it is among those that do most for it."""
    of: int
    """The number of wrong images that were looked into."""


@dataclass(frozen=True)
class ClassImages:
    """Shows the images of the classes of one network."""

    site: Site
    network: Network
    entries: Sequence[ClassEntry]
    filters: ClassFilters

    @cached_property
    def _by_number(self) -> Mapping[int, ClassEntry]:
        return {entry["number"]: entry for entry in self.entries}

    @cached_property
    def _labels(self) -> Mapping[str, ClassEntry]:
        """The class of each image whose label is one."""
        return {each["image"]: entry for entry in self.entries for each in entry["labelled"]}

    def labelled(self, entry: ClassEntry, drawn: DrawnOnce) -> list[ShownImage]:
        """Return the images of a class, with what they are taken for; the wrong ones first."""
        number = entry["number"]
        chosen = sorted(entry["labelled"], key=lambda each: each["predicted"] == number)[:IMAGES]
        return [
            self._shown(each, self._by_number[each["predicted"]], entry, drawn) for each in chosen
        ]

    def taken(self, entry: ClassEntry, drawn: DrawnOnce) -> list[ShownImage]:
        """Return images of other classes, or of none, that are taken for a class."""
        return [
            self._shown(each, self._labels.get(each["image"]), entry, drawn)
            for each in entry["taken"][:IMAGES]
        ]

    def _shown(
        self, told: ClassImage, other: ClassEntry | None, entry: ClassEntry, drawn: DrawnOnce
    ) -> ShownImage:
        picture = self.network["photographs"].get(told["image"])
        href = image_page(self.site.images(self.network), told["image"])
        name, page = (other["name"], other["href"]) if other else ("", None)
        first = next(iter(self._reliable(told)), None)
        behind = first and self.filters.shown(first, entry, drawn)
        right = other is not None and other["number"] == entry["number"]
        return ShownImage(href, picture, told["image"], name, page, right, behind)

    def _reliable(self, told: ClassImage) -> list[ClassFilter]:
        return [each for each in told.get("behind", ()) if self.filters.reliable(each)]

    def behind(self, entry: ClassEntry, drawn: DrawnOnce) -> list[Behind]:
        """Return the filters that do most for the wrong images of a class, over all of them."""
        looked = [each for each in entry["labelled"] if "behind" in each]
        found: dict[tuple[str, int], list[float]] = defaultdict(list)
        for each in looked:
            for told in self._reliable(each):
                found[told["layer"], told["index"]].append(told["logit"])
        best = sorted(found.items(), key=lambda item: -sum(item[1]))[:BEHIND]
        means: list[tuple[ClassFilter, int]] = [
            ({"layer": layer, "index": index, "logit": sum(logits) / len(logits)}, len(logits))
            for (layer, index), logits in best
        ]
        return [
            Behind(self.filters.shown(told, entry, drawn), images, len(looked))
            for told, images in means
        ]
