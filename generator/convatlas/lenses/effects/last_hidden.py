"""The layer whose effects on single images are kept, so that images of a class can be compared."""

from __future__ import annotations

from convatlas.lenses.base import PlanContext
from convatlas.lenses.effects.options import Effects
from convatlas.model.facts import Layer


def last_hidden(context: PlanContext) -> Layer | None:
    """Return the last layer that the atlas shows whose filters are not the scores of classes.

    With a target of the user's own, images have no classes, and there is none.
    """
    options, network = context.options(Effects), context.network
    if options is None or options.target is not None:
        return None
    last = network.layers[-1]
    hidden = [
        layer
        for layer, _ in context.layers()
        if layer.consumed is not None and not (layer == last and layer.filters == network.scores)
    ]
    return hidden[-1] if hidden else None
