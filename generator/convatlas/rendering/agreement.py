"""Whether a worker sees the network and the images that the build is about."""

from __future__ import annotations

from dataclasses import replace

from convatlas.lenses.base import PlanContext
from convatlas.model.facts import Layer, NetworkFacts
from convatlas.rendering.messages import Expected

SAME = "put the same files at the same path on every machine"


def expected_of(context: PlanContext) -> Expected:
    """Return what a worker has to find, without the images one by one."""
    images = {name: facts.fingerprint for name, facts in context.sets.items()}
    shown = tuple(context.probes), tuple(context.hypotheses)
    edits = tuple(context.edits)
    return Expected(context.network, images, *shown, functions=context.functions, edits=edits)


def difference(expected: Expected, found: Expected) -> str:
    """Say in half a sentence what a worker sees that is different; nothing if all is the same."""
    name = expected.network.name
    if _settled(found.network) != _settled(expected.network):
        return f"sees another network '{name}' ({_part(expected.network, found.network)}); {SAME}"
    for images, fingerprint in expected.images.items():
        if found.images.get(images) != fingerprint:
            return f"sees other images in the set '{images}'; {SAME}"
    if found.probes != expected.probes or found.hypotheses != expected.hypotheses:
        return f"sees other pictures of probes or hypotheses; {SAME}"
    for function, facts in expected.functions.items():
        if found.functions.get(function) != facts:
            return f"sees another function {function}; {SAME}"
    for edit in expected.edits:
        if edit not in found.edits:
            return f"has another edit '{edit.name}'; {SAME}"
    return ""


def _settled(network: NetworkFacts) -> NetworkFacts:
    """Return a network's facts without what is measured, which differs from run to run."""
    return replace(network, layers=tuple(_unmeasured(layer) for layer in network.layers))


def _unmeasured(layer: Layer) -> Layer:
    return replace(layer, varies=None)


def _part(expected: NetworkFacts, found: NetworkFacts) -> str:
    """Say where two networks differ first."""
    if [layer.name for layer in expected.layers] != [layer.name for layer in found.layers]:
        return f"it has {len(found.layers)} layers, and others than the {len(expected.layers)} here"
    for here, there in zip(expected.layers, found.layers, strict=True):
        if here.weights != there.weights:
            return f"{here.name} has other weights"
        if _unmeasured(here) != _unmeasured(there):
            return f"{here.name} differs in what is before it or about it"
    return "its layers are equal, but not what is after them or their preprocessing"
