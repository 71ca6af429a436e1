"""The overviews of all lenses combined: their parts of the pages on networks and the atlas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from markupsafe import Markup

from convatlas.lenses.parts.overview import AboutSection, Guide, Overview, Part, Reason, Symptom
from convatlas.lenses.registry import lenses
from convatlas.model.manifest import Layer, Manifest, Network
from convatlas.site import tables
from convatlas.ui.page import Page, Site
from convatlas.ui.tile_drawing import DrawnOnce


def overviews() -> Iterator[Overview]:
    """Yield every lens's overview, in the order of the lenses."""
    return (lens.overview for lens in lenses())


def lens_pages(site: Site) -> Iterator[Page]:
    """Yield the pages that belong to lenses."""
    for overview in overviews():
        yield from overview.pages(site)


def home_parts(site: Site) -> list[Part]:
    """Return the lenses' sections of the home page, in page order."""
    return _in_order(part for overview in overviews() for part in overview.home_parts(site))


def network_parts(site: Site, network: Network) -> list[Part]:
    """Return the lenses' sections of a network's page, in page order."""
    parts = (overview.network_parts(site, network) for overview in overviews())
    return _in_order(part for each in parts for part in each)


def layer_parts(site: Site, network: Network, layer: Layer) -> list[Part]:
    """Return the lenses' sections below a layer's grid, with those of their tables, in page order.

    Of the same place, those of tables come first.
    """
    parts = (overview.layer_parts(site, network, layer) for overview in overviews())
    own = tables.layer_parts(network, layer)
    return _in_order([*own, *(part for each in parts for part in each)])


def class_parts(site: Site, network: Network, number: int, drawn: DrawnOnce) -> list[Part]:
    """Return the lenses' sections of the page of a class, in page order."""
    parts = (overview.class_parts(site, network, number, drawn) for overview in overviews())
    return _in_order(part for each in parts for part in each)


def _in_order(parts: Iterable[Part]) -> list[Part]:
    return sorted(parts, key=lambda part: part.place)


def guides() -> list[Guide]:
    """Return the lenses' guides, in the order of the lenses."""
    return [overview.guide for overview in overviews() if overview.guide]


def reasons() -> list[Reason]:
    """Return the reasons why a filter may stand out, in page order."""
    reasons = (reason for overview in overviews() for reason in overview.reasons)
    return sorted(reasons, key=lambda reason: reason.place)


def symptoms(layer: Layer) -> list[Symptom]:
    """Return the symptoms of a layer, in the order of the lenses."""
    return [symptom for overview in overviews() for symptom in overview.symptoms(layer)]


def about_sections(manifest: Manifest) -> list[list[AboutSection]]:
    """Return the sections of the about page that apply to this atlas, grouped by lens."""
    shown = ([one for one in each.about if one.shown(manifest)] for each in overviews())
    return sorted(filter(None, shown), key=lambda sections: sections[0].place)


def help_entries(manifest: Manifest) -> list[tuple[str, str, str]]:
    """Return (address from the root, name, description) of each of the lenses' pages."""
    return [entry for overview in overviews() for entry in overview.help_entries(manifest)]


def found_pages(manifest: Manifest) -> dict[str, str]:
    """Return the addresses of the lenses' pages that the search finds, by their names."""
    found = (overview.found_pages(manifest) for overview in overviews())
    return {name: href for each in found for name, href in each.items()}


def data_files(manifest: Manifest) -> Markup:
    """Return the lenses' continuation of the about page's sentence on data files."""
    return Markup("").join(overview.data_files(manifest) for overview in overviews())
