"""Which probes and claims tell of a filter or a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from convatlas.ui.text import ordinal

Fact = Mapping[str, Any]


class Standing(NamedTuple):
    """A probe for which a filter is among the strongest of its layer."""

    probe: str
    rank: str
    href: str  # of the layer on the probe's page, from the site's root


class Sight(NamedTuple):
    """A probe in one network."""

    probe: Fact
    seen: Fact


@dataclass
class Mention:
    """All that is told of one filter elsewhere."""

    standings: list[Standing] = field(default_factory=list)
    claims: list[Fact] = field(default_factory=list)


class Mentions:
    """Finds by the address of a filter's page, from the site's root, what else tells of it."""

    def __init__(self, manifest: Fact) -> None:
        self.manifest = manifest
        self._known: dict[str, Mention] = {}
        for probe in manifest["probes"]:
            for href, standing in _standings(probe):
                self._known.setdefault(href, Mention()).standings.append(standing)
        for claim in manifest["hypotheses"]:
            if claim["href"]:
                self._known.setdefault(claim["href"], Mention()).claims.append(claim)

    def of(self, href: str) -> Mention | None:
        """What tells of the filter; None where nothing does."""
        return self._known.get(href)

    def probes(self, network: Fact) -> list[Sight]:
        """The probes that a network sees, in their order."""
        return [
            Sight(probe, seen)
            for probe in self.manifest["probes"]
            for seen in probe["networks"]
            if seen["network"] == network["name"]
        ]

    def claims(self, network: Fact) -> list[Fact]:
        """The claims about a network's filters, in their order."""
        return [
            claim for claim in self.manifest["hypotheses"] if claim["network"] == network["name"]
        ]


def _standings(probe: Fact) -> Iterator[tuple[str, Standing]]:
    for seen in probe["networks"]:
        for layer in seen["layers"]:
            place = f"{seen['href']}#{layer['slug']}"
            for rank, entry in enumerate(layer["top"], 1):
                if entry["href"]:
                    yield entry["href"], Standing(probe["name"], ordinal(rank), place)
