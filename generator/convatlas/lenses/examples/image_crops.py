"""Windows of images as SVG, in which everything that does not excite the filter fades to grey."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup

from convatlas.lenses.examples.entries import Crops, Example, ExamplesEntry, Heat
from convatlas.model.crops import Crop, crop
from convatlas.model.manifest import File, Layer, Network
from convatlas.ui.fast_jinja import text

CELLS = 3
"""Minimum cells of the heat map in a window; with fewer, heat would not show a position."""

FRAMED = 0.5
"""Share of the window below which the receptive field gets a frame.

At an image's edge the two hardly differ, and a frame would only show where the edge is."""

VEIL = 0.84
"""How far the rest of the image fades to grey, from 0 to 1."""


def veil() -> Markup:
    """Return the SVG filter that fades an image under its heat map; its id is ``veil``."""
    grey = "0 0 0 0 .5 " * 3
    return Markup(
        "<svg class=veil width=0 height=0 role=none><filter id=veil>"
        f'<feColorMatrix values="{grey}{-VEIL} 0 0 0 {VEIL}"/></filter></svg>'
    )


class CropPainter:
    """Draws the windows of one page, which contains each sprite and each image only once.

    By the style sheet, a heat map covers its image as a veil: what excites the filter keeps its
    colours and contrast, and the rest fades to grey. ``at`` is the prefix of all ids.
    """

    def __init__(
        self, examples: ExamplesEntry, layer: Layer, network: Network, root: str, at: str = ""
    ) -> None:
        self.at = at and f"f{at}"  # because ids in SVG begin with a letter
        self.height, self.width = network["preprocessing"]["size"]
        field = layer["local_receptive_field"] or layer["receptive_field"]
        self.field = tuple(field) if field else None
        self.photographs = network["photographs"]
        self.root = root
        self.heat = examples["heat"]
        self.crops = examples["crops"]
        self.heated = False  # whether any image so far has a heat map
        self._again = {each["image"] for each in (*examples["range"], *examples["lowest"])}
        self._ids: dict[str, str] = {}  # of images that are drawn more than once
        self._sprites: set[str] = set()

    def draw(self, example: Example, *, heat: bool = False, tile: int | None = None) -> str:
        """Return an image's window; "" if neither the image nor its heat map is published.

        Args:
            heat: whether to show the heat map, if there is one.
            tile: the image's place among the strongest images, which may be drawn again.
        """
        left, top, right, bottom = example["box"]
        window = _cropped(left, top, right, bottom, self.field, (self.height, self.width))
        place = example["tile"] if heat and self.heat else None
        inside = self._picture(example["image"], window, tile)
        if inside is None:
            return "" if place is None else self._alone(example, place)
        if place is not None and self._resolves(window):
            self.heated = True
            inside += self._heat(place)
        return _window(window, inside + (_frame(example) if _small(example, window) else ""))

    def _alone(self, example: Example, place: int) -> str:
        """Return the heat map of a whole image that is not published."""
        whole = Crop(0, 0, self.width, self.height, framed=True)
        return _window(whole, self._heat(place) + _frame(example), 'class="lit" ')

    def _picture(self, image: str, window: Crop, tile: int | None) -> str | None:
        """Return the image at its place, as far as it is published; None if it is not."""
        if image in self._ids:
            return f"<use href=#{self.at}{self._ids[image]} />"
        photograph = self.photographs.get(image)
        cut = self.crops is not None and tile is not None and tile < self.crops["count"]
        if photograph is None and not cut:
            return None
        name = ""
        if tile is not None and image in self._again:
            self._ids[image] = f"i{tile}"
            name = f"id={self.at}i{tile} "
        if photograph is None:
            return self._cut(window, tile or 0, name)
        file = text(self.root + photograph["file"])
        return f"<image {name}href={file}{self._size(photograph)} />"

    def _size(self, photograph: File) -> str:
        """Return the attributes of the size, "" if it is that of the network's input, as usual."""
        if (photograph["width"], photograph["height"]) == (self.width, self.height):
            return ""
        return f" width={self.width} height={self.height}"

    def _cut(self, window: Crop, tile: int, name: str) -> str:
        """Return a tile of the sprite of crops, at the window's place in the image."""
        assert self.crops is not None
        width, height = window.width * self.crops["count"], window.height
        sprite = self._sprite("cuts", self.crops, width, height)
        x = window.left - tile * window.width
        return f"{sprite}<use {name}href=#{self.at}cuts x={x} y={window.top} />"

    def _heat(self, place: int) -> str:
        """Return a tile of the heat sprite, stretched over the whole image."""
        assert self.heat is not None
        tiles = self.heat["picture"]["width"] // self.heat["size"][1]
        sprite = self._sprite("heat", self.heat, self.width * tiles, self.height)
        return f"{sprite}<use href=#{self.at}heat x={-self.width * place} />"

    def _sprite(self, name: str, sprite: Heat | Crops, width: int, height: int) -> str:
        """Return the definition of a sprite on its first use, and "" later."""
        if name in self._sprites:
            return ""
        self._sprites.add(name)
        return (
            f"<defs><image id={self.at}{name} href={text(sprite['picture']['file'])}"
            f" width={width} height={height} preserveAspectRatio=none /></defs>"
        )

    def _resolves(self, window: Crop) -> bool:
        """Return whether a window has enough cells of the heat map to show a position."""
        assert self.heat is not None
        rows, columns = self.heat["size"]
        down, across = window.height * rows / self.height, window.width * columns / self.width
        whole = (window.width, window.height) == (self.width, self.height)
        return min(down, across) >= CELLS or (whole and rows * columns > 1)


@lru_cache(maxsize=4096)
def _cropped(
    left: int,
    top: int,
    right: int,
    bottom: int,
    field: tuple[int, ...] | None,
    size: tuple[int, int],
) -> Crop:
    """Return the window of a box.

    It is cached, since a layer has only as many boxes as its map has positions.
    """
    return crop((left, top, right, bottom), field, size)


def _window(window: Crop, inside: str, kind: str = "") -> str:
    view = f"{window.left} {window.top} {window.width} {window.height}"
    return f'<svg {kind}viewBox="{view}" role=none>{inside}</svg>'


def _small(example: Example, window: Crop) -> bool:
    """Return whether the receptive field is so small in its window that it needs a frame."""
    left, top, right, bottom = example["box"]
    seen = (right - left) * (bottom - top)
    return window.framed and seen < FRAMED * window.width * window.height


def _frame(example: Example) -> str:
    left, top, right, bottom = example["box"]
    return f'<path d="M{left} {top}H{right}V{bottom}H{left}z"/>'
