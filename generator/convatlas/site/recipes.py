"""How the made pictures of each network were made, in sentences for the about page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from convatlas.records import Json

OBJECTIVES = {"channel": "the mean over the map", "neuron": "the centre of the map"}
CANVASES = {"fourier": "a Fourier canvas", "pixels": "plain pixels"}


def recipes(networks: Sequence[Json]) -> list[Json]:
    """For each network and direction, the recipes that were used, each with its layers."""
    found = []
    for network in networks:
        for direction in ("positive", "negative"):
            layers = _by_recipe(network, direction)
            text = " ".join(f"{', '.join(names)}: {how}." for how, names in layers.items())
            if text:
                found.append({"network": network["name"], "name": direction, "text": text})
    return found


def _by_recipe(network: Json, direction: str) -> Mapping[str, list[str]]:
    """The layers of each recipe; a layer's is that of the first filter that needed one attempt."""
    layers: dict[str, list[str]] = {}
    for layer in network["layers"]:
        used = next(_first_attempts(layer, direction), None)
        if used is not None:
            layers.setdefault(sentence(used), []).append(layer["name"])
    return layers


def _first_attempts(layer: Json, direction: str) -> Iterator[Json]:
    for found in layer["filters"]:
        made = found["maximize"] and found["maximize"][direction]
        if made and made["recipe"]["attempt"] == 0:
            yield made["recipe"]


def sentence(recipe: Json) -> str:
    """A recipe in words: objective, canvas, steps and movements."""
    height, width = recipe["size"]
    objective, canvas = OBJECTIVES[recipe["objective"]], CANVASES[recipe["canvas"]]
    text = f"{objective}, on {canvas} of {height} x {width} px"
    text += f", {recipe['steps']} steps of Adam at {recipe['rate']:g}"
    shift, angle, scale = recipe["jitter"], recipe["rotate"], recipe["scale"]
    if shift or angle or scale:
        text += f", moved at every step by up to {shift:.3g} px, {angle:g} degrees"
        text += f" and {scale:.0%} of its size"
    return text
