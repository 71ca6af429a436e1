"""Effects on the pages about networks and the atlas: the pages of classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypedDict

from markupsafe import Markup

from convatlas.lenses.effects.entries import ClassEntry, classes, layer_effects, recognised
from convatlas.lenses.effects.pages import classes_data, classes_href, network_class_pages
from convatlas.lenses.parts.overview import AboutSection, Overview, Part
from convatlas.model.manifest import Manifest, Network
from convatlas.model.records import Json
from convatlas.ui.page import Page, Site

NAMED = 60
"""Maximum number of classes that a network's page names."""


def _on(manifest: Manifest) -> bool:
    layers = (layer for network in manifest["networks"] for layer in network["layers"])
    return any(layer_effects(layer) for layer in layers)


class Summary(NamedTuple):
    """How well a network tells its classes apart."""

    network: str
    href: str
    """The page of all classes, from the site's root."""
    classes: int
    right: int
    """How many of the images with a label are recognised."""
    labelled: int


class NetworkContext(TypedDict):
    """What ``lenses/effects/network.html`` reads."""

    class_summary: Summary
    named_classes: Sequence[ClassEntry]


class HomeContext(TypedDict):
    """What ``lenses/effects/home.html`` reads."""

    class_summaries: Sequence[Summary]


class EffectsOverview(Overview):
    """The method, and the pages of classes."""

    about = (AboutSection("effects", "What a filter does", "lenses/effects/about.html", 250, _on),)

    def pages(self, site: Site) -> Iterator[Page]:
        """Yield the pages of all classes of all networks, and their data."""
        for network in site.manifest["networks"]:
            yield from network_class_pages(site, network)

    def home_parts(self, site: Site) -> Sequence[Part]:
        """Return a section that leads to the classes of each network."""
        told = _summaries(site.manifest)
        context: HomeContext = {"class_summaries": told}
        return [Part("classes", "Classes", "lenses/effects/home.html", context, 50)] if told else []

    def network_parts(self, site: Site, network: Network) -> Sequence[Part]:
        """Return a section with the classes of a network."""
        entries = classes(site.manifest, network["name"])
        if not entries:
            return ()
        context: NetworkContext = {
            "class_summary": _summary(network, entries),
            "named_classes": entries[:NAMED],
        }
        href = classes_href(network)
        return [Part("classes", "Classes", "lenses/effects/network.html", context, 50, href)]

    def help_entries(self, manifest: Manifest) -> Sequence[tuple[str, str, str]]:
        """Return the explanation of a class's page."""
        text = "The filters that do most for it and against it, and what its images are taken for."
        return [(told.href, "class", text) for told in _summaries(manifest)[:1]]

    def data_files(self, manifest: Manifest) -> Markup:
        """Return a clause about the ``classes.json`` of each network."""
        if not _summaries(manifest):
            return Markup()
        return Markup(', each network with classes a <span class="mono">classes.json</span>')

    def atlas_json(self, manifest: Manifest) -> Mapping[str, Json]:
        """Return where the classes of each network are told, and how well it recognises them."""
        found: list[Json] = [
            {
                "network": told.network,
                "href": told.href,
                "data": classes_data(told.href),
                "classes": told.classes,
                "labelled": told.labelled,
                "recognised": told.right,
            }
            for told in _summaries(manifest)
        ]
        return {"classes": found} if found else {}


def _summaries(manifest: Manifest) -> list[Summary]:
    return [
        _summary(network, entries)
        for network in manifest["networks"]
        if (entries := classes(manifest, network["name"]))
    ]


def _summary(network: Network, entries: Sequence[ClassEntry]) -> Summary:
    return Summary(
        network["name"],
        classes_href(network),
        len(entries),
        sum(map(recognised, entries)),
        sum(len(entry["labelled"]) for entry in entries),
    )
