"""The filters of a network by where they are."""

from __future__ import annotations

from collections.abc import Mapping

from convatlas.model.manifest import Filter, Layer, Network

Placed = Mapping[tuple[str, int], tuple[Filter, Layer]]
"""By the name of the layer and the index of the filter, the filter and its layer."""


def placed_filters(network: Network) -> Placed:
    """Return the filters of a network that the atlas shows."""
    return {
        (layer["name"], filter["index"]): (filter, layer)
        for layer in network["layers"]
        for filter in layer["filters"]
    }
