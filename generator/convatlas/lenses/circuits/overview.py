"""Circuits on the page of a layer, and how they are worked out on the page about methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from convatlas.lenses.circuits.entries import layer_circuits
from convatlas.lenses.circuits.layer_text import trust
from convatlas.lenses.circuits.missing import missing, missing_of_layer
from convatlas.lenses.circuits.neighbours import Neighbours
from convatlas.lenses.circuits.strongest import Circuit, strongest
from convatlas.lenses.circuits.two_reasons import (
    NAMED,
    SHOWN,
    ReasonsShown,
    TwoReasons,
    fire_for_two,
)
from convatlas.lenses.parts.overview import AboutSection, Overview, Part
from convatlas.model.manifest import Filter, Layer, Manifest, Network
from convatlas.ui.page import Site
from convatlas.ui.tile_drawing import DrawnOnce

TITLE = "What makes its filters respond"


def _on(manifest: Manifest) -> bool:
    layers = (layer for network in manifest["networks"] for layer in network["layers"])
    return any(layer_circuits(layer) for layer in layers)


class LayerContext(TypedDict):
    """What ``lenses/circuits/layer.html`` reads."""

    circuits_trust: str
    """Sentences on how far to trust the drops, and on inputs that are not known."""
    strongest_circuits: Sequence[Circuit]
    two_reasons: Sequence[TwoReasons]
    """Some of the filters that fire for two reasons."""
    two_reasons_named: Sequence[Filter]
    """More of them."""
    two_reasons_count: int
    """How many there are."""


class MissingContext(TypedDict):
    """What ``lenses/circuits/missing.html`` reads."""

    circuits_missing: str
    """Why there are no circuits."""


class CircuitsOverview(Overview):
    """The method, and a section on the page of each layer."""

    about = (
        AboutSection(
            "circuits", "What makes a filter respond", "lenses/circuits/about.html", 240, _on
        ),
    )

    def network_parts(self, site: Site, network: Network) -> Sequence[Part]:
        """Return a section that says why a network has no circuits, if it should have some."""
        return _missing(missing(site.manifest, network))

    def layer_parts(self, site: Site, network: Network, layer: Layer) -> Sequence[Part]:
        """Return the section on the layer's circuits."""
        entry = layer_circuits(layer)
        if entry is None:
            return _missing(missing_of_layer(site.manifest, network, layer))
        neighbours = Neighbours(site, network, DrawnOnce())
        reasons, twofold = ReasonsShown(layer, neighbours), fire_for_two(layer)
        context: LayerContext = {
            "circuits_trust": trust(entry, layer, network),
            "strongest_circuits": strongest(layer, neighbours),
            "two_reasons": [reasons.shown(filter) for filter in twofold[:SHOWN]],
            "two_reasons_named": twofold[SHOWN : SHOWN + NAMED],
            "two_reasons_count": len(twofold),
        }
        return (Part("circuits", TITLE, "lenses/circuits/layer.html", context, 90),)


def _missing(told: str) -> Sequence[Part]:
    """Return a section that says why there are no circuits; none if there is no reason to."""
    template, context = "lenses/circuits/missing.html", MissingContext(circuits_missing=told)
    return (Part("circuits", TITLE, template, context, 90),) if told else ()
