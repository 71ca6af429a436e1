"""What a filter's page shows of the pictures that were optimised for it."""

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
    """What the templates of ``lenses/maximize/`` read of all filters of a layer."""

    usual: Mapping[str, RecipeEntry]
    """The layer's own recipe by role: "positive", "negative", "second"."""


def _thumbnail(asked: ThumbnailRequest) -> Thumbnail | None:
    """The picture that excites the filter."""
    found = maximized_positive(asked.filter)
    if found is None:
        return None
    if not asked.files and "made" in asked.layer["sprites"]:
        return sprite_tile(asked.filter, asked.layer, "made")
    return Thumbnail(found["picture"], look="px" if found["recipe"]["canvas"] == "pixels" else "")


class MaximizeView(View):
    """The optimised pictures, how they came to be, and how to make them again."""

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
        """Return how far the picture that excites the filter gets."""
        found = maximized_positive(filter)
        return text.lede(found, examples(filter)) if found else Markup("")
