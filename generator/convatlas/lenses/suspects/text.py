"""Suspects in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from convatlas.lenses.suspects.entries import (
    BorderEntry,
    ClassSuspectsEntry,
    GroupEntry,
    SuspectsEntry,
)
from convatlas.lenses.suspects.records import ExcitedByOthers
from convatlas.ui.text import number, percent, plural

EXCITED = "excited by other classes"
BORDER = "fires at the border"
GROUPS = "two kinds of images"

PLACES = {
    "top left": "in the top left corner",
    "top right": "in the top right corner",
    "bottom left": "in the bottom left corner",
    "bottom right": "in the bottom right corner",
    "top": "along the top",
    "bottom": "along the bottom",
    "left": "along the left side",
    "right": "along the right side",
    "border": "along the border",
}
"""What the places of a map are called."""


def excited(told: ExcitedByOthers, name: str, labels: Sequence[str | None] = ()) -> str:
    """Return sentences on a filter that images of other classes excite more than those of its own.

    Args:
        told: What is known of it.
        name: The class.
        labels: Those of its strongest images.
    """
    own = f"Only {told['own']}" if told["own"] else "None"
    verb = "are" if told["own"] > 1 else "is"
    others = Counter(label for label in labels if label and label != name).most_common(1)
    but = f", but {others[0][1]} are of {others[0][0]}" if others and others[0][1] > 1 else ""
    usual = number(told["usual"], 2)
    return (
        f"{own} of its {told['of']} strongest images {verb} of {name}{but}. Usually {usual} are, of"
        " the filters of this layer that do much for a class."
    )


def border(told: BorderEntry, name: str) -> str:
    """Return a sentence on a filter that fires at one place at the border on a class's images."""
    place, share = PLACES[told["place"]], percent(told["own"] / told["of"])
    own = f"{told['own']} of {plural(told['of'], 'image')} of {name} ({share})"
    layer = (
        f"filters of this layer do on {percent(told['layer_share'])} of those on which they fire"
    )
    if told["others"] is None:
        return f"It fires {place} alone on {own}, and on no other image; {layer}."
    others = f"{percent(told['others'])} of the other images on which it fires"
    return f"It fires {place} alone on {own}, but on {others}; {layer}."


def group(told: GroupEntry) -> str:
    """Return a sentence on a group of images, and the filter that tells them from the others."""
    here, there = signed(told["here"]), signed(told["there"])
    images = plural(told["size"], "image")
    return f"{images}, on which filter {told['index']} does {here}, and {there} on the others."


def signed(value: float) -> str:
    """Return an effect with its sign."""
    return ("+" if value > 0 else "") + number(value, 2)


def brief(entry: ClassSuspectsEntry) -> str:
    """Return what looks odd about a class in few words."""
    told = []
    if border := len(entry["border"]):
        told.append(f"{plural(border, 'filter')} that fire at the border")
    if others := len(entry["excited"]):
        told.append(f"{plural(others, 'filter')} excited by other classes")
    if "groups" in entry:
        told.append(GROUPS)
    return ", ".join(told)


def closing(name: str, entry: SuspectsEntry) -> str:
    """Return a line for the end of a build."""
    some, looked = len(entry["classes"]), entry["looked"]
    return f"{name}: suspects to look at in {some:,} of {looked:,} classes"
