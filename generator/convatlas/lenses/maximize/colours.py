"""The ``colours`` of maximised pictures: whether they are built in or those of an image set."""

from __future__ import annotations

from collections.abc import Iterator

from convatlas.config.raw_values import entries, text_of
from convatlas.config.suggestions import did_you_mean
from convatlas.errors import Problem
from convatlas.model.records import Json

IMAGENET = "imagenet"
"""The colours that need no image set, and are decorrelated by default."""

_PLACE = ("lenses", "maximize")

_Recipe = tuple[tuple[str, ...], dict[str, Json]]


def check_colours(options: dict[str, Json], atlas: dict[str, Json]) -> Iterator[Problem]:
    """Yield what is wrong with ``colours`` and ``canvas: phase``.

    An image set may have the name of the built-in colours, unless a recipe uses those.

    Args:
        options: The lens's options as plain values; values of a wrong type are skipped.
        atlas: The whole file, also as plain values.
    """
    sets = list(entries(atlas, "images"))
    places = {name: index for index, entry in sets if (name := text_of(entry, "name"))}
    built_in = False
    for path, recipe in _recipes(options):
        colours = recipe.get("colours")
        if colours == IMAGENET:
            built_in = True
        elif isinstance(colours, str) and colours and colours not in places:
            near = did_you_mean(colours, [IMAGENET, *places])
            yield Problem((*path, "colours"), f"no image set is called '{colours}'; {near}")
        if recipe.get("canvas") == "phase" and not sets:
            message = "`phase` takes the spectra of an image set; add one under `images`"
            yield Problem((*path, "canvas"), message)
    if built_in and IMAGENET in places:
        message = f"`colours: {IMAGENET}` means the built-in ones; give the image set another name"
        yield Problem(("images", places[IMAGENET], "name"), message)


def _recipes(options: dict[str, Json]) -> Iterator[_Recipe]:
    """Yield the lens's own recipe and those of its layers and variants, each with its path."""
    yield _PLACE, options
    for kind in ("layers", "variants"):
        recipes = options.get(kind)
        for name, recipe in recipes.items() if isinstance(recipes, dict) else ():
            if isinstance(recipe, dict) and isinstance(name, str):
                yield (*_PLACE, kind, name), recipe
