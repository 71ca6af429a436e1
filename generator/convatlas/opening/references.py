"""Check that the networks, layers and filters that an atlas file names exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from convatlas.config import schema
from convatlas.config.custom_content import Named, named, parts
from convatlas.config.filters import identity
from convatlas.config.read import Configuration
from convatlas.config.suggestions import did_you_mean
from convatlas.errors import Problem
from convatlas.model.facts import NetworkFacts
from convatlas.opening.selection import chosen

Known = Mapping[str, tuple[schema.Model, NetworkFacts]]


def unknown_names(
    configuration: Configuration, facts: Mapping[str, NetworkFacts]
) -> Iterator[Problem]:
    """Yield what is wrong with the filters of notes and highlights, and with links to pages.

    A note on a filter that the atlas does not show is allowed.
    """
    models = {model.name: model for model in configuration.atlas.models}
    known = {name: (models[name], network) for name, network in facts.items()}
    for name in named(configuration.document.value, configuration.folder):
        message = _wrong(name, known, models)
        if message:
            yield Problem(name.path, name.said + message, key=name.key)


def _wrong(name: Named, known: Known, models: Mapping[str, object]) -> str:
    """Return why a name leads to no page; empty if it does, or if its network is not open."""
    if name.link:
        network, layer, index = parts(name.text, models)
    else:
        about = identity(name.text, models)
        network, layer, index = about.network, about.layer, about.index
    if network not in known or layer is None:
        return ""
    message = no_filter(layer, index, known[network][1])
    return message or (left_out(layer, index, *known[network]) if name.shown else "")


def no_filter(layer: str, index: int | None, facts: NetworkFacts) -> str:
    """Return why a network has no such layer or filter, or an empty string if it has."""
    layers = {each.name: each for each in facts.layers}
    if layer not in layers:
        reason = dict(facts.skipped).get(layer)
        no = f"{facts.name} has no layer '{layer}'"
        return f"{no}: {reason}" if reason else f"{no}; {did_you_mean(layer, layers)}"
    count = layers[layer].filters
    if index is not None and index >= count:
        return f"{layer} has filters 0 to {count - 1}, and no {index}; name one"
    return ""


def left_out(layer: str, index: int | None, model: schema.Model, facts: NetworkFacts) -> str:
    """Return why an atlas does not show an existing layer or filter; empty if it does."""
    shown = chosen(model, facts)
    if layer not in shown:
        return f"`layers` of {model.name} leaves {layer} out; choose it there, too"
    if index is not None and index not in shown[layer]:
        which = f"filter {index} of {layer}"
        return f"`filters` of {model.name} leaves {which} out; choose it there, too"
    return ""
