"""Which filters the input channels of a layer are, one to one."""

from __future__ import annotations

from convatlas.model.facts import Source
from convatlas.network.trace.channels import Responses, origins
from convatlas.network.trace.graph import Node
from convatlas.network.trace.maps import Axes


def sources(given: Node, axes: Axes, responses: Responses) -> tuple[Source, ...]:
    """Return the filters that a layer reads, in execution order of their layers.

    A filter is a source if nothing on the way mixes it with other channels: nonlinearities, norms,
    pooling, concatenations, sums and gates do not. A channel of a sum has several sources, and a
    channel of the network's input, or after a mixture of channels, has none.

    Args:
        given: What the layer is applied to, as pictures, channels, rows and columns.
        axes: Where it has these four.
        responses: The responses of all layers.
    """
    layers = {node: name for name, (node, _) in responses.items()}
    places = {name: place for place, name in enumerate(responses)}
    found = {
        Source(layers[part.node], part.low, part.low + part.shift, part.high - part.low)
        for part in origins(given, axes, responses)
    }
    return tuple(sorted(found, key=lambda each: (places[each.layer], each.channel, each.filter)))
