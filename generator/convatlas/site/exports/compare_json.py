"""``compare.json``: what has changed between two networks, for programs."""

from __future__ import annotations

from collections.abc import Mapping

from convatlas.model.columns import FORMAT, keys
from convatlas.model.comparison import Comparison, LayerPair, Pair, State
from convatlas.model.records import Json
from convatlas.site.exports.brief import brief
from convatlas.ui.rounding import rounded


def compare_json(comparison: Comparison) -> Mapping[str, Json]:
    """Return the content of ``compare.json``: the pairs of each layer in columns."""
    layers = [_layer(layer) for layer in comparison["layers"]]
    told = {key: rounded(value) for key, value in comparison.items()}
    return {**told, "format": FORMAT, "layers": layers}


def _layer(layer: LayerPair) -> Mapping[str, Json]:
    told = {key: rounded(value) for key, value in layer.items() if key != "pairs"}
    pairs = [_pair(pair) for pair in layer["pairs"]]
    return {**told, "count": len(pairs), "pairs": keys(pairs)}


def _pair(pair: Pair) -> Mapping[str, Json]:
    """Return a pair without what it is sorted by, which follows from the rest."""
    sides = {"before": _state(pair["before"]), "after": _state(pair["after"])}
    told = {key: brief(value) for key, value in pair.items() if key != "change"}
    return {**told, **sides}


def _state(state: State) -> Mapping[str, Json]:
    """Return a state with its class and gap apart, as few classes come again and again."""
    label, gap = state["best"] or (None, None)
    told = {key: brief(value) for key, value in state.items() if key != "best"}
    return {**told, "class": label, "gap": brief(gap)}
