"""Whether other networks see in a picture what it was made for, by recipe, in one run.

A picture is as the product makes and publishes it, attempts included, and is judged as decoded from
its file, resized to the judge's input. Photographs stand beside the recipes as the bound. See
``imagenet.py`` for the networks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import torch

import class_pictures
from convatlas.lenses.base import RenderContext
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.workspace import Workspace
from convatlas.store.store import Store
from imagenet import CLASS_LAYER, UP_TO_LAYER3, WITH_CLASSES, class_name, configuration, network
from layer_pictures import Panel
from machine import RESULTS, WORK, write
from product_pictures import Studio
from sheet import contact_sheet

Recipes = Mapping[str, Mapping[str, Any]]

STANDARD = ('standard={"preset": "standard"}',)
COLUMNS = 10


def opened(name: str, store: Path) -> RenderContext:
    """A network with its photographs."""
    with Store(store) as records:
        atlas, modules = configuration((name,)), {name: network(name)}
        workspace = Workspace(atlas, OpenCatalog(records), modules)
        workspace.plan_contexts()
        return workspace.render_context(name, "auto")


def classes(name: str, labels: Sequence[int], recipes: Recipes, sheet: Path | None) -> Any:
    """A row for the photographs and for each recipe, and what each gains over the first."""
    store = WORK / f"transfer-{name}"
    studio = Studio.of(opened(name, store), {CLASS_LAYER: labels}, store)
    shown = {"photographs": class_pictures.photographs(studio, labels)}
    for recipe, options in recipes.items():
        shown[recipe] = class_pictures.by_recipe(studio, labels, options)
        click.echo(f"{name} {recipe} {shown[recipe].row()}", err=True)
    if sheet:
        few = evenly(len(labels), COLUMNS)
        rows = {row: [one.pictures[n].pixels for n in few] for row, one in shown.items()}
        contact_sheet(rows, [class_name(labels[n]) for n in few]).save(sheet)
    first, *others = recipes
    return {
        "classes": len(labels),
        "rows": {recipe: one.row() for recipe, one in shown.items()},
        "over_the_first": {
            other: class_pictures.paired(shown[first], shown[other]) for other in others
        },
    }


def evenly(count: int, chosen: int) -> list[int]:
    """Places spread evenly over ``count``."""
    chosen = min(count, chosen)
    return [place * count // chosen for place in range(chosen)]


def named(recipes: Sequence[str]) -> Recipes:
    """The recipes of the command line.

    Raises:
        click.BadParameter: one is not NAME=JSON.
    """
    found = {}
    for text in recipes:
        name, _, options = text.partition("=")
        try:
            found[name] = dict(json.loads(options))
        except ValueError as error:
            raise click.BadParameter(f"'{text}' is not NAME=JSON: {error}") from error
    return found


@click.command(help=__doc__)
@click.option("--classes", "count", default=1000, help="How many classes, spread evenly.")
@click.option("--filters", default=0, help="How many of each other layer; 0: only classes.")
@click.option("--network", "names", multiple=True, default=WITH_CLASSES, help="Whose pictures.")
@click.option("--recipe", "recipes", multiple=True, default=STANDARD, help="NAME=JSON, repeated.")
@click.option("--sheet", type=click.Path(path_type=Path), help="PNG; one for each network.")
@click.option("--result", default="transfer", help="Name of the file of results.")
def main(
    count: int,
    filters: int,
    names: Sequence[str],
    recipes: Sequence[str],
    sheet: Path | None,
    result: str,
) -> None:
    """Network by network; what earlier runs found of others is kept."""
    WORK.mkdir(exist_ok=True)
    chosen, labels = named(recipes), evenly(1000, count)
    file = RESULTS / f"{result}.json"
    kept = json.loads(file.read_text()) if file.exists() else {}
    found = {part: dict(kept.get(part, {})) for part in ("classes", "layers")}

    def keep(part: str, name: str, rows: Any) -> None:
        found[part][name] = {"recipes": chosen, "threads": torch.get_num_threads(), **rows}
        write(result, found)

    for name in names if labels else ():
        drawn = sheet and sheet.with_stem(f"{sheet.stem}-{name}")
        keep("classes", name, classes(name, labels, chosen, drawn))
    if filters:
        panel = Panel.of((*WITH_CLASSES, UP_TO_LAYER3), WORK / "transfer-layers")
        for name in names:
            keep("layers", name, panel.judged(name, filters, chosen))


if __name__ == "__main__":
    main()
