"""Why a network, or one of its layers, has no circuits, where one would expect them."""

from __future__ import annotations

from collections.abc import Sequence

from convatlas.lenses.circuits.entries import layer_circuits
from convatlas.lenses.circuits.records import NAME
from convatlas.lenses.examples.entries import examples
from convatlas.model.manifest import Layer, Manifest, Network
from convatlas.ui.text import count, plural

NEED = "Circuits explain the strongest images of all filters"


def missing(manifest: Manifest, network: Network) -> str:
    """Return a sentence on why a network has no circuits; "" if it has some, or none are due."""
    if manifest["lenses"].get(NAME) is None or network["images"] is None:
        return ""
    if any(layer_circuits(layer) for layer in network["layers"]):
        return ""
    if network.get("single"):
        return "Circuits are not told: pictures have to be shown to this network one at a time."
    silent = [layer for layer in network["layers"] if layer["reached"] and _silent(layer)]
    return f"Circuits are not told. {_without(silent)}" if silent else ""


def missing_of_layer(manifest: Manifest, network: Network, layer: Layer) -> str:
    """Return a sentence on why a layer has no circuits; "" if it has some, or none are due."""
    if layer_circuits(layer) or not layer["reached"]:
        return ""
    if not any(layer_circuits(each) for each in network["layers"]):
        return missing(manifest, network)
    if layer["dynamic"]:
        return "Circuits of this layer are not told: each picture has a kernel of its own."
    return "Circuits of this layer are not told: what is made of its responses is not known."


def _silent(layer: Layer) -> int:
    """Return how many filters have no strongest images."""
    return sum(examples(filter) is None for filter in layer["filters"])


def _without(layers: Sequence[Layer]) -> str:
    """Return a sentence on layers with filters that have no strongest images."""
    first = layers[0]
    filters = plural(_silent(first), "filter")
    verb = "has" if _silent(first) == 1 else "have"
    others = f" (and some of {count(len(layers) - 1)} later ones)" if len(layers) > 1 else ""
    return (
        f"{NEED}, but {filters} of {first['name']}{others} {verb} none: no image reaches the layer,"
        " or responses are not finite."
    )
