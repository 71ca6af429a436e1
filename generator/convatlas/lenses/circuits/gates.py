"""Gates, as in squeeze-and-excitation, on the way from filters to a layer that reads them."""

from __future__ import annotations

from collections.abc import Iterator

from convatlas.lenses.circuits.entries import LayerCircuitsEntry
from convatlas.model.manifest import Layer, Network


def gate(network: Network, layer: Layer, entry: LayerCircuitsEntry) -> str | None:
    """Return the layer whose filters scale a layer's inputs; None if none is known to.

    A gate multiplies each channel by a number that a convolution makes of the whole picture. So it
    has one position, as many filters as there are inputs, comes between the two layers, and is
    itself no input; and what the layer sees is larger by products with numbers of whole pictures.
    """
    if layer["local_receptive_field"] == layer["receptive_field"]:
        return None
    found = [each["name"] for each in _between(network, layer, entry) if _scales(each, layer)]
    return next((name for name in reversed(found) if name not in entry["layers"]), None)


def _between(network: Network, layer: Layer, entry: LayerCircuitsEntry) -> Iterator[Layer]:
    """Yield the layers after the first one whose filters are a layer's inputs, and before it."""
    begun = False
    for each in network["layers"]:
        if each["name"] == layer["name"]:
            return
        if begun:
            yield each
        read = each["name"] in entry["layers"] and len(each["filters"]) == layer["channels"]
        begun = begun or read


def _scales(each: Layer, layer: Layer) -> bool:
    """Return whether a layer has the shape of a gate's factors."""
    return each["map"] == [1, 1] != layer["map"] and len(each["filters"]) == layer["channels"]
