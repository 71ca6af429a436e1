"""The image set on a filter's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict, cast

from markupsafe import Markup

from convatlas.lenses.examples import text
from convatlas.lenses.examples.entries import examples
from convatlas.lenses.examples.evidence import Evidence, evidence
from convatlas.lenses.examples.image_crops import veil
from convatlas.lenses.examples.strongest_image import strongest_image
from convatlas.lenses.parts.view import FilterPage, PageSection, ThumbnailSource, View
from convatlas.model.manifest import Filter
from convatlas.ui.text import number, percent
from convatlas.ui.thumbnails import Thumbnail, ThumbnailRequest, sprite_tile


class ExamplesContext(TypedDict):
    """What the templates of ``lenses/examples/`` read for one filter."""

    evidence: Evidence | None
    """None if no images were shown."""


def _thumbnail(request: ThumbnailRequest) -> Thumbnail | None:
    """Return the strongest image, as far as it is published."""
    entry = examples(request.filter)
    if entry is None:
        return None
    if entry["top"] and not request.whole and "examples" in request.layer["sprites"]:
        return sprite_tile(request.filter, request.layer, "examples")
    image = strongest_image(request.filter, request.layer, request.network)
    if image is not None:
        return Thumbnail(image.picture, image.box, "crop", from_root=True)
    if entry["crops"] is None:
        return None
    height, width = entry["crops"]["size"]
    return Thumbnail(entry["crops"]["picture"], (0, 0, width, height))


class ExamplesView(View):
    """The images along a filter's range, histograms, classes, and similar filters."""

    sections = (
        PageSection("lenses/examples/top.html", 110, "hero"),
        PageSection("lenses/examples/range.html", 200),
        PageSection("lenses/examples/histograms.html", 300),
        PageSection("lenses/examples/classes.html", 121, "does"),
        PageSection("lenses/examples/lowest.html", 410, "lowest"),
        PageSection("lenses/examples/nearest.html", 510, "kernels"),
    )
    styles = ("classes",)
    globals: Mapping[str, object] = {"sentences": text}

    thumbnails = (ThumbnailSource(300, _thumbnail),)

    def filter_context(self, page: FilterPage) -> Mapping[str, object]:
        """Return an ``ExamplesContext``."""
        return ExamplesContext(evidence=evidence(page))

    def definitions(self, context: Mapping[str, object]) -> Markup:
        """Return the veil if any image has a heat map."""
        shown = cast("ExamplesContext", context)["evidence"]
        return veil() if shown and shown.heated else Markup("")

    def lede(self, filter: Filter) -> Markup:
        """Return a sentence on the images that excite the filter."""
        entry = examples(filter)
        return text.lede(entry) if entry else Markup("")

    def dead_lede(self, filter: Filter) -> Markup:
        """Return a sentence on the responses of a dead filter."""
        entry = examples(filter)
        return text.dead_lede(entry) if entry else Markup("")

    def facts(self, filter: Filter) -> Sequence[tuple[str, str]]:
        """Return the ends of the filter's range, and the share of images above zero."""
        entry = examples(filter)
        if entry is None:
            return ()
        bounds, share = entry["bounds"], percent(entry["share_images"])
        ends = [("highest", number(bounds["highest"])), ("lowest", number(bounds["lowest"]))]
        return ends if filter["dead"] else [*ends, ("above zero on", f"{share} of images")]
