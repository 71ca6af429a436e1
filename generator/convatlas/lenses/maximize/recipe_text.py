"""The settings of a recipe in words, each with a name.

Neutral settings (no noise, no penalty, no growth) are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from convatlas.lenses.maximize.entries import Attempt, RecipeEntry
from convatlas.ui.text import sides

Recipe = RecipeEntry

Penalty = Literal["others", "l2", "variation", "gradients"]

OPTIMISERS = {"adam": "Adam", "nadam": "Nadam", "sgd": "the plain gradient"}
PENALTIES: Mapping[Penalty, str] = {
    "others": "the mean of the five other filters that respond most",
    "l2": "the mean square from grey",
    "variation": "the total variation",
    "gradients": "the root mean square of the gradients",
}


class Setting(NamedTuple):
    """A part of a recipe: its name and its value in words."""

    name: str
    text: str


def beside(recipe: Recipe, other: Recipe | None) -> str:
    """Return the settings that differ from the layer's recipe on one line; all without one."""
    if recipe == other:
        return ""
    parts = settings(recipe) if other is None else differing(recipe, other)
    return "; ".join(f"{part.name}: {part.text}" for part in parts)


def differing(recipe: Recipe, first: Recipe) -> list[Setting]:
    """Return the settings that differ from the first recipe; "none" for those that are missing."""
    own, other = settings(recipe), settings(first)
    names = {part.name for part in own}
    gone = [part._replace(text="none") for part in other if part.name not in names]
    return [part for part in own if part not in other] + gone


def settings(recipe: Recipe) -> list[Setting]:
    """Return a recipe's settings, without neutral ones."""
    return [
        Setting("objective", objective(recipe)),
        Setting("canvas", _canvas(recipe)),
        *_colours(recipe),
        *_climb(recipe),
        *_growth(recipe),
        *_movements(recipe),
        *_penalties(recipe),
        *_company(recipe),
        *([Setting("seed", str(recipe["seed"]))] if recipe.get("seed") else ()),
    ]


def objective(recipe: Recipe) -> str:
    """Return what is maximised: "the mean over the map"."""
    match recipe["objective"], recipe.get("at") or [0.5, 0.5]:
        case "neuron", [0.5, 0.5]:
            return "the centre of the map"
        case "neuron", [down, right]:
            return f"the position {100 * down:.3g} % down and {100 * right:.3g} % right in the map"
        case "rms", _:
            return "the root mean square over the map"
    return "the mean over the map"


def _canvas(recipe: Recipe) -> str:
    size = sides(recipe["size"])
    match recipe["canvas"]:
        case "pixels":
            return f"a canvas of {size} plain pixels"
        case "phase":
            return f"a phase canvas of {size} px with the mean spectrum of {_set(recipe)}"
    return f"a Fourier canvas of {size} px"


def _set(recipe: Recipe) -> str:
    """Return the name of the image set that the spectrum or the colours are from."""
    colours = recipe.get("colours")
    name = colours["set"] if colours else "the images"
    return "ImageNet" if name == "imagenet" else name


def _colours(recipe: Recipe) -> Iterator[Setting]:
    if recipe.get("colours"):
        yield Setting("colours", f"decorrelated as in {_set(recipe)}")


def _climb(recipe: Recipe) -> Iterator[Setting]:
    optimiser = OPTIMISERS[recipe.get("optimiser") or "adam"]
    text = f"{recipe['steps']:,} steps of {optimiser} at {recipe['rate']:.3g}"
    text += " on each canvas" if recipe.get("growths") else ""
    if recipe.get("decay"):
        text += f", falling to 0 over the last {100 * recipe['decay']:g} %"
    yield Setting("steps", text)
    if recipe.get("tolerance"):
        gain = f"once 32 steps gain less than {100 * recipe['tolerance']:g} %"
        yield Setting("ends early", gain)


def _growth(recipe: Recipe) -> Iterator[Setting]:
    if recipe.get("growths"):
        text = f"{recipe['growths']} times by {recipe['growth']:g}"
        if recipe.get("blur"):
            text += f", blurred by {recipe['blur']:g} px between"
        yield Setting("grown", text)


def _movements(recipe: Recipe) -> Iterator[Setting]:
    """Yield the random transforms that are applied to the picture at each step."""
    shift, angle = recipe.get("jitter", 0), recipe.get("rotate", 0)
    scale = recipe.get("scale", 0)
    parts = [f"{shift:.3g} px"] if shift else []
    parts += [f"{angle:g} degrees"] if angle else []
    parts += [f"{100 * scale:g} % of its size"] if scale else []
    if parts:
        yield Setting("moved", f"up to {_joined(parts)}")
    if recipe.get("pad"):
        yield Setting("margin", f"{recipe['pad']} px of grey")
    if (recipe.get("crop") or 1) < 1:
        yield Setting("cut", f"{100 * recipe['crop']:g} % of its sides at every step")
    if recipe.get("noise"):
        yield Setting("noise", f"{recipe['noise']:g}")


def _penalties(recipe: Recipe) -> Iterator[Setting]:
    parts = [f"{recipe[name]:g} × {what}" for name, what in PENALTIES.items() if recipe.get(name)]
    if parts:
        yield Setting("penalties", _joined(parts))


def _company(recipe: Recipe) -> Iterator[Setting]:
    if recipe.get("members", 1) > 1:
        text = f"with {recipe['members'] - 1} others, pushed apart"
        yield Setting("together", text)


def drawn(made: Attempt) -> str:
    """Return a sentence on what the curve of a picture's responses shows."""
    recipe = made["recipe"]
    moved = any(part.name in ("moved", "cut") for part in _movements(recipe))
    how = ", while the picture was moved about" if moved else ""
    return f"Drawn: {objective(recipe)} in {made['provenance']['precision']}{how}."


def _joined(parts: Sequence[str]) -> str:
    """Join texts with commas and "and"."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
