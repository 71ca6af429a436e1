"""Suspects on the page of a class: filters, and the images that tell of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from markupsafe import Markup

from convatlas.lenses.examples.entries import ExamplesEntry, examples
from convatlas.lenses.parts.peaks import GRID
from convatlas.lenses.suspects import text
from convatlas.lenses.suspects.entries import ClassSuspectsEntry
from convatlas.model.manifest import Filter, Layer, Network, layer_folder
from convatlas.ui.page import Site, image_page
from convatlas.ui.thumbnail_html import part_html
from convatlas.ui.tile_drawing import DrawnOnce
from convatlas.ui.window_html import tile_html, window_html

FILTERS = 6
"""Maximum number of filters of each kind that a class's page shows."""
STRONGEST = 6
"""Maximum number of a filter's strongest images."""


class Picture(NamedTuple):
    """An image, or what a filter sees of it."""

    inside: Markup
    href: str | None
    """The page of the image, from the site's root; None if it has none."""
    label: str


class ShownSuspect(NamedTuple):
    """A filter, what is odd about it, and images."""

    href: str
    """Its page, from the pages of classes."""
    face: Markup
    layer: Layer
    number: int
    effect: str
    told: str
    cells: Markup | None
    """Where it peaks on the class's images, if that is what is odd."""
    pictures: Sequence[Picture]


@dataclass(frozen=True)
class Shown:
    """Shows the suspects of one class."""

    site: Site
    network: Network
    name: str
    """The class's name."""
    entry: ClassSuspectsEntry
    drawn: DrawnOnce

    @cached_property
    def _layers(self) -> Mapping[str, Layer]:
        return {layer["name"]: layer for layer in self.network["layers"]}

    def border(self) -> list[ShownSuspect]:
        """Return the filters that peak at one place at the border."""
        return [
            self._suspect(
                told["layer"],
                told["index"],
                text.signed(told["effect"]),
                text.border(told, self.name),
                self._published(told["images"]),
                _cells(told["cells"]),
            )
            for told in self.entry["border"][:FILTERS]
        ]

    def excited(self) -> list[ShownSuspect]:
        """Return the filters that images of other classes excite more."""
        found = []
        for told in self.entry["excited"][:FILTERS]:
            layer, filter = self._find(told["layer"], told["index"])
            seen = examples(filter)
            labels = [each["label"] for each in seen["top"]] if seen else []
            pictures = list(self._strongest(layer, seen)) if seen else []
            said, effect = text.excited(told, self.name, labels), text.signed(told["effect"])
            found.append(self._suspect(told["layer"], told["index"], effect, said, pictures))
        return found

    def groups(self) -> list[ShownSuspect]:
        """Return the two kinds of images, each with the filter that tells it from the other."""
        if "groups" not in self.entry:
            return []
        told = self.entry["groups"]
        return [
            self._suspect(
                told["layer"],
                each["index"],
                text.signed(each["here"]),
                text.group(each),
                self._published(each["images"]),
            )
            for each in told["groups"]
        ]

    def _suspect(
        self,
        layer: str,
        index: int,
        effect: str,
        told: str,
        pictures: Sequence[Picture],
        cells: Markup | None = None,
    ) -> ShownSuspect:
        of, filter = self._find(layer, index)
        folder = layer_folder(of)
        href = f"..{folder[folder.index('/') :]}{filter['href']}"
        face = Markup(self.drawn.once(self.site.tiles.tile(folder + filter["href"])))
        return ShownSuspect(href, face, of, index, effect, told, cells, pictures)

    def _find(self, layer: str, index: int) -> tuple[Layer, Filter]:
        of = self._layers[layer]
        return of, next(filter for filter in of["filters"] if filter["index"] == index)

    def _published(self, images: Sequence[str]) -> list[Picture]:
        """Return whole images."""
        height, width = self.network["preprocessing"]["size"]
        return [
            Picture(
                part_html(self.network["photographs"][image], (0, 0, width, height), "../../"),
                image_page(self.site.images(self.network), image),
                "",
            )
            for image in images
        ]

    def _strongest(self, layer: Layer, seen: ExamplesEntry) -> Iterator[Picture]:
        """Yield what a filter sees of its strongest images, as far as they are published."""
        crops, images = seen["crops"], self.site.images(self.network)
        for place, example in enumerate(seen["top"][:STRONGEST]):
            window = window_html(self.network, layer, example["image"], example["box"])
            if window is None and crops and place < crops["count"]:
                window = tile_html(crops["picture"], crops["size"], place, self._base(layer))
            if window is not None:
                page = image_page(images, example["image"])
                yield Picture(window, page, example["label"] or "")

    def _base(self, layer: Layer) -> str:
        """Return what leads from the pages of classes to a layer's folder."""
        return f"../../{layer_folder(layer)}"


def _cells(counts: Sequence[int]) -> Markup:
    """Return a map of 4 x 4 cells, the darker the more images a filter peaks there on."""
    most = max(counts)
    cells = "".join(
        f'<rect x="{place % GRID}" y="{place // GRID}" width="1" height="1"'
        f' fill-opacity="{count / most:.2g}"/>'
        for place, count in enumerate(counts)
        if count
    )
    return Markup(
        f'<svg class="cells" viewBox="0 0 {GRID} {GRID}" role="img" aria-label="Where it peaks on'
        f' the images of the class"><g fill="currentColor">{cells}</g></svg>'
    )
