"""The manifest's entries for suspects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired, TypedDict, cast

from convatlas.lenses.suspects.records import NAME, ExcitedByOthers, Suspect
from convatlas.model.manifest import Manifest, atlas_entry


class BorderEntry(Suspect):
    """A filter that peaks at one place at the border on a class's images."""

    place: str
    own: int
    """On how many of the class's images it does."""
    of: int
    others: float | None
    """The share of the other images on which it fires, 0 to 1; None if it fires on no other."""
    layer_share: float
    """The same of the layer's filters on all images."""
    cells: list[int]
    """On how many of the class's images it peaks in each of 4 x 4 cells, row by row."""
    images: list[str]
    """Some on which it peaks at the place, of those that are published."""


class GroupEntry(TypedDict):
    """Some images of a class, and the filter that tells them from the others."""

    size: int
    images: list[str]
    """Some of them, of those that are published."""
    index: int
    here: float
    """The filter's mean effect on them, in logits."""
    there: float
    """On the class's other images."""


class GroupsEntry(TypedDict):
    """Two kinds of images of a class, by what the filters of one layer do for them."""

    layer: str
    groups: list[GroupEntry]
    """The larger one first."""


class ClassSuspectsEntry(TypedDict):
    """What looks odd about a class."""

    excited: list[ExcitedByOthers]
    """Filters that do much for it, but which images of other classes excite most."""
    border: list[BorderEntry]
    groups: NotRequired[GroupsEntry]


class SuspectsEntry(TypedDict):
    """What looks odd about the classes of a network."""

    least: int
    """How many images a class must have to be looked into."""
    looked: int
    """How many classes have as many."""
    classes: dict[str, ClassSuspectsEntry]
    """Those about which something looks odd, by their indices."""


def suspects(manifest: Manifest) -> Mapping[str, SuspectsEntry]:
    """Return what looks odd, by the names of the networks that were looked into."""
    return cast("Mapping[str, SuspectsEntry] | None", atlas_entry(manifest, NAME)) or {}


def size(entry: ClassSuspectsEntry) -> int:
    """Return how many suspects a class has."""
    return len(entry["excited"]) + len(entry["border"]) + ("groups" in entry)
