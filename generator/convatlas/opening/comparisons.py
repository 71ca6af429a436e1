"""Whether networks that are compared see images in the same way, once they are open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from convatlas.config import schema
from convatlas.config.check_comparisons import unequal
from convatlas.config.comparisons import pairs_wanted
from convatlas.errors import Problem
from convatlas.model.facts import NetworkFacts


def unequal_inputs(atlas: schema.Atlas, facts: Mapping[str, NetworkFacts]) -> Iterator[Problem]:
    """Yield a problem for each pair of networks, of those that are open, that see images otherwise.

    The file may leave that to the weights, and to the shapes of the first convolutions.
    """
    for wanted in pairs_wanted(atlas):
        if wanted.before in facts and wanted.after in facts:
            key = _differing(facts[wanted.before], facts[wanted.after])
            if key:
                yield Problem(wanted.place, unequal(wanted.before, wanted.after, key))


def _differing(one: NetworkFacts, other: NetworkFacts) -> str:
    """Return the first setting of `input` that two networks do not share, or an empty string."""
    theirs = asdict(other.preprocessing)
    own = asdict(one.preprocessing)
    return next((key for key, value in own.items() if value != theirs[key]), "")
