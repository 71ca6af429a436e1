"""The optimised pictures on a filter's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from markupsafe import Markup

from convatlas.lenses.examples.entries import examples
from convatlas.lenses.maximize import recipe_text, text
from convatlas.lenses.maximize.curve import curve
from convatlas.lenses.maximize.entries import RecipeEntry, maximized_positive
from convatlas.lenses.maximize.recipe_tables import usual
from convatlas.lenses.parts.view import LayerPage, PageSection, ThumbnailSource, View
from convatlas.model.manifest import Filter
from convatlas.ui.thumbnails import Thumbnail, ThumbnailRequest, sprite_tile


class MaximizeContext(TypedDict):
    """What the templates of ``lenses/maximize/`` read for all filters of a layer."""

    usual: Mapping[str, RecipeEntry]
    """The layer's recipe by role: "positive", "negative", "second"."""


def _thumbnail(request: ThumbnailRequest) -> Thumbnail | None:
    """Return the exciting picture, or None."""
    found = maximized_positive(request.filter)
    if found is None:
        return None
    if not request.files and "made" in request.layer["sprites"]:
        return sprite_tile(request.filter, request.layer, "made")
    return Thumbnail(found["picture"], look="px" if found["recipe"]["canvas"] == "pixels" else "")


class MaximizeView(View):
    """The optimised pictures, their optimisation history, and how to reproduce them."""

    sections = (
        PageSection("lenses/maximize/pictures.html", 100, "hero"),
        PageSection("lenses/maximize/history.html", 600),
        PageSection("lenses/maximize/diverse.html", 700),
        PageSection("lenses/maximize/variants.html", 710),
        PageSection("lenses/maximize/provenance.html", 100, slot="reproduce"),
    )
    globals: Mapping[str, object] = {"captions": text, "recipes": recipe_text, "curve": curve}

    thumbnails = (ThumbnailSource(100, _thumbnail),)

    def layer_context(self, page: LayerPage) -> Mapping[str, object]:
        """Return a ``MaximizeContext``."""
        return MaximizeContext(usual=usual(page.layer))

    def lede(self, filter: Filter) -> Markup:
        """Return a sentence on the response that the exciting picture reaches."""
        found = maximized_positive(filter)
        return text.lede(found, examples(filter)) if found else Markup("")
