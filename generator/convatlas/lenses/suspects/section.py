"""The suspects' part of the manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from convatlas.lenses.parts.section import Section
from convatlas.lenses.suspects.entries import (
    BorderEntry,
    ClassSuspectsEntry,
    GroupsEntry,
    SuspectsEntry,
)
from convatlas.lenses.suspects.records import (
    NAME,
    AtBorder,
    ClassSuspects,
    Groups,
    SuspectsData,
    read_suspects,
)
from convatlas.model.manifest import Network
from convatlas.ui.network_results import NetworkResults

Published = Callable[[Sequence[int]], list[str]]
"""From indices of images to the ids of those that are published."""


class SuspectsSection(Section):
    """What looks odd about the classes of all networks."""

    def atlas_entries(
        self, results: Sequence[NetworkResults], networks: Sequence[Network], files: dict[str, str]
    ) -> Mapping[str, object]:
        """Return the suspects under "suspects", by the networks' names."""
        found = {
            network["name"]: _entry(data, _published(each, network))
            for each, network in zip(results, networks, strict=True)
            if (data := read_suspects(each.records))
        }
        return {NAME: found} if found else {}


def _published(results: NetworkResults, network: Network) -> Published:
    facts = results.images.images if results.images else ()

    def ids(images: Sequence[int]) -> list[str]:
        named = (facts[index].id for index in images)
        return [image for image in named if image in network["photographs"]]

    return ids


def _entry(data: SuspectsData, published: Published) -> SuspectsEntry:
    return {
        "least": data["least"],
        "looked": len(data["looked"]),
        "classes": {number: _class(own, published) for number, own in data["classes"].items()},
    }


def _class(data: ClassSuspects, published: Published) -> ClassSuspectsEntry:
    entry: ClassSuspectsEntry = {
        "excited": data["excited"],
        "border": [_border(each, published) for each in data["border"]],
    }
    if "groups" in data:
        entry["groups"] = _groups(data["groups"], published)
    return entry


def _border(data: AtBorder, published: Published) -> BorderEntry:
    return {**data, "images": published(data["images"])}


def _groups(data: Groups, published: Published) -> GroupsEntry:
    return {
        "layer": data["layer"],
        "groups": [{**each, "images": published(each["images"])} for each in data["groups"]],
    }
