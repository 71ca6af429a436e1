"""Windows of images as SVG, with what excites the filter clear and the rest faded to grey."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup

from convatlas.lenses.examples.entries import Crops, Example, ExamplesEntry, Heat
from convatlas.model.crops import Crop, crop
from convatlas.model.manifest import File, Layer, Network
from convatlas.ui.fast_jinja import text

CELLS = 3
"""Cells of the heat map that a window spans at least; in fewer, heat would tell no place."""

FRAMED = 0.5
"""Of a window, what the filter sees is framed where it is less than this share: at an image's edge
the two differ little, and a frame there would tell more of the edge than of the filter."""

VEIL = 0.84
"""How far what does not excite the filter fades to grey."""


def veil() -> Markup:
    """The filter by which heat fades the image under it; style sheets name it ``#veil``."""
    grey = "0 0 0 0 .5 " * 3
    return Markup(
        '<svg class="veil" width="0" height="0" aria-hidden="true"><filter id="veil"'
        f' color-interpolation-filters="sRGB"><feColorMatrix values="{grey}{-VEIL} 0 0 0 {VEIL}"/>'
        "</filter></svg>"
    )


class CropPainter:
    """Draws the windows of one page: sprites stand in it once, and so does each image.

    Heat is laid over an image as a veil (the style sheet says so): what excites the filter keeps
    its colours and its contrast, the rest fades to grey. ``at`` goes before every id.
    """

    def __init__(
        self, examples: ExamplesEntry, layer: Layer, network: Network, root: str, at: str = ""
    ) -> None:
        self.at = at and f"f{at}"  # names in SVG begin with a letter
        self.height, self.width = network["preprocessing"]["size"]
        field = layer["local_receptive_field"] or layer["receptive_field"]
        self.field = tuple(field) if field else None
        self.photographs = network["photographs"]
        self.root = root
        self.heat = examples["heat"]
        self.crops = examples["crops"]
        self.heated = False  # whether heat lies over any picture so far
        self._again = {each["image"] for each in (*examples["range"], *examples["lowest"])}
        self._ids: dict[str, str] = {}  # of images that are drawn again
        self._sprites: set[str] = set()

    def draw(self, example: Example, *, heat: bool = False, tile: int | None = None) -> str:
        """Return an image's window; "" where neither picture nor heat is published.

        Args:
            heat: whether what the filter answers to is told, if it is known.
            tile: the image's place among the strongest, which may be drawn again.
        """
        left, top, right, bottom = example["box"]
        window = _cropped(left, top, right, bottom, self.field, (self.height, self.width))
        place = example["tile"] if heat and self.heat else None
        inside = self._picture(example["image"], window, tile)
        if inside is None:
            return "" if place is None else self._alone(example, place)
        if place is not None and self._told(window):
            self.heated = True
            inside += self._heat(place)
        return _window(window, inside + (_frame(example) if _small(example, window) else ""))

    def _alone(self, example: Example, place: int) -> str:
        """Where the filter answers in the whole of an image that is not published."""
        whole = Crop(0, 0, self.width, self.height, framed=True)
        return _window(whole, self._heat(place) + _frame(example), 'class="lit" ')

    def _picture(self, image: str, window: Crop, tile: int | None) -> str | None:
        """The image in its place, as far as it is published."""
        if image in self._ids:
            return f'<use href="#{self.at}{self._ids[image]}"/>'
        photograph = self.photographs.get(image)
        cut = self.crops is not None and tile is not None and tile < self.crops["count"]
        if photograph is None and not cut:
            return None
        name = ""
        if tile is not None and image in self._again:
            self._ids[image] = f"i{tile}"
            name = f'id="{self.at}i{tile}" '
        if photograph is None:
            return self._cut(window, tile or 0, name)
        file = text(self.root + photograph["file"])
        return f'<image {name}href="{file}"{self._size(photograph)}/>'

    def _size(self, photograph: File) -> str:
        """Nothing where the picture has the size that the network sees, as it should."""
        if (photograph["width"], photograph["height"]) == (self.width, self.height):
            return ""
        return f' width="{self.width}" height="{self.height}"'

    def _cut(self, window: Crop, tile: int, name: str) -> str:
        """A tile of the sprite of windows, where the window is in the image."""
        assert self.crops is not None
        width, height = window.width * self.crops["count"], window.height
        sprite = self._sprite("cuts", self.crops, width, height)
        x = window.left - tile * window.width
        return f'{sprite}<use {name}href="#{self.at}cuts" x="{x}" y="{window.top}"/>'

    def _heat(self, place: int) -> str:
        """A tile of the heat sprite, stretched over the whole image; what is beside it is cut."""
        assert self.heat is not None
        tiles = self.heat["picture"]["width"] // self.heat["size"][1]
        sprite = self._sprite("heat", self.heat, self.width * tiles, self.height)
        return f'{sprite}<use href="#{self.at}heat" x="{-self.width * place}"/>'

    def _sprite(self, name: str, sprite: Heat | Crops, width: int, height: int) -> str:
        """The definition of a sprite, the first time that it is asked for."""
        if name in self._sprites:
            return ""
        self._sprites.add(name)
        return (
            f'<defs><image id="{self.at}{name}" href="{text(sprite["picture"]["file"])}"'
            f' width="{width}" height="{height}" preserveAspectRatio="none"/></defs>'
        )

    def _told(self, window: Crop) -> bool:
        """Whether a window spans enough of the heat map's cells to tell a place."""
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
    """The window of a box: a layer has as many as its map has positions, and each is asked for
    by many filters."""
    return crop((left, top, right, bottom), field, size)


def _window(window: Crop, inside: str, kind: str = "") -> str:
    view = f"{window.left} {window.top} {window.width} {window.height}"
    return f'<svg {kind}viewBox="{view}" aria-hidden=true>{inside}</svg>'


def _small(example: Example, window: Crop) -> bool:
    """Whether what the filter sees is so little of the window that a frame has to tell it."""
    left, top, right, bottom = example["box"]
    seen = (right - left) * (bottom - top)
    return window.framed and seen < FRAMED * window.width * window.height


def _frame(example: Example) -> str:
    left, top, right, bottom = example["box"]
    return f'<path d="M{left} {top}H{right}V{bottom}H{left}z"/>'
