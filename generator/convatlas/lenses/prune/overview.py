"""The prune audit on networks' pages, its file, and how it is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypedDict

from markupsafe import Markup

from convatlas.lenses.parts.overview import AboutSection, Overview, Part
from convatlas.lenses.prune import text
from convatlas.lenses.prune.entries import audits
from convatlas.lenses.prune.records import NAME, PruneData, TrialData
from convatlas.lenses.prune.rows import prune_csv
from convatlas.lenses.prune.section import FILE
from convatlas.model.manifest import Manifest, Network
from convatlas.model.records import Json
from convatlas.ui.page import Page, Site


class Kept(NamedTuple):
    """What is left at one share, by the order in which filters are masked."""

    share: float
    masked: int
    importance: float
    norm: float | None
    random: float


class LayerRow(NamedTuple):
    """A layer that is masked alone."""

    name: str
    href: str
    """Its page, from the site's root."""
    also: str
    """The layers that are masked with it; "" without any."""
    units: int
    kept: Sequence[Kept]


class PruneContext(TypedDict):
    """What ``lenses/prune/network.html`` reads."""

    prune_audit: PruneData
    prune_csv: str
    """The file's name, from the network's page."""
    prune_filters: int
    """How many filters the layers have that are masked; tied ones count one by one."""
    prune_kept: Sequence[Kept]
    prune_layers: Sequence[LayerRow]


def _any(manifest: Manifest) -> bool:
    return bool(audits(manifest))


class PruneOverview(Overview):
    """A section of a network's page, and ``prune.csv``."""

    about = (AboutSection(NAME, "The prune audit", "lenses/prune/about.html", 255, _any),)

    def network_parts(self, site: Site, network: Network) -> Sequence[Part]:
        """Return the table of a network, if it has an audit."""
        entry = audits(site.manifest).get(network["name"])
        if entry is None:
            return ()
        audit = entry["audit"]
        context: PruneContext = {
            "prune_audit": audit,
            "prune_csv": FILE,
            "prune_filters": sum(len(each["rank"]) for each in audit["filters"].values()),
            "prune_kept": _kept(audit, audit["together"]),
            "prune_layers": [_row(audit, trial, network) for trial in audit["alone"]],
        }
        return [Part(NAME, "Prune audit", "lenses/prune/network.html", context, 300)]

    def pages(self, site: Site) -> Iterator[Page]:
        """Yield the file of each network."""
        for entry in audits(site.manifest).values():
            yield entry["csv"], prune_csv(entry["audit"])

    def data_files(self, manifest: Manifest) -> Markup:
        """Return the file's name."""
        name = Markup(", <code>NETWORK/{}</code> the prune audit").format(FILE)
        return name if audits(manifest) else Markup()

    def atlas_json(self, manifest: Manifest) -> Mapping[str, Json]:
        """Return the file of each network."""
        found = {name: entry["csv"] for name, entry in audits(manifest).items()}
        return {NAME: found} if found else {}


def _row(audit: PruneData, trial: TrialData, network: Network) -> LayerRow:
    name = trial["layers"][0]
    href = next(layer["href"] for layer in network["layers"] if layer["name"] == name)
    return LayerRow(name, href, text.layers(trial), trial["units"], _kept(audit, trial))


def _kept(audit: PruneData, trial: TrialData) -> list[Kept]:
    """Return what is left at each share."""
    norms: Sequence[float | None] = trial["norm"] or [None] * len(audit["shares"])
    columns = (audit["shares"], trial["masked"], trial["importance"], norms, trial["random"])
    return [Kept(*row) for row in zip(*columns, strict=True)]
