"""A filter's strongest image on pages other than the filter's own."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from convatlas.lenses.examples.entries import Example, examples
from convatlas.model.crops import Crop, crop
from convatlas.model.manifest import File, Filter, Layer, Network
from convatlas.ui.thumbnail_html import part_html
from convatlas.ui.thumbnails import Box


@dataclass(frozen=True)
class StrongestImage:
    """An image, and the window of it that the filter sees."""

    example: Example
    picture: File
    """The whole image as the network sees it, with its path from the site's root."""
    window: Crop
    """The part that is shown."""

    @property
    def box(self) -> Box:
        """[left, top, width, height] of the window, in pixels."""
        return self.window.left, self.window.top, self.window.width, self.window.height


def strongest_image(filter: Filter, layer: Layer, network: Network) -> StrongestImage | None:
    """Return a filter's strongest image; None if there is none or it is not published."""
    entry = examples(filter)
    if entry is None or not entry["top"]:
        return None
    example = entry["top"][0]
    published = network["photographs"].get(example["image"])
    if published is None:
        return None
    height, width = size = network["preprocessing"]["size"]
    picture: File = {"file": published["file"], "width": width, "height": height}
    field = layer["local_receptive_field"] or layer["receptive_field"]
    return StrongestImage(example, picture, crop(example["box"], field, size))


def window_html(shown: StrongestImage, root: str) -> Markup:
    """Return the window of an image, with a frame around the receptive field."""
    frame = ""
    if shown.window.framed:
        left, top, right, bottom = shown.example["box"]
        size = f'width="{right - left}" height="{bottom - top}"'
        frame = f'<rect x="{left}" y="{top}" {size}/>'
    return part_html(shown.picture, shown.box, root, kind='class="crop" ', over=frame)
