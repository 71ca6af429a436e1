"""A filter's strongest image as pages other than its own show it."""

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
    """An image, cut to what the filter sees of it."""

    example: Example
    picture: File
    """All of it, as the network sees it; its path is from the site's root."""
    window: Crop
    """What is shown of it."""

    @property
    def box(self) -> Box:
        """What is shown of it, without a frame."""
        return self.window.left, self.window.top, self.window.width, self.window.height


def strongest_image(filter: Filter, layer: Layer, network: Network) -> StrongestImage | None:
    """Return a filter's strongest image; None where there is none or it is not published."""
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
    """Return what is shown of an image, with a frame around what the filter sees of it."""
    frame = ""
    if shown.window.framed:
        left, top, right, bottom = shown.example["box"]
        size = f'width="{right - left}" height="{bottom - top}"'
        frame = f'<rect x="{left}" y="{top}" {size}/>'
    return part_html(shown.picture, shown.box, root, kind='class="crop" ', over=frame)
