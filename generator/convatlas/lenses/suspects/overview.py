"""Suspects on the pages of networks and classes, and ``suspects.csv``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypedDict

from markupsafe import Markup

from convatlas.lenses.effects.entries import classes
from convatlas.lenses.parts.overview import AboutSection, Overview, Part
from convatlas.lenses.suspects import text
from convatlas.lenses.suspects.entries import SuspectsEntry, size, suspects
from convatlas.lenses.suspects.records import NAME
from convatlas.lenses.suspects.rows import suspects_csv
from convatlas.lenses.suspects.shown import Shown, ShownSuspect
from convatlas.model.manifest import Manifest, Network
from convatlas.model.records import Json
from convatlas.ui.page import Page, Site
from convatlas.ui.tile_drawing import DrawnOnce

FILE = "suspects.csv"
TITLE = "Suspects to look at"
LISTED = 24
"""Maximum number of classes that a network's page lists."""


class SuspectedClass(NamedTuple):
    """A class about which something looks odd."""

    name: str
    href: str
    """Its page, from the site's root."""
    told: str


class ClassContext(TypedDict):
    """What ``lenses/suspects/class.html`` reads."""

    suspects_class: str
    """The class's name."""
    suspects_border: Sequence[ShownSuspect]
    suspects_excited: Sequence[ShownSuspect]
    suspects_groups: Sequence[ShownSuspect]
    suspects_left: int
    """How many filters there are that the page does not show."""


class NetworkContext(TypedDict):
    """What ``lenses/suspects/network.html`` reads."""

    suspects_entry: SuspectsEntry
    suspects_listed: Sequence[SuspectedClass]


def _any(manifest: Manifest) -> bool:
    return bool(suspects(manifest))


class SuspectsOverview(Overview):
    """What looks odd about classes."""

    about = (AboutSection(NAME, "Suspects", "lenses/suspects/about.html", 258, _any),)

    def pages(self, site: Site) -> Iterator[Page]:
        """Yield ``suspects.csv``."""
        if suspects(site.manifest):
            yield FILE, suspects_csv(site.manifest)

    def class_parts(
        self, site: Site, network: Network, number: int, drawn: DrawnOnce
    ) -> Sequence[Part]:
        """Return a section with the suspects of a class, if there are any."""
        known = suspects(site.manifest).get(network["name"])
        entry = known["classes"].get(str(number)) if known else None
        if entry is None:
            return ()
        name = self._names(site.manifest, network)[number]
        shown = Shown(site, network, name, entry, drawn)
        border, excited, groups = shown.border(), shown.excited(), shown.groups()
        context: ClassContext = {
            "suspects_class": name,
            "suspects_border": border,
            "suspects_excited": excited,
            "suspects_groups": groups,
            "suspects_left": size(entry) - len(border) - len(excited) - bool(groups),
        }
        return [Part(NAME, TITLE, "lenses/suspects/class.html", context, 200)]

    def network_parts(self, site: Site, network: Network) -> Sequence[Part]:
        """Return a section with the classes about which something looks odd."""
        entry = suspects(site.manifest).get(network["name"])
        if entry is None:
            return ()
        told = {each["number"]: each for each in classes(site.manifest, network["name"])}
        found = [(told[int(number)], own) for number, own in entry["classes"].items()]
        found.sort(key=lambda pair: (-size(pair[1]), pair[0]["number"]))
        context: NetworkContext = {
            "suspects_entry": entry,
            "suspects_listed": [
                SuspectedClass(each["name"], each["href"], text.brief(own))
                for each, own in found[:LISTED]
            ],
        }
        return [Part(NAME, TITLE, "lenses/suspects/network.html", context, 60)]

    def data_files(self, manifest: Manifest) -> Markup:
        """Return the file's name."""
        return Markup(", <code>{}</code> the suspects").format(FILE) if _any(manifest) else Markup()

    def atlas_json(self, manifest: Manifest) -> Mapping[str, Json]:
        """Return the file, if there is one."""
        return {NAME: FILE} if _any(manifest) else {}

    def _names(self, manifest: Manifest, network: Network) -> Mapping[int, str]:
        return {each["number"]: each["name"] for each in classes(manifest, network["name"])}
