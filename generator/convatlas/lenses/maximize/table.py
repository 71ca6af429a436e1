"""The optimised pictures on a layer's page, in its data files, and in the search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypedDict

from convatlas.lenses.maximize.entries import Attempt, maximized, maximized_positive
from convatlas.lenses.maximize.export import once
from convatlas.lenses.maximize.recipe_tables import NAMES, Role
from convatlas.lenses.maximize.recipe_text import Setting, settings
from convatlas.lenses.parts.overview import Part
from convatlas.lenses.parts.table import Column, Export, Picture, State, Table, TileView, Value
from convatlas.model.manifest import Filter, Layer, Network


class Used(NamedTuple):
    """The recipe of a layer's pictures of one kind, and the highest number of further attempts."""

    name: str
    settings: Sequence[Setting]
    others: int


def _attempt_value(value: Callable[[Attempt], Value]) -> Callable[[Layer, Filter], Value]:
    """Return a function that reads a value of the exciting picture, or None without one."""

    def read(layer: Layer, filter: Filter) -> Value:
        attempt = maximized_positive(filter)
        return None if attempt is None else value(attempt)

    return read


def _fails(layer: Layer, filter: Filter) -> bool:
    attempt = maximized_positive(filter)
    return attempt is not None and not filter["dead"] and attempt["passed"] is False


def _stands(layer: Layer) -> bool:
    return any(map(maximized_positive, layer["filters"]))


class RecipesContext(TypedDict):
    """The context of ``lenses/maximize/recipes.html``, in addition to the page's own."""

    recipes_used: Sequence[Used]
    """One for each kind of picture."""


class MaximizeTable(Table):
    """Columns, states and tiles from the exciting pictures."""

    columns = (
        Column("ratio", _attempt_value(lambda attempt: attempt["ratio"]), sort="ratio", place=200),
        Column("response", _attempt_value(lambda attempt: attempt["response"])),
        Column("attempts", _attempt_value(lambda attempt: attempt["attempts"])),
        Column("passed", _attempt_value(lambda attempt: attempt["passed"])),
    )
    states = (State("failed", "picture fails", _fails),)
    view = TileView("made", "maximised", place=100, stands=_stands, rank=100)

    def picture(self, filter: Filter) -> Picture | None:
        """Return the exciting picture, or None."""
        attempt = maximized_positive(filter)
        if attempt is None:
            return None
        picture = attempt["picture"]
        size = [picture["width"], picture["height"]]
        return Picture(picture["file"] or "", size, attempt["recipe"]["canvas"] == "pixels")

    def search_weight(self, filter: Filter) -> float | None:
        """Return the response to the exciting picture over that to the strongest image."""
        attempt = maximized_positive(filter)
        return attempt["ratio"] if attempt else None

    def layer_parts(self, network: Network, layer: Layer) -> Sequence[Part]:
        """Return a section on how the layer's pictures were made."""
        used = list(_used(layer))
        if not used:
            return ()
        template = "lenses/maximize/recipes.html"
        context = RecipesContext(recipes_used=used)
        return [Part("recipe", "How its pictures were made", template, context, place=100)]

    def export(self, entries: Sequence[object]) -> Export:
        """Return the entries with indices into the layer's recipes and provenances."""
        return once(entries)


def _used(layer: Layer) -> Iterator[Used]:
    """Yield the recipe of the first attempts for each kind of a layer's pictures."""
    for role, name in NAMES.items():
        attempts = list(_attempts(layer, role))
        if attempts:
            recipes = (attempt["recipe"] for attempt in attempts)
            first = min(recipes, key=lambda recipe: recipe["attempt"])
            yield Used(name, settings(first), max(each["attempts"] for each in attempts) - 1)


def _attempts(layer: Layer, role: Role) -> Iterator[Attempt]:
    for entry in map(maximized, layer["filters"]):
        if entry and (attempt := entry[role]):
            yield attempt
