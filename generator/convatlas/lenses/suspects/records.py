"""The record of suspects, and how to read it."""

from __future__ import annotations

from typing import NotRequired, TypedDict, cast

from convatlas.model.record_index import RecordIndex

NAME = "suspects"
FOUND = "found"
"""The item of the record, which belongs to no layer."""


class Suspect(TypedDict):
    """A filter that does much for a class."""

    layer: str
    index: int
    effect: float  # the mean over the class's images, in logits


class ExcitedByOthers(Suspect):
    """One whose strongest images are mostly of other classes."""

    own: int  # how many of them are of the class
    of: int  # how many they are
    usual: float  # the median of these numbers over such filters of the layer


class AtBorder(Suspect):
    """One that fires at one place at the border alone, on the class's images."""

    place: str  # one of ``borders.PLACES``
    own: int  # on how many of the class's images
    of: int  # how many these are
    others: float | None  # the share of the other images on which it fires; None if on none
    layer_share: float  # the same of the layer's filters on all images, 0 to 1
    cells: list[int]  # on how many of the class's images it peaks in each of 4 x 4 cells
    images: list[int]  # some on which it does, by their indices in the set


class Group(TypedDict):
    """Some images of a class, and the filter that tells them from the others."""

    size: int
    images: list[int]  # some of them, by their indices in the set
    index: int
    here: float  # its mean effect on them, in logits
    there: float  # on the class's other images


class Groups(TypedDict):
    """Two kinds of images of a class, by what the filters of one layer do for them."""

    layer: str
    groups: list[Group]  # the larger one first


class ClassSuspects(TypedDict):
    """What looks odd about a class."""

    excited: list[ExcitedByOthers]  # those with the largest effects first
    border: list[AtBorder]
    groups: NotRequired[Groups]


class SuspectsData(TypedDict):
    """What looks odd about the classes of a network."""

    least: int  # how many images a class must have
    looked: list[int]  # classes that have as many, by their indices
    classes: dict[str, ClassSuspects]  # those about which something does, by index


def read_suspects(records: RecordIndex) -> SuspectsData | None:
    """Return what looks odd about the classes of a network."""
    record = records.first(NAME, None, FOUND)
    return cast("SuspectsData", record.data) if record else None


def suspected_images(records: RecordIndex) -> set[int]:
    """Return the images that suspects name, by their indices in the set."""
    data = read_suspects(records)
    found: set[int] = set()
    for each in data["classes"].values() if data else ():
        found.update(*(told["images"] for told in each["border"]))
        if "groups" in each:
            found.update(*(told["images"] for told in each["groups"]["groups"]))
    return found
