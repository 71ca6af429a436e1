"""The layers of a network: each call of a convolution, with its response and receptive field."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn

from convatlas.errors import NetworkError, message
from convatlas.model.facts import Layer
from convatlas.network.fingerprints import dense, fingerprints, network_digest, tensor_digest
from convatlas.network.receptive_fields.receptive_field import receptive_field, whole_image
from convatlas.network.trace.additions import ties
from convatlas.network.trace.concat_units import units
from convatlas.network.trace.consumed import consumed_taps
from convatlas.network.trace.geometry import Geometry, of_module
from convatlas.network.trace.graph import Node
from convatlas.network.trace.layer_calls import LayerCall, root_name, sort_calls
from convatlas.network.trace.maps import fields_of_map
from convatlas.network.trace.modules import CONVOLUTIONS, Convolution
from convatlas.network.trace.norms import norms_after, with_norm
from convatlas.network.trace.record import Recording, count, record
from convatlas.network.trace.refused_input import explain
from convatlas.network.trace.skipped import left_out
from convatlas.network.trace.sources import sources
from convatlas.network.trace.successors import Norm, next_operation, rectified

LOG = logging.getLogger("convatlas.network")
Shape = tuple[int, int, int]


def record_layers(
    network: nn.Module, shape: Shape, *, source_digest: str = ""
) -> tuple[tuple[Layer, ...], tuple[tuple[str, str], ...]]:
    """Return a network's layers in execution order, and convolutions that are none, with reasons.

    The network is run once on a picture of faint noise and left as it was. Convolutions that are
    not reached come last. If the operations cannot be traced, a warning is logged, every receptive
    field is the whole image, ``upstream_digest`` covers the whole state dict and
    ``source_digest``, and linear layers are not known to act on maps.

    Args:
        network: The network.
        shape: The shape of its input: channels, height, width.
        source_digest: A digest of the network's source.

    Raises:
        NetworkError: the network does not run on such an input.
    """
    recording, followed = _recorded(network, shape)
    if not followed:
        source_digest = network_digest(network, source_digest)
    calls = sort_calls(network, recording.convolutions, recording.parameters)
    reached = tuple(_reached(network, calls.layers, shape, source_digest))
    skipped = tuple(left_out(network, {layer.module for layer in reached}, calls.reasons))
    names = {layer.module for layer in reached} | {name for name, _ in skipped}
    root = root_name(network)
    missed = [
        _layer(
            path or root,
            path,
            module,
            of_module(module),
            tensor_digest(module.weight),
            reached=False,
        )
        for path, module in network.named_modules()
        if isinstance(module, CONVOLUTIONS) and path not in names
    ]
    return (*reached, *missed), tuple((path or root, reason) for path, reason in skipped)


def recorded_calls(network: nn.Module, shape: Shape) -> Sequence[LayerCall]:
    """Return the calls of a forward pass that are layers, in the order of ``record_layers``.

    Raises:
        NetworkError: the network does not run on such an input.
    """
    recording, _ = _recorded(network, shape)
    return sort_calls(network, recording.convolutions, recording.parameters).layers


def _recorded(network: nn.Module, shape: Shape) -> tuple[Recording, bool]:
    """Record a forward pass; returns also whether its operations could be followed."""
    try:
        return record(network, shape), True
    except NetworkError:
        raise
    except Exception as failure:  # the network is the user's code and may raise anything
        LOG.debug("while operations are followed", exc_info=True)
        return _counted(network, shape, failure), False


def _counted(network: nn.Module, shape: Shape, failure: Exception) -> Recording:
    """Record the convolutions without a graph, or raise if the network does not run at all."""
    try:
        recording = count(network, shape)
    except Exception as error:  # the network is the user's code and may raise anything
        LOG.debug("while convolutions are counted", exc_info=True)
        raise NetworkError(explain(network, shape, error)) from error
    LOG.warning(
        "the network's operations cannot be followed (%s: %s); receptive fields are the whole"
        " image, and any change to the weights renders every layer again",
        type(failure).__name__,
        message(failure),
    )
    return recording


def _reached(
    network: nn.Module, calls: Sequence[LayerCall], shape: Shape, whole: str
) -> Iterator[Layer]:
    """Yield the layers whose response can be recorded, in the order of their calls."""
    modules = dict(network.named_modules())
    norms = norms_after(network, shape, [call.made for call in calls])
    consumed = consumed_taps(network, shape, norms)
    responses = {made: norm.steps[-1] if norm.steps else made.node for made, norm in norms.items()}
    nodes = [node for node in responses.values() if node is not None]
    weights = [made.weight_node for made in norms if made.weight_node is not None]
    digests = fingerprints([*nodes, *weights])
    named = {
        call.name: (node, norms[call.made].axes)
        for call in calls
        if (node := responses[call.made]) is not None
    }
    tied = ties(named)
    for call in calls:
        made, module = call.made, modules[call.module]
        node = responses[made]
        if node is None:
            field = whole_image(shape[1:], made.shape)
            everything = whole or network_digest(network, "")
            facts: dict[str, Any] = {
                "tap": made.tap,
                "field": field,
                "local_field": field,
                "upstream_digest": everything,
                "conditional": made.conditional,
            }
        else:
            facts = {**_facts(made, node, norms[made]), "upstream_digest": digests[node]}
        facts |= {"consumed": consumed[made], "ties": tied.get(call.name, ())}
        if made.given is not None:
            facts["sources"] = sources(made.given, made.axes, named)
        geometry, weight = _geometry(made, module), _weights_digest(made, module, digests)
        yield _layer(
            call.name, call.module, module, geometry, weight, map_size=made.shape[2:], **facts
        )


def _facts(made: Convolution, node: Node, norm: Norm) -> dict[str, Any]:
    """Return what the graph says about a response: of the convolution, or its batch norm."""
    rows, columns, near_rows, near_columns = fields_of_map(node, norm.axes)
    full = receptive_field(rows, columns, made.shape)
    local = receptive_field(near_rows, near_columns, made.shape)
    path = node.frame.path if node.frame is not None else ""
    return {
        "tap": with_norm(made, norm),
        "dynamic": made.tap.grouped,
        "norm": path if norm.steps else None,
        "activation": next_operation(node),
        "rectified": rectified(node),
        "units": units(node, norm.axes),
        "field": full,
        "local_field": local,
        "conditional": node.conditional,
    }


def _geometry(made: Convolution, module: nn.Module) -> Geometry:
    """Return what a convolution module declares, unless it convolves with a part of its weight."""
    if isinstance(module, CONVOLUTIONS) and (
        made.weight is None or made.weight.shape == module.weight.shape
    ):
        return of_module(module)
    assert made.geometry is not None
    return made.geometry


def _weights_digest(made: Convolution, module: nn.Module, known: Mapping[Node, str]) -> str:
    """Return a digest of the tensor that convolves, or of all that it is computed from."""
    if isinstance(module, CONVOLUTIONS) and (
        made.weight is None or _equal(made.weight, module.weight)
    ):
        return tensor_digest(module.weight)
    if made.weight_node is not None:
        return known[made.weight_node]
    assert made.weight is not None
    return tensor_digest(made.weight)


def _equal(weight: Tensor, other: Tensor) -> bool:
    """Return whether two weights are equal; the same parameter is, even if it is not finite."""
    return weight is other or torch.equal(dense(weight), dense(other))


def _layer(
    name: str, path: str, module: nn.Module, geometry: Geometry, weights: str, **facts: Any
) -> Layer:
    """Return a layer's record."""
    return Layer(
        name=name,
        module=path,
        kind=type(module).__name__,
        weights=weights,
        **asdict(geometry),
        **facts,
    )
