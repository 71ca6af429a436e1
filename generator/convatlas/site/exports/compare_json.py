"""``compare.json``: what has changed between two networks, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from convatlas.model.columns import FORMAT, keys
from convatlas.model.comparison import Comparison, LayerPair
from convatlas.model.records import Json
from convatlas.ui.rounding import rounded


def compare_json(comparison: Comparison) -> Mapping[str, Json]:
    """Return the content of ``compare.json``: the pairs of each layer in columns."""
    layers = [_layer(layer) for layer in comparison["layers"]]
    told = {key: rounded(value) for key, value in comparison.items()}
    return {**told, "format": FORMAT, "layers": layers}


def _layer(layer: LayerPair) -> Mapping[str, Json]:
    told = {key: rounded(value) for key, value in layer.items()}
    pairs = cast("list[dict[str, Json]]", told["pairs"])
    return {**told, "count": len(pairs), "pairs": keys(pairs)}
