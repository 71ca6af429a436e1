"""The recipes of a network: the settings that all layers share, and a table of the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Literal, TypedDict, cast

from convatlas.lenses.maximize.entries import maximized
from convatlas.lenses.maximize.recipe_text import Recipe, Setting, settings
from convatlas.model.manifest import Layer, Manifest, Network, atlas_entry
from convatlas.model.records import Json

Role = Literal["positive", "negative", "second"]

NAMES: Mapping[Role, str] = {
    "positive": "to excite",
    "negative": "to inhibit",
    "second": "to excite, second picture",
}
"""The purpose of pictures, by the role of their records."""


class RecipeRow(TypedDict):
    """One recipe, and the layers that use it."""

    layers: str
    """The layers' names: "conv1 to conv3, conv5"."""
    texts: list[str | None]
    """[columns] values of the recipe's settings; None if it does not have the setting."""


class RecipeTable(TypedDict):
    """The recipes of a network's pictures of one kind."""

    network: str
    name: str
    """The purpose of the pictures: "to excite"."""
    shared: list[list[str]]
    """[name, value] of each setting that all recipes share."""
    columns: list[str]
    """The names of the other settings."""
    rows: list[RecipeRow]
    """A row for each recipe, in the order of the first of its layers."""


def recipes(manifest: Manifest) -> Sequence[RecipeTable]:
    """Return the tables of all networks."""
    return cast("Sequence[RecipeTable] | None", atlas_entry(manifest, "recipes")) or ()


def recipe_tables(networks: Sequence[Network]) -> list[RecipeTable]:
    """Return a table for each network and kind of picture that was made."""
    return [
        _table(network, name, layers)
        for network in networks
        for role, name in NAMES.items()
        if (layers := _by_recipe(network, role))
    ]


def _table(
    network: Network, name: str, layers: Mapping[tuple[Setting, ...], list[str]]
) -> RecipeTable:
    recipes = [dict(used) for used in layers]
    names = list(dict.fromkeys(name for recipe in recipes for name in recipe))
    shared = [name for name in names if len({recipe.get(name) for recipe in recipes}) == 1]
    columns = [name for name in names if name not in shared]
    every = [layer["name"] for layer in network["layers"]]
    return {
        "network": network["name"],
        "name": name,
        "shared": [[name, recipes[0][name]] for name in shared],
        "columns": columns,
        "rows": [
            {"layers": _runs(found, every), "texts": [recipe.get(name) for name in columns]}
            for found, recipe in zip(layers.values(), recipes, strict=True)
        ],
    }


def _runs(names: Sequence[str], every: Sequence[str]) -> str:
    """Return the layers in words: "a to c, f", if b is between a and c in the network."""
    places = [every.index(name) for name in names]
    runs = [
        [every[place] for _, place in run]
        for _, run in groupby(enumerate(places), lambda pair: pair[1] - pair[0])
    ]
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def _by_recipe(network: Network, role: Role) -> Mapping[tuple[Setting, ...], list[str]]:
    """Return the layers by recipe, which is that of the first filter with only one attempt."""
    layers: dict[tuple[Setting, ...], list[str]] = {}
    for layer in network["layers"]:
        used = next(_first_attempts(layer, role), None)
        if used is not None:
            layers.setdefault(tuple(settings(used)), []).append(layer["name"])
    return layers


def _first_attempts(layer: Layer, role: Role) -> Iterator[Recipe]:
    for found in layer["filters"]:
        entry = maximized(found)
        made = entry[role] if entry else None
        if made and made["recipe"]["attempt"] == 0:
            yield made["recipe"]


def usual(layer: Json) -> Mapping[str, Recipe]:
    """Return the recipe of a layer's first attempts, by role, as on the layer's page."""
    found = ((role, next(_first_attempts(layer, role), None)) for role in NAMES)
    return {role: recipe for role, recipe in found if recipe is not None}
