"""The layers and filters that an atlas selects from its networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from convatlas.config import filters, schema
from convatlas.config.raw_values import Place
from convatlas.config.suggestions import did_you_mean
from convatlas.errors import Problem
from convatlas.model.facts import NetworkFacts


def matches(name: str, globs: Sequence[str]) -> bool:
    """Return whether a name matches one of the globs."""
    return any(fnmatchcase(name, glob) for glob in globs)


def chosen(model: schema.Model, facts: NetworkFacts) -> dict[str, Sequence[int]]:
    """Return the selected filters of each selected layer."""
    return {
        layer.name: filters.chosen(model.filters, layer.filters)
        for layer in facts.layers
        if matches(layer.name, model.layers)
    }


def unmatched(model: schema.Model, facts: NetworkFacts) -> Iterator[tuple[Place, str]]:
    """Yield settings of a network that select nothing, as path below it and message."""
    names = [layer.name for layer in facts.layers]
    for number, glob in enumerate(model.layers):
        if not any(fnmatchcase(name, glob) for name in names):
            message = f"'{glob}' matches no layer of {model.name}; {did_you_mean(glob, names)}"
            yield ("layers", number), message
    if not any(chosen(model, facts).values()):
        yield ("filters",), f"selects no filter of the chosen layers of {model.name}"


def unmatched_settings(atlas: schema.Atlas, facts: Mapping[str, NetworkFacts]) -> Iterator[Problem]:
    """Yield per-layer settings that apply to no layer of any network, if all could be opened."""
    names = sorted({layer.name for network in facts.values() for layer in network.layers})
    if len(facts) == len(atlas.models):
        for options in atlas.lenses.switched_on().values():
            yield from options.check_layers(names)
