"""Edits on the pages about networks and the atlas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypedDict

from markupsafe import Markup

from convatlas.lenses.edits.entries import EditedNetwork, EditEntry, by_weight, edits
from convatlas.lenses.edits.pages import INDEX, edit_pages
from convatlas.lenses.edits.spreadsheet import spreadsheet_href
from convatlas.lenses.edits.text import words
from convatlas.lenses.parts.overview import AboutSection, Overview, Part
from convatlas.model.manifest import Manifest, Network
from convatlas.model.records import Json
from convatlas.ui.page import Page, Site
from convatlas.ui.tile_drawing import DrawnOnce

MOVERS = 3
"""Maximum number of edits that a class's page names as raising it, and as lowering it."""
APPARENT = 0.1
"""The mean change of a logit from which on an edit is said to move a class."""
NAMED = 8
"""Maximum number of edits that the page of a network names."""


class Mover(NamedTuple):
    """An edit that moves the score of a class."""

    edit: EditEntry
    logit: float


class ClassContext(TypedDict):
    """What ``lenses/edits/class.html`` reads."""

    movers: Sequence[Mover]
    """From the one that raises the class most to the one that lowers it most."""


class NetworkContext(TypedDict):
    """What ``lenses/edits/network.html`` reads."""

    edits_seen: Sequence[tuple[EditEntry, EditedNetwork]]
    """Those first that change most predictions."""
    edits_count: int


class HomeContext(TypedDict):
    """What ``lenses/edits/home.html`` reads."""

    edits_asked: Sequence[EditEntry]


class EditsOverview(Overview):
    """The pages of edits, and what leads to them."""

    about = (
        AboutSection(
            "edits",
            "What the network notices",
            "lenses/edits/about.html",
            260,
            lambda manifest: bool(edits(manifest)),
        ),
    )

    def pages(self, site: Site) -> Iterator[Page]:
        """Yield the pages of edits, and their files."""
        return edit_pages(site)

    def home_parts(self, site: Site) -> Sequence[Part]:
        """Return a section that leads to the edits."""
        found = edits(site.manifest)
        context: HomeContext = {"edits_asked": found}
        template = "lenses/edits/home.html"
        return [Part("edits", "Edited images", template, context, 60, INDEX[0])] if found else []

    def network_parts(self, site: Site, network: Network) -> Sequence[Part]:
        """Return a section with the edits that look like marks or change most predictions."""
        seen = _seen(site.manifest, network)
        if not seen:
            return ()
        seen.sort(key=lambda pair: by_weight(pair[1]))
        context: NetworkContext = {"edits_seen": seen[:NAMED], "edits_count": len(seen)}
        return [Part("edits", "Edited images", "lenses/edits/network.html", context, 60, INDEX[0])]

    def class_parts(
        self, site: Site, network: Network, number: int, drawn: DrawnOnce
    ) -> Sequence[Part]:
        """Return a section with the edits that move a class."""
        found = [
            Mover(edit, seen["logits"][number])
            for edit, seen in _seen(site.manifest, network)
            if number < len(seen["logits"])
        ]
        found = _apparent(found)
        context: ClassContext = {"movers": found}
        template = "lenses/edits/class.html"
        return [Part("edits", "Edits that move it", template, context, 100)] if found else []

    def found_pages(self, manifest: Manifest) -> Mapping[str, str]:
        """Return the pages of edits, which are found by name and title."""
        return {f"{words(each['name'])}: {each['title']}": each["href"] for each in edits(manifest)}

    def help_entries(self, manifest: Manifest) -> Sequence[tuple[str, str, str]]:
        """Return the explanation of an edit's page."""
        if not edits(manifest):
            return ()
        return [(INDEX[0], "edit", "What changes if all images are shown again, edited.")]

    def data_files(self, manifest: Manifest) -> Markup:
        """Return a clause about the spreadsheets of edits."""
        if not edits(manifest):
            return Markup()
        return Markup(", each edit a file for spreadsheets for each network")

    def atlas_json(self, manifest: Manifest) -> Mapping[str, Json]:
        """Return what each edit does to each network, in short."""
        networks = {network["name"]: network for network in manifest["networks"]}
        found = [_told(edit, networks) for edit in edits(manifest)]
        return {"edits": found} if found else {}


def _seen(manifest: Manifest, network: Network) -> list[tuple[EditEntry, EditedNetwork]]:
    return [
        (edit, seen)
        for edit in edits(manifest)
        for seen in edit["networks"]
        if seen["network"] == network["name"]
    ]


def _apparent(movers: Sequence[Mover]) -> list[Mover]:
    """Return the edits that move a class most, from the highest change to the lowest."""
    ordered = sorted(movers, key=lambda each: -each.logit)
    raising = [each for each in ordered if each.logit >= APPARENT]
    lowering = [each for each in ordered if each.logit <= -APPARENT]
    return [*raising[:MOVERS], *lowering[-MOVERS:]]


def _told(edit: EditEntry, networks: Mapping[str, Network]) -> Mapping[str, Json]:
    own = {key: value for key, value in edit.items() if key != "networks"}
    seen = [_network(edit, each, networks[each["network"]]) for each in edit["networks"]]
    return {**own, "networks": seen}


def _network(edit: EditEntry, seen: EditedNetwork, network: Network) -> Mapping[str, Json]:
    """Return what an edit does to a network; its filters are in ``layer.json``, in short."""
    apart = ("carriers", "examples", "logits")
    kept = {key: value for key, value in seen.items() if key not in apart}
    return {**kept, "carriers": spreadsheet_href(edit, network) if seen["carriers"] else None}
